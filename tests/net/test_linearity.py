"""How linear a network is near an input: against closed forms, against many plain samples, and the same by sampling."""

import math

import pytest
import torch
from torch import Tensor, nn

import pushforward as pf
from parts import Module, cnn, mlp, normal
from pushforward.errors import BadInput, NotFinite
from pushforward.net import Linearity, Push
from pushforward.net.linearity import SCALES
from pushforward.net.sampling import balanced, pairs

MANY = 16_384


class Quadratic(nn.Module):
    """b x + c x²/2, coordinate by coordinate, and a sum of them."""

    def __init__(self, b: float, c: float):
        super().__init__()
        self.b, self.c = b, c
        self.weight = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        return self.b * x + self.c * x.square() / 2 + self.weight


def quadratic_error(b: float, c: float, s: float) -> float:
    """Var(b δ + c δ²/2) = b²s² + c²s⁴/2 for δ ~ N(0, s²), of which b²s² is linear."""
    return c**2 * s**2 / 2 / (b**2 + c**2 * s**2 / 2)


def attention() -> nn.Module:
    torch.manual_seed(3)
    return nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 12, batch_first=True), 1, enable_nested_tensor=False)


KINDS = {
    "multilayer perceptron": lambda: (mlp().eval(), pf.Gaussian.isotropic((6,)), normal(6)),
    "saturated": lambda: (nn.Sequential(nn.Linear(6, 8), nn.Sigmoid()), pf.Gaussian.isotropic((6,), 3.0), normal(6)),
    "CNN": lambda: (cnn().eval(), pf.Gaussian.fit(normal(40, 1, 6, 6), rank=7), normal(1, 6, 6)),
    "recurrent": lambda: (nn.GRU(5, 6, batch_first=True), pf.Gaussian.isotropic((3, 5), 2.0), normal(3, 5)),
    "transformer": lambda: (attention().eval(), pf.Gaussian.isotropic((4, 8)), normal(4, 8)),
}


def plain(P: Push, scale: float, n: int = MANY) -> Tensor:
    """Activations at plain samples.  -> (n, a)"""
    with torch.no_grad():
        w = scale * normal(n, P.chart.rank, seed=9)
        return torch.cat([P.net(P.chart(part)) for part in w.split(2048)]).double()


def brute(P: Push, scale: float) -> tuple[list[float], list[float]]:
    """Error and shift of every layer and of all, by dense covariances of many samples."""
    a, F = plain(P, scale), scale * P.factor.double()
    with torch.no_grad():
        f0 = P.net(P.chart.point[None])[0].double()
    errors, shifts = [], []
    for rows in [*(slice(layer.start, layer.stop) for layer in P.table), slice(None)]:
        C, G = torch.cov(a[:, rows].T), F[rows] @ F[rows].T
        errors.append(float((C - G).norm() / C.norm()))
        sd = a[:, rows].std(0)
        shifts.append(float(((a[:, rows].mean(0) - f0[rows])[sd > 0] / sd[sd > 0]).square().mean().sqrt()))
    return errors, shifts


def linear_push() -> Push:
    torch.manual_seed(0)
    net = pf.Neurons(nn.Sequential(nn.Linear(5, 9), nn.Linear(9, 3)), layers="*")
    return pf.push(net, pf.Gaussian.fit(normal(30, 5), rank=4), normal(5))


def quadratic_push(b: float = 1.0, c: float = 1.0, d: int = 8) -> Push:
    return pf.push(pf.Neurons(Quadratic(b, c)), pf.Gaussian.isotropic((d,)), torch.zeros(d))


def test_a_linear_network_is_linear_at_any_scale() -> None:
    linear = linear_push().check(seed=0)
    assert isinstance(linear, Linearity)
    assert linear.layers == ("0", "output", "all")
    assert linear.sizes == (9, 3, 12)
    assert linear.error.max() < 1e-5
    assert linear.shift.max() < 1e-5
    assert linear.reach == (1.0, 1.0, 1.0)
    assert linear.verdict == "linear"
    assert linear.scales == (1.0,)
    assert "1 or more" in str(linear)


