import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.modules.subspaces import find_subspaces
from pushforward.rng import normal, rotation, uniform
from slowly import slowly

BLOCKS = (2, 3, 3)


def lines(m=9, k=4):
    """Unit vectors (k, m), more than there are dimensions."""
    W = normal((k, m), seed=0, dtype=torch.float64)
    return W / W.norm(dim=0)


def gated(W, n=600, share=0.15):
    """Factors of a network in which each direction is read by one gate."""
    on = (uniform((n, W.shape[1]), seed=1) < share).double()
    return on[:, :, None] * W.T


def cosines(W, result):
    return (W.T @ result.directions).abs().amax(1)


class Toy(nn.Module):
    """x ↦ relu(Wᵀ W x + b) with five features at the corners of a pentagon."""

    def __init__(self):
        super().__init__()
        angle = torch.arange(5) * 2 * torch.pi / 5
        self.W = nn.Parameter(1.13 * torch.stack([angle.cos(), angle.sin()]))
        self.hidden = nn.Identity()

    def forward(self, x):
        return torch.relu(self.hidden(x @ self.W.T) @ self.W - 0.25)


class Blocks(nn.Module):
    """Small networks beside each other, each with its subspace of the layer, and their outputs mixed."""

    def __init__(self, *, orthogonal=True):
        super().__init__()
        k = sum(BLOCKS)
        self.R = rotation(k, seed=0) if orthogonal else rotation(k, seed=0) + 0.15 * normal((k, k), seed=1)
        self.parts = nn.ModuleList(nn.Sequential(nn.Linear(d, 8), nn.Tanh(), nn.Linear(8, 5)) for d in BLOCKS)
        for i, part in enumerate(self.parts):
            part[0].weight.data = 1.5 * normal(tuple(part[0].weight.shape), seed=10 + i)
            part[2].weight.data = normal(tuple(part[2].weight.shape), seed=20 + i)
        self.mix = rotation(5 * len(BLOCKS), seed=2)
        self.hidden = nn.Identity()

    def forward(self, x):
        parts = (self.hidden(x) @ self.R).split(BLOCKS, 1)
        return torch.cat([f(z) for f, z in zip(self.parts, parts, strict=True)], 1) @ self.mix

    def truth(self):
        return [torch.linalg.qr(V.double()).Q for V in self.R.split(BLOCKS, 1)]


def toy_inputs(n=2000):
    return uniform((n, 5), seed=3) * (uniform((n, 5), seed=4) < 0.1)


def test_more_directions_than_dimensions():
    W = lines()
    result = find_subspaces(gated(W), seed=0)
    assert result.verdict == "subspaces"
    assert result.overcomplete
    assert result.dimensions == (1,) * 9
    assert float(cosines(W, result).min()) > 0.9999
    assert bool(result.sound.all())
    assert result.share > 0.95 > max(result.null)


def test_a_toy_model_of_superposition_with_signs_and_whatever_mixes_its_outputs():
    toy, X = Toy(), toy_inputs()
    W = (toy.W / toy.W.norm(dim=0)).detach().double()
    result = find_subspaces(toy, X, layer="hidden", seed=0)
    assert result.verdict == "subspaces"
    assert len(result.bases) == 5
    assert float((W.T @ result.directions).amax(1).min()) > 0.9999
    mixed = nn.Sequential(toy, nn.Linear(5, 5, bias=False))
    mixed[1].weight.data = rotation(5, seed=5)
    again = find_subspaces(mixed, X, layer="0.hidden", seed=0)
    assert float((again.directions.T @ result.directions).amax(1).min()) > 0.9999


@pytest.mark.parametrize("orthogonal", [True, False])
def test_planted_blocks_that_always_act(orthogonal):
    model = Blocks(orthogonal=orthogonal)
    result = find_subspaces(model, normal((800, sum(BLOCKS)), seed=1), layer="hidden", seed=0)
    assert sorted(result.dimensions) == sorted(BLOCKS)
    assert result.verdict == "subspaces"
    assert not result.overcomplete
    for V in model.truth():
        best = max(float((V.T @ U).square().sum()) for U in result.bases if U.shape == V.shape)
        assert best > V.shape[1] - 1e-3


def test_overcomplete_subspaces_of_two_dimensions():
    k, m = 8, 7
    V = [rotation(k, seed=s)[:, :2].double() for s in range(m)]
    on = uniform((1200, m), seed=50) < 0.15
    rows = normal((1200, m, 3, 2), seed=51, dtype=torch.float64)
    F = torch.cat([on[:, b, None, None] * rows[:, b] @ V[b].T for b in range(m)], 1)
    result = find_subspaces(F, seed=0)
    found = [U for U in result.bases if U.shape[1] == 2]
    assert all(max(float((v.T @ U).square().sum()) for U in found) > 1.99 for v in V)


