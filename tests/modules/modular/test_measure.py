import pytest
import torch
from torch import nn

import pushforward as pf
from parts import NewCube
from pushforward.datasets import planted
from pushforward.modules.modular.count import squared
from pushforward.rng import normal
from slowly import slowly


@pytest.fixture(scope="module")
def truth():
    return planted(80, modules=2, dim=12, leak=0.05, mixing=0.0, seed=0)


@pytest.fixture(scope="module")
def inputs():
    return pf.Gaussian.isotropic((12,))


@pytest.mark.parametrize(("leak", "modules"), [(0.0, 2), (0.2, 2), (0.5, 2), (0.1, 4)])
def test_the_gradient_agrees_with_finite_differences(leak, modules):
    model = planted(60, modules=modules, dim=8, leak=leak, seed=0).model.double().requires_grad_(True)
    X = normal((3, 8), seed=1, dtype=torch.float64)
    value = lambda: pf.modularity(pf.Neurons(model), pf.Gaussian.isotropic((8,)), X, seed=3)  # noqa: E731
    weights = [p for p in model.parameters() if p.ndim == 2]
    gradient = torch.autograd.grad(value(), weights)
    step = [normal(p.shape, seed=i, dtype=torch.float64) for i, p in enumerate(weights)]
    slope = sum(float((g * s).sum()) for g, s in zip(gradient, step, strict=True))
    ends = []
    for h in (1e-6, -2e-6):
        with torch.no_grad():
            for p, s in zip(weights, step, strict=True):
                p += h * s
            ends.append(float(value()))
    assert slope == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-6)


def test_more_separate_networks_score_higher(inputs):
    scores = []
    for leak in (1.0, 0.4, 0.0):
        t = planted(80, modules=4, dim=12, leak=leak, mixing=0.0, seed=0)
        scores.append(float(pf.modularity(pf.Neurons(t.model), inputs, t.inputs[:4], seed=0)))
    assert scores[0] < scores[1] < scores[2]
    assert scores[2] > 0.6


def test_one_input_and_a_batch_of_one_are_the_same(truth, inputs):
    net = pf.Neurons(truth.model)
    first = pf.modularity(net, inputs, truth.inputs[0], seed=1)
    assert first == pf.modularity(net, inputs, truth.inputs[:1], seed=1)
    assert first == pf.modularity(pf.Neurons(truth.model), inputs, truth.inputs[:1], seed=1)
    assert first.shape == ()


def test_the_model_is_left_as_it_was_and_batch_norm_is_seen_as_in_eval_mode():
    model = nn.Sequential(nn.Linear(6, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Dropout(), nn.Linear(12, 6))
    before = {k: t.clone() for k, t in model.state_dict().items()}
    state = torch.get_rng_state()
    pf.modularity(pf.Neurons(model), pf.Gaussian.isotropic((6,)), normal((4, 6), seed=0), seed=0).backward()
    assert all(m.training for m in model.modules())
    assert all(torch.equal(t, before[k]) for k, t in model.state_dict().items())
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.8])
def test_squared_correlations_by_random_directions_are_unbiased(rho):
    K, n = 16, 60_000
    a, b = normal((2, n, K), seed=0, dtype=torch.float64)
    b = rho**0.5 * a + (1 - rho) ** 0.5 * b
    cosine = (a * b).sum(1) / a.norm(dim=1) / b.norm(dim=1)
    assert float(squared(cosine, K).mean()) == pytest.approx(rho, abs=0.004)
    assert abs(float(cosine.square().mean()) - rho) > 0.01 or rho == 0.8


def test_a_sample_of_the_neurons_gives_the_same_on_average(inputs):
    t = planted(240, modules=3, dim=12, leak=0.2, seed=0)
    net = pf.Neurons(t.model)
    whole = float(pf.modularity(net, inputs, t.inputs[:4], seed=0).detach())
    parts = [float(pf.modularity(net, inputs, t.inputs[:4], seed=s, sample=80).detach()) for s in range(8)]
    assert sum(parts) / 8 == pytest.approx(whole, abs=0.02)


def test_what_is_measured_with_errors_and_parts(truth, inputs, tmp_path):
    result = pf.modular.measure_modularity(
        pf.Neurons(truth.model), inputs, truth.inputs, seed=0, partition=truth.labels, points=8
    )
    assert result.significant
    assert 0 < result.error < 0.05
    assert result.pairs.shape == (4, 4)
    assert torch.allclose(result.pairs, result.pairs.T, atol=1e-5)
    assert result.modules == 2
    assert result.partition_share > 0.5
    assert abs(result.Q - result.Q_partition) < 0.05
    assert set(result.per_layer) == set(result.layers)
    assert "p = 0.050" in str(result)
    assert str(pf.results.Modularity.load(result.save(tmp_path / "m.safetensors"))) == str(result)


def test_a_wrong_partition_scores_as_chance(truth, inputs):
    wrong = torch.arange(80) % 2
    result = pf.modular.measure_modularity(
        pf.Neurons(truth.model), inputs, truth.inputs, seed=0, partition=wrong, points=4
    )
    assert abs(result.partition_share) < 0.1


