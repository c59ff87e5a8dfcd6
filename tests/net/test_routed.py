"""Layers that run on some of the inputs, in another order, or with rows that depend on the data."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import pushforward as pf
from pushforward.rng import normal

R8 = pf.Gaussian.isotropic((8,))
X = normal((32, 8), seed=3)


class Routed(nn.Module):
    """Each input goes through one of four experts. `sort`: sorted by expert, run together, and put back in order."""

    def __init__(self, sort: bool, *, modules: bool = True):
        super().__init__()
        torch.manual_seed(0)
        self.sort, self.gate, self.out = sort, nn.Linear(8, 4), nn.Linear(16, 3)
        act = nn.ReLU if modules else nn.Identity
        self.experts = nn.ModuleList(nn.Sequential(nn.Linear(8, 16), act()) for _ in range(4))
        self.act = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        which = self.gate(x).argmax(1)
        if self.sort:
            order = which.argsort(stable=True)
            hidden = torch.cat([self.experts[e](x[order][which[order] == e]) for e in range(4)])
            return self.out(self.act(hidden)[order.argsort()])
        y = x.new_zeros(len(x), 16)
        for e in which.unique().tolist():
            k = (which == e).nonzero()[:, 0]
            y = y.index_add(0, k, functional.relu(self.experts[e](x[k])))
        return self.out(y)


class Picked(nn.Module):
    """Tokens whose first number is positive pass a layer: how many, the data decide."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.last = nn.Linear(3, 4), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        i, j = torch.where(x[..., 0] > 0)
        return self.last(x.new_zeros(len(x), 4).index_add(0, i, torch.tanh(self.first(x[i, j]))))


@pytest.mark.parametrize("sort", [False, True])
def test_rows_are_those_of_their_own_inputs(sort: bool) -> None:
    net = pf.Neurons(Routed(sort, modules=not sort).eval())
    together = net(X)
    alone = torch.cat([net(x[None]) for x in X])
    assert torch.equal(together, alone)
    assert torch.allclose(together[:, net.select("output")], net.model(X), atol=1e-6)


def test_an_expert_that_does_not_run_is_absent() -> None:
    net = pf.Neurons(Routed(sort=False).eval())
    A, which = net(X), net.model.gate(X).argmax(1)
    assert [f"experts.{e}.1" in net.layers for e in range(4)] == [True] * 4
    for e in range(4):
        own = A[:, net.select(f"experts.{e}.1")]
        assert not own[which != e].any()
        assert own[which == e].any()
    expert = int(which[0])
    F = pf.push(net, R8, X[0]).factor
    for e in range(4):
        assert F[net.select(f"experts.{e}.1")].any() == (e == expert)
    exact = torch.func.jacrev(lambda x: net.model(x[None])[0])(X[0])
    assert torch.allclose(F[net.select("output")], exact, atol=1e-6)


def test_experts_are_found_by_what_runs_together() -> None:
    net = pf.Neurons(Routed(sort=False).eval(), layers="experts.*.1")
    found = pf.find_modules(net, R8, normal((400, 8), seed=1), by="activity", seed=0, nulls=19, twin=False)
    assert len(net.layers) == 4
    assert len(found.labels) == 64


def test_rows_that_depend_on_the_data_are_refused() -> None:
    one = torch.tensor([[1.0, 0.2, 0.3], [-1, 0.5, 0.1], [-1, 0.3, 0.4]])
    two = torch.tensor([[1.0, 0.2, 0.3], [1, 0.5, 0.1], [-1, 0.3, 0.4]])
    net, inputs = pf.Neurons(Picked().eval()), pf.Gaussian.isotropic((3, 3))
    pf.push(net, inputs, one)
    with pytest.raises(pf.errors.NotDifferentiable, match=r"layer 'tanh' is \(2, 4\).*depends on the data"):
        pf.push(net, inputs, two)
    with pytest.raises(pf.errors.NotDifferentiable, match="depends on the data"):
        net(torch.stack([one, two]))
    alone = pf.Neurons(net.model, layers="output")
    exact = torch.func.jacrev(lambda x: net.model(x[None])[0])(two).flatten(1)
    assert torch.allclose(pf.push(alone, inputs, two).factor, exact, atol=1e-6)
    assert torch.allclose(alone(torch.stack([one, two])), net.model(torch.stack([one, two])))


def test_half_precision_inside_a_network_is_judged_as_such() -> None:
    class Core(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(0)
            self.core = nn.Sequential(nn.Linear(8, 8), nn.GELU(), nn.Linear(8, 3)).bfloat16()

        def forward(self, x: Tensor) -> Tensor:
            return self.core(x.bfloat16()).float()

    model = Core().eval()
    F = pf.push(pf.Neurons(model), R8, X[0]).factor
    exact = pf.push(pf.Neurons(nn.Sequential(*model.core.float())), R8, X[0]).factor
    assert (F - exact).norm() < 0.02 * exact.norm()


def test_wrappers_and_parts_that_hide_layers() -> None:
    model = nn.Sequential(nn.Linear(8, 5), nn.Tanh())
    assert torch.equal(pf.Neurons(nn.DataParallel(model))(X), pf.Neurons(model)(X))
    scripted = nn.Sequential(torch.jit.script(nn.Linear(8, 5)), nn.Tanh())
    with pytest.raises(pf.errors.BadInput, match=r"part '0' is scripted.*Put the Python module in its place"):
        pf.Neurons(scripted)
