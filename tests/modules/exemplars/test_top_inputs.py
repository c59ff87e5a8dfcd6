import pytest
import torch
from torch import nn

from pushforward.datasets import planted
from pushforward.errors import BadInput
from pushforward.modules.exemplars import reading, top_inputs
from pushforward.net import Neurons, push


def test_driving_inputs_agree_with_their_definition(world):
    with torch.no_grad():
        f = world.net(world.X).double()
    z = ((f - f.mean(0)) / f.std(0, correction=0)).abs()
    moved = torch.stack([z[:, block].mean(1) for block in world.modules.blocks])
    driving = world.modules.top_inputs(world.net, world.X, top=5)
    assert torch.equal(driving.index, moved.topk(5, dim=1).indices)
    torch.testing.assert_close(driving.strength, moved.T[driving.index], rtol=1e-5, atol=1e-8)
    assert torch.equal(driving.examples, world.X[driving.index])
    assert driving.count == driving.total == len(world.X)


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
    one, ten = [top_inputs(Neurons(Stack(s), ["output"]), blocks, X, neurons=8) for s in (1.0, 10.0)]
    assert torch.equal(one.index, ten.index)
    torch.testing.assert_close(one.strength, ten.strength, rtol=1e-4, atol=1e-6)
    alone = top_inputs(Neurons(Stack(1.0), ["output"]), blocks=[torch.tensor([4, 5])], X=X, neurons=8)
    assert alone.strength.abs().max() == 0


def test_of_many_inputs_some_are_looked_at_and_it_is_said(world):
    driving = world.modules.top_inputs(world.net, world.X, most=40, top=3)
    assert (driving.count, driving.total) == (40, 256)
    assert driving.index.max() > 200
    assert torch.equal(driving.examples, world.X[driving.index])


def test_several_inputs_at_once_have_no_examples(world):
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = world.net.model

        def forward(self, x, y):
            return self.inner(x + y)

    net = Neurons(Both())
    assert world.modules.top_inputs(net, (world.X, world.X * 0)).examples is None


def test_another_networks_modules_are_refused(world):
    other = Neurons(planted(60, modules=2, seed=0).model)
    with pytest.raises(BadInput, match="give the `Neurons` with which they were found"):
        world.modules.top_inputs(other, world.X)
    with pytest.raises(BadInput, match="X is empty"):
        world.modules.top_inputs(world.net, world.X[:0])


def test_reading_is_the_mean_squared_correlation_of_inputs_and_neurons(world):
    maps = reading(world.net, world.inputs, world.modules.blocks, world.X, at=world.modules.points[:3])
    expected = torch.zeros(3, 64)
    for i in world.modules.points[:3]:
        J = push(world.net, world.inputs, world.X[i]).factor  # Σ = I, so this is the correlation up to the length
        squared = (J / J.norm(dim=1, keepdim=True)).square()
        expected += torch.stack([squared[block].mean(0) for block in world.modules.blocks]) / 3
    torch.testing.assert_close(maps, expected, rtol=1e-4, atol=1e-6)


def test_nothing_is_read_without_modules_or_points(world, nothing):
    assert reading(world.net, world.inputs, nothing.blocks, world.X, at=nothing.points) is None
    assert reading(world.net, world.inputs, world.modules.blocks, (world.X, world.X), at=world.modules.points) is None