@pytest.mark.parametrize(("b", "c"), [(1.0, 0.3), (1.0, 1.0), (1.0, 2.0)])
def test_of_a_quadratic_the_error_the_shift_and_the_scale_are_the_known_ones(b: float, c: float) -> None:
    P = quadratic_push(b, c)
    for seed in range(2):
        check = P.check(samples=1024, seed=seed)
        for row, s in enumerate(check.scales):
            wanted = quadratic_error(b, c, s)
            assert abs(float(check.error[row, 0]) - wanted) < 3.5 * float(check.error_se[row, 0])
            shift = c * s / 2 / math.sqrt(b**2 + c**2 * s**2 / 2)
            assert abs(float(check.shift[row, 0]) - shift) < 3.5 * float(check.shift_se[row, 0]) + 1e-5
        wanted = b / c * math.sqrt(2 / 9)
        assert check.reach[0] == pytest.approx(min(wanted, 1.0), rel=0.25)


def test_the_standard_error_is_that_of_repetitions_and_there_is_no_bias() -> None:
    P = quadratic_push()
    runs = [P.check(samples=256, seed=seed) for seed in range(60)]
    errors = torch.stack([run.error[0, 0] for run in runs])
    told = torch.stack([run.error_se[0, 0] for run in runs]).median()
    assert 0.6 < told / errors.std() < 1.7
    assert abs(errors.mean() - quadratic_error(1, 1, 1)) < 3 * errors.std() / 60**0.5 + 0.01


def test_a_square_has_no_linear_part_and_reaches_nowhere() -> None:
    check = quadratic_push(0.0, 1.0).check(seed=0)
    assert check.error[:, 0].tolist() == pytest.approx([1.0] * len(SCALES))
    assert check.scales == SCALES
    assert check.reach[0] == 0
    assert check.verdict == "not linear"
    assert "below 0.01" in str(check)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("unit", ["position", "channel"])
def test_agrees_with_many_plain_samples(kind: str, unit: str) -> None:
    torch.manual_seed(1)
    model, inputs, x = KINDS[kind]()
    P = pf.push(pf.Neurons(model, unit=unit), inputs, x)
    check = P.check(samples=1024, seed=5)
    errors, shifts = brute(P, 1.0)
    for i in range(len(errors)):
        assert float(check.error[0, i]) == pytest.approx(errors[i], rel=0.3, abs=0.03)
        assert float(check.shift[0, i]) == pytest.approx(shifts[i], rel=0.3, abs=0.03)


def test_works_with_a_generator_as_inputs() -> None:
    gen = pf.Generator.wrap(Ring(), pf.latents.Circle(), reads="features")
    net = pf.Neurons(nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 3)))
    P = pf.push(net, gen, gen(gen.latent.sample(1, seed=0))[0])
    check = P.check(seed=0)
    errors, _ = brute(P, 1.0)
    assert float(check.error[0, -1]) == pytest.approx(errors[-1], rel=0.3)
    assert check.error[-1].max() < 0.1
    assert 0 < check.reach[-1] < 1


class Ring(nn.Module):
    def forward(self, features: Tensor) -> Tensor:
        return features * torch.tensor([3.0, 1.0])


def test_inputs_may_have_parts_and_batches_may_be_small() -> None:
    both = Module(lambda m, x, y: m.body(x * y), body=mlp().eval())
    x = (normal(6), normal(6, seed=1))
    P = pf.push(pf.Neurons(both), pf.Gaussian.isotropic(x), x)
    assert float(P.check(samples=64, seed=0).error[0, -1]) > 0.05
    W = normal(8, 12)
    for one, other in zip(pairs(P.net, P.chart, W), pairs(P.net, P.chart, W, memory=1), strict=True):
        assert one.odd.shape == one.even.shape == (8, len(one.centre))
        torch.testing.assert_close(one.odd, other.odd)
        torch.testing.assert_close(one.even, other.even)


def test_nothing_of_the_caller_changes_and_seeds_repeat() -> None:
    P = quadratic_push()
    before, state = P.factor.clone(), torch.random.get_rng_state()
    first, second = P.check(samples=64, seed=3), P.check(samples=64, seed=3)
    torch.testing.assert_close(first.error, second.error, rtol=0, atol=0)
    assert torch.equal(before, P.factor)
    assert torch.equal(state, torch.random.get_rng_state())


