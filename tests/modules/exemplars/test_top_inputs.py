import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.modules.exemplars import reading, top_inputs


def test_top_inputs_agree_with_their_definition(world):
    with torch.no_grad():
        f = world.net(world.X).double()
    z = ((f - f.mean(0)) / f.std(0, correction=0)).abs()
    moved = torch.stack([z[:, block].mean(1) for block in world.modules.blocks])
    best = world.modules.top_inputs(world.net, world.X, top=5)
    assert torch.equal(best.index, moved.topk(5, dim=1).indices)
    torch.testing.assert_close(best.strength, moved.T[best.index], rtol=1e-5, atol=1e-8)
    assert torch.equal(best.examples, world.X[best.index])
    assert best.points == best.total == len(world.X)


def test_batches_do_not_change_them(world, monkeypatch):
    whole = world.modules.top_inputs(world.net, world.X)
    monkeypatch.setattr("pushforward.modules.exemplars.run.MEMORY", 8 * 120 * 7)
    parts = world.modules.top_inputs(world.net, world.X)
    assert torch.equal(whole.index, parts.index)
    torch.testing.assert_close(whole.strength, parts.strength)


def test_scaling_a_neuron_changes_nothing_and_a_constant_one_counts_as_zero():
    class Stack(nn.Module):
        def __init__(self, scale: float):
            super().__init__()
            self.scale = scale

        def forward(self, x):
            return torch.tanh(torch.cat([x, x * 0 + 3.0], 1)) * self.scale

    X = torch.randn(50, 4, generator=torch.Generator().manual_seed(0))
    blocks = torch.tensor([0, 1, 4, 5]), torch.tensor([2, 3])
    one, ten = [top_inputs(pf.Neurons(Stack(s), ["output"]), blocks, X, neurons=8) for s in (1.0, 10.0)]
    assert torch.equal(one.index, ten.index)
    torch.testing.assert_close(one.strength, ten.strength, rtol=1e-4, atol=1e-6)
    alone = top_inputs(pf.Neurons(Stack(1.0), ["output"]), blocks=[torch.tensor([4, 5])], X=X, neurons=8)
    assert alone.strength.abs().max() == 0


def test_of_many_inputs_some_are_used_and_the_result_says_so(world):
    best = world.modules.top_inputs(world.net, world.X, most=40, top=3)
    assert (best.points, best.total) == (40, 256)
    assert best.index.max() > 200
    assert torch.equal(best.examples, world.X[best.index])


def test_several_inputs_at_once_have_no_examples(world):
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = world.net.model

        def forward(self, x, y):
            return self.inner(x + y)

    net = pf.Neurons(Both())
    assert world.modules.top_inputs(net, (world.X, world.X * 0)).examples is None


def test_another_networks_modules_are_refused(world):
    other = pf.Neurons(pf.datasets.planted(60, modules=2, seed=0).model)
    with pytest.raises(pf.errors.BadInput, match="give the `Neurons` with which they were found"):
        world.modules.top_inputs(other, world.X)
    with pytest.raises(pf.errors.BadInput, match="X is empty"):
        world.modules.top_inputs(world.net, world.X[:0])


def test_reading_is_the_mean_squared_correlation_of_inputs_and_neurons(world):
    maps = reading(world.net, world.inputs, world.modules.blocks, world.X, at=world.modules.points[:3])
    expected = torch.zeros(3, 64)
    for i in world.modules.points[:3]:
        J = pf.push(world.net, world.inputs, world.X[i]).factor  # Σ = I, so this is the correlation up to the length
        squared = (J / J.norm(dim=1, keepdim=True)).square()
        expected += torch.stack([squared[block].mean(0) for block in world.modules.blocks]) / 3
    torch.testing.assert_close(maps, expected, rtol=1e-4, atol=1e-6)


def test_nothing_is_read_without_modules_or_points(world, nothing):
    assert reading(world.net, world.inputs, nothing.blocks, world.X, at=nothing.points) is None
    assert reading(world.net, world.inputs, world.modules.blocks, (world.X, world.X), at=world.modules.points) is None