def test_networks_of_all_kinds_have_a_gradient():
    conv = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(54, 4))
    value = pf.modularity(pf.Neurons(conv), pf.Gaussian.isotropic((1, 8, 8)), normal((2, 1, 8, 8), seed=0), seed=0)
    value.backward()
    assert conv[0].weight.grad.abs().sum() > 0
    attention = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, dropout=0.0)
    value = pf.modularity(pf.Neurons(attention), pf.Gaussian.isotropic((5, 8)), normal((2, 5, 8), seed=0), seed=0)
    value.backward()
    assert attention.linear1.weight.grad.abs().sum() > 0


class _Once(torch.autograd.Function):
    """A function whose derivative cannot be differentiated, in the old style."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.tanh()

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad):
        return grad * (1 - ctx.saved_tensors[0].tanh() ** 2)


class _Rough(nn.Module):
    def forward(self, x):
        return _Once.apply(x).clone()


def test_operations_without_double_backward_fall_back_to_differences():
    layers = [nn.Linear(4, 12), nn.Tanh(), nn.Linear(12, 5)]
    smooth, rough = nn.Sequential(*layers).double(), nn.Sequential(layers[0], _Rough(), layers[2]).double()
    X, inputs = normal((3, 4), seed=0, dtype=torch.float64), pf.Gaussian.isotropic((4,))
    with pytest.warns(pf.errors.PrecisionWarning, match="central differences"):
        value = pf.modularity(pf.Neurons(rough, layers=["1", "output"]), inputs, X, seed=0)
    other = pf.modularity(pf.Neurons(smooth, layers=["1", "output"]), inputs, X, seed=0)
    assert float(value.detach()) == pytest.approx(float(other.detach()), abs=1e-4)
    gradients = [torch.autograd.grad(v, layers[0].weight, retain_graph=True)[0] for v in (value, other)]
    assert torch.allclose(*gradients, atol=1e-4)


def test_what_has_no_forward_mode_is_named_and_differenced():
    class Cube(nn.Module):
        def forward(self, x):
            return NewCube.apply(x)

    model = nn.Sequential(nn.Linear(4, 12), Cube(), nn.Linear(12, 5)).double()
    with pytest.warns(pf.errors.PrecisionWarning, match=r"cannot be differentiated again \(there is no forward mode"):
        value = pf.modularity(
            pf.Neurons(model, layers=["1", "output"]),
            pf.Gaussian.isotropic((4,)),
            normal((3, 4), seed=0).double(),
            seed=0,
        )
    assert torch.autograd.grad(value, model[0].weight)[0].abs().sum() > 0


def test_arguments_that_make_no_sense_are_refused(truth, inputs):
    net, X = pf.Neurons(truth.model), truth.inputs[:2]
    with pytest.raises(pf.errors.BadInput, match=r"use `pf.Neurons\(model\)`"):
        pf.modularity(truth.model, inputs, X, seed=0)
    with pytest.raises(pf.errors.BadInput, match=r"pf.Gaussian.fit\(X\)"):
        pf.modularity(net, None, X, seed=0)
    with pytest.raises(pf.errors.BadInput, match="a positive number is needed"):
        pf.modularity(net, inputs, X, gamma=0, seed=0)
    with pytest.raises(pf.errors.BadInput, match="at least 8 is needed"):
        pf.modularity(net, inputs, X, sample=3, seed=0)
    with pytest.raises(pf.errors.BadInput, match="−1 for none"):
        pf.modular.measure_modularity(net, inputs, X, seed=0, partition=torch.zeros(3, dtype=torch.long))
    dead = nn.Sequential(nn.Linear(3, 5), nn.ReLU())
    dead[0].weight.data.zero_()
    with pytest.raises(pf.errors.BadInput, match="inputs in the usual range"):
        pf.modularity(pf.Neurons(dead), pf.Gaussian.isotropic((3,)), torch.zeros(2, 3), seed=0)


def test_what_is_not_finite_is_named(inputs):
    model = nn.Sequential(nn.Linear(12, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh())
    net = pf.Neurons(model)
    pf.modularity(net, inputs, torch.ones(2, 12), seed=0)
    model[2].weight.data[0, 0] = torch.nan
    with pytest.raises(pf.errors.NotFinite, match="layer 'output' has NaN"):
        pf.modularity(net, inputs, torch.ones(2, 12), seed=0)


@pytest.mark.parametrize("dtype", slowly([torch.bfloat16, torch.float16]))
def test_networks_of_half_precision_are_scored_with_more(dtype):
    torch.manual_seed(0)
    model, X = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 4)), normal((32, 8), seed=0)
    whole = pf.modular.measure_modularity(pf.Neurons(model), pf.Gaussian.isotropic((8,)), X, seed=0).score
    half, X = pf.Neurons(model.to(dtype)), X.to(dtype)
    assert abs(pf.modular.measure_modularity(half, pf.Gaussian.isotropic((8,)), X, seed=0).score - whole) < 0.1
    pf.modularity(half, pf.Gaussian.isotropic((8,)), X[:4], seed=0).backward()
    assert torch.isfinite(model[0].weight.grad).all()


@pytest.mark.parametrize("power", [-80, 80])
def test_the_scale_of_the_network_does_not_matter(truth, power):
    net, X = pf.Neurons(truth.model), truth.inputs[:4]
    plain, scaled = (pf.modularity(net, pf.Gaussian.isotropic((12,), sigma=2.0**k), X, seed=0) for k in (0, power))
    assert plain == scaled