@pytest.mark.parametrize("activation", slowly([nn.GELU, nn.Tanh, nn.ReLU], quick=2))
@pytest.mark.parametrize(("sizes", "layer"), [((10, 4, 8, 2), "0"), ((12, 16, 24, 10), "1"), ((5, 3, 16, 5), "0")])
def test_nothing_is_invented_in_random_networks(sizes, layer, activation):
    torch.manual_seed(50)
    a, b, c, d = sizes
    model = nn.Sequential(nn.Linear(a, b), activation(), nn.Linear(b, c), activation(), nn.Linear(c, d))
    assert find_subspaces(model, normal((600, a), seed=50), layer=layer, seed=0).verdict in ("none", "cannot tell")


def test_a_linear_network_is_not_taken_apart():
    model = nn.Sequential(nn.Linear(6, 6), nn.Linear(6, 6))
    result = find_subspaces(model, normal((200, 6), seed=0), layer="0", seed=0)
    assert result.verdict in ("none", "cannot tell")
    assert len(result.bases) < 2


def test_directions_that_never_act_together_are_not_called_so():
    W = lines()
    one = torch.eye(9, dtype=torch.float64)[torch.arange(400) % 9]
    result = find_subspaces(one[:, :, None] * W.T, seed=0)
    assert result.verdict == "cannot tell"
    assert "hardly act together" in result.reason


def test_a_layer_without_consequences_says_so():
    result = find_subspaces(torch.zeros(20, 3, 4), seed=0)
    assert (result.verdict, result.bases) == ("cannot tell", ())
    assert "nothing after the layer" in str(result)


def test_few_nulls_decide_nothing():
    result = find_subspaces(gated(lines()), seed=0, nulls=3)
    assert result.verdict == "cannot tell"
    assert "at least 19" in result.reason


def test_rotating_the_layer_rotates_the_directions_and_order_and_scale_change_nothing():
    W, R = lines(), rotation(4, seed=7).double()
    first = find_subspaces(gated(W), seed=0, nulls=0).directions
    turned = find_subspaces(3 * gated(R @ W).flip(0), seed=0, nulls=0).directions
    assert float((first.T @ R.T @ turned).abs().amax(1).min()) > 0.9999


def test_positions_and_wide_layers():
    """Tokens: one position of each input; 70 units, of which 3 matter."""
    embed, read = nn.Linear(3, 70, bias=False), nn.Linear(70, 4, bias=False)
    W = torch.nn.functional.normalize(normal((4, 3), seed=0), dim=1) @ rotation(70, seed=1)[:3]
    embed.weight.data, read.weight.data = rotation(70, seed=1)[:3].T.contiguous(), W
    model = nn.Sequential(embed, read, nn.Threshold(1.0, 0.0))
    result = find_subspaces(model, normal((800, 5, 3), seed=3), layer="0", seed=0, nulls=0)
    assert (result.units, result.points) == (70, 800)
    assert result.kept > 0.999
    assert float((W.double() @ result.directions).abs().amax(1).min()) > 0.999


def test_the_metrics_are_those_of_the_jacobian():
    from pushforward.modules.subspaces.metrics import of_layer

    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 5), nn.Tanh())
    X = normal((9, 3), seed=0)
    metrics = of_layer(pf.Neurons(model), X, "1", points=9, seed=0)
    rest = torch.func.vmap(torch.func.jacrev(model[2:]))(model[:2](X).detach())
    assert torch.allclose(metrics.H, (rest.mT @ rest).double(), atol=1e-5)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: find_subspaces(torch.zeros(3, 4), seed=0), r"factors \(n, a, k\) are needed"),
        (lambda: find_subspaces(torch.full((9, 3, 4), torch.nan), seed=0), "NaN or infinity"),
        (lambda: find_subspaces(torch.zeros(9, 3, 4), layer="1", seed=0), "leave `X` and `layer` out"),
        (lambda: find_subspaces(Toy(), seed=0), "the name of a layer are needed"),
        (lambda: find_subspaces(Toy(), toy_inputs(4), layer="hidden", seed=0), "at least 8 are needed"),
        (lambda: find_subspaces(Toy(), toy_inputs(9), layer="hid", seed=0), "no such module. Modules: hidden"),
        (lambda: find_subspaces(3, toy_inputs(9), layer="hidden", seed=0), "a `torch.nn.Module` or factors"),
        (lambda: find_subspaces(torch.zeros(9, 3, 4), points=2, seed=0), "at least 8"),
        (lambda: find_subspaces(torch.zeros(9, 3, 4), nulls=-1, seed=0), "19 give p-values"),
    ],
)
def test_what_is_refused(call, says):
    with pytest.raises(pf.errors.PushforwardError, match=says):
        call()


def test_the_inputs_of_the_model_are_needed_and_not_an_embedding():
    torch.manual_seed(0)
    model, ids = (
        nn.Sequential(nn.Embedding(30, 6), nn.Flatten(), nn.Linear(30, 8), nn.Tanh()),
        torch.arange(60)[:, None],
    )
    ids = (ids * torch.arange(1, 6)) % 30
    net = pf.Neurons(model, start="0")
    assert find_subspaces(net, ids, layer="2", seed=0).units == 8
    with pytest.raises(pf.errors.BadInput, match=r"what `net.embed` gives.*that the model itself takes"):
        find_subspaces(net, net.embed(ids), layer="2", seed=0)