def test_what_never_varies_is_said_to() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    nn.init.constant_(model[0].bias, -100.0)
    net = pf.Neurons(model, layers=["0", "1"])
    check = pf.push(net, pf.Gaussian.isotropic((3,)), normal(3)).check(samples=64, seed=0)
    assert check.verdicts == ("linear", "nothing varies", "linear")
    assert check.verdict == "linear"
    assert math.isnan(check.reach[1])
    assert "–" in str(check)


def test_the_table_has_a_line_for_every_layer() -> None:
    check = quadratic_push().check(samples=64, seed=0)
    lines = str(check).splitlines()
    assert lines[0] == "not linear at this scale (64 samples)"
    assert [line.split()[0] for line in lines[1:]] == ["layer", "output", "all"]
    assert repr(check).startswith("Linearity(not linear, error 0.")


def test_coordinates_are_balanced() -> None:
    for m, r in ((128, 16), (40, 16), (16, 16)):
        W = balanced(m, r, seed=0).double()
        torch.testing.assert_close(W.T @ W / m, torch.eye(r, dtype=torch.float64), atol=1e-5, rtol=0)
    W = balanced(8, 50, seed=0).double()
    G = W @ W.T
    torch.testing.assert_close(G, G.diagonal().diag(), atol=1e-4, rtol=0)
    assert 30 < G.diagonal().mean() < 70


def test_by_sampling_is_exact_where_the_network_is_linear() -> None:
    P = linear_push()
    Q = P.by_sampling(samples=32, seed=0)
    assert Q.factor.shape == (12, 32)
    torch.testing.assert_close(Q.covariance.dense(), P.covariance.dense(), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_by_sampling_is_nearer_than_derivatives_and_than_plain_samples(kind: str) -> None:
    torch.manual_seed(1)
    model, inputs, x = KINDS[kind]()
    P = pf.push(pf.Neurons(model), inputs, x)
    truth = torch.cov(plain(P, 1.0, 4 * MANY).T)
    off = lambda C: float((C.double() - truth).norm() / truth.norm())  # noqa: E731
    ours = [off(P.by_sampling(samples=512, seed=seed).covariance.dense()) for seed in range(8)]
    rows = plain(P, 1.0, 8 * 512).split(512)
    rival = [off(torch.cov(part.T)) for part in rows]
    assert sum(ours) < 0.8 * sum(rival)
    assert max(ours) < off(P.covariance.dense())


def test_by_sampling_is_right_in_one_dimension() -> None:
    P = quadratic_push(d=1)
    wanted = 1.5
    assert float(P.by_sampling(samples=16_384, seed=0).deviation() ** 2) == pytest.approx(wanted, rel=0.05)


@pytest.mark.parametrize("samples", [0, 31, 33, 30, 64.0, True])
def test_samples_come_in_pairs_and_are_enough(samples: object) -> None:
    P = quadratic_push()
    for method in (P.check, P.by_sampling):
        with pytest.raises(BadInput, match=r"(an even number of at least 32|a whole number) is needed"):
            method(samples=samples, seed=0)


def test_a_seed_is_needed() -> None:
    P = quadratic_push()
    with pytest.raises(TypeError, match=r"seed=None\)`: an integer"):
        P.check(seed=None)
    with pytest.raises(TypeError, match=r"seed=None\)`: an integer"):
        P.by_sampling(seed=None)


def test_a_push_without_its_network_is_refused(tmp_path) -> None:
    P = quadratic_push()
    loaded = pf.load(P.save(tmp_path / "push.safetensors"))
    for other in (loaded, P.by_sampling(samples=32, seed=0)):
        with pytest.raises(BadInput, match=r"Call it on what `pf.push\(net, inputs, x\)` returns"):
            other.check(seed=0)
        with pytest.raises(BadInput, match="loaded or sampled"):
            other.by_sampling(seed=0)


def test_activations_that_are_not_finite_name_their_layer() -> None:
    net = pf.Neurons(Module(lambda m, x: torch.tanh(x.log() + m.one.weight[0]), one=nn.Linear(1, 1)), layers="*")
    P = pf.push(net, pf.Gaussian.isotropic((3,)), torch.ones(3))
    with pytest.raises(NotFinite, match=r"layer '.*' has NaN or infinite activations at inputs sampled near x"):
        P.check(samples=64, seed=0)
