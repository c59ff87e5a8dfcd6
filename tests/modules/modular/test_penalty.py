import pytest
import torch
from sklearn.metrics import adjusted_rand_score
from torch import nn

import pushforward as pf
from pushforward.datasets import planted
from pushforward.modules.modular.graph import cut, parts
from pushforward.rng import normal, permutation


def network(seed=0, d=8, width=24):
    model = nn.Sequential(nn.Linear(d, width), nn.Tanh(), nn.Linear(width, 4))
    for i, p in enumerate(model.parameters()):
        p.data = normal(p.shape, seed=seed + i) / (d if p.ndim > 1 else 100) ** 0.5
    return model


def test_in_a_plain_loop_it_makes_a_network_more_modular():
    inputs, X = pf.Gaussian.isotropic((8,)), normal((512, 8), seed=1)
    y = torch.stack([X[:, :4].square().sum(1), X[:, 4:].square().sum(1)], 1)
    scores = []
    for strength in (0.0, 3.0):
        model = network()
        optimiser = torch.optim.Adam(model.parameters(), 3e-3)
        penalty = pf.modular.ModularityPenalty(pf.Neurons(model), inputs, strength, seed=0, warmup=20, every=1)
        for step in range(400):
            batch = permutation(512, seed=step)[:64]
            loss = (model(X[batch])[:, :2] - y[batch]).square().mean() + penalty(X[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        scores.append(float(pf.modularity(pf.Neurons(model), inputs, X[:8], seed=0).detach()))
    assert scores[1] > scores[0] + 0.1


def test_it_is_zero_between_its_turns_and_grows_in_the_warm_up():
    penalty = pf.modular.ModularityPenalty(
        pf.Neurons(network()), pf.Gaussian.isotropic((8,)), 2.0, seed=0, warmup=8, every=4, points=2
    )
    x = normal((16, 8), seed=0)
    values = [float(penalty(x).detach()) for _ in range(13)]
    turns = [i for i, value in enumerate(values) if value]
    assert turns == [4, 8, 12]
    assert values[4] == pytest.approx(values[8] / 2, rel=0.3)
    assert values[12] == pytest.approx(2.0 * 4 * (1 - penalty.near), rel=1e-5)


def test_once_settled_what_crosses_the_modules_shrinks():
    model, X = (
        planted(60, modules=2, dim=8, leak=0.6, mixing=0.0, seed=0).model.requires_grad_(True),
        normal((64, 8), seed=1),
    )
    penalty = pf.modular.ModularityPenalty(
        pf.Neurons(model), pf.Gaussian.isotropic((8,)), 1.0, seed=0, warmup=0, every=1, settle=0, resolution=1.0
    )
    optimiser, within = torch.optim.Adam(model.parameters(), 1e-2), []
    for _ in range(30):
        optimiser.zero_grad()
        penalty(X).backward()
        optimiser.step()
        within.append(penalty.near)
    assert int(penalty.partition.max()) >= 1
    assert sum(within[-5:]) / 5 > sum(within[:5]) / 5 + 0.1
    again = pf.modular.ModularityPenalty(penalty.net, penalty.inputs, 1.0, seed=3, settle=0)
    again.restore(penalty.state())
    assert torch.equal(again.partition, penalty.partition)


def test_a_network_is_cut_in_two_where_its_parts_are_and_what_crosses_the_cut_shrinks():
    truth, X = planted(60, modules=2, dim=8, leak=0.3, mixing=0.0, seed=0), normal((64, 8), seed=1)
    model = truth.model.requires_grad_(True)
    net = pf.Neurons(model)
    penalty = pf.modular.ModularityPenalty(
        net, pf.Gaussian.isotropic((8,)), 1.0, seed=0, warmup=1000, every=1, plain=2, halve=2, hold=2.0
    )
    assert [float(penalty(X)) for _ in range(3)] == [0.0, 0.0, 0.0]  # up to `plain`
    optimiser, costs = torch.optim.Adam(model.parameters(), 1e-2), []
    for _ in range(20):
        optimiser.zero_grad()
        cost = penalty(X)
        cost.backward()
        optimiser.step()
        costs.append(float(cost.detach()))
    both = truth.labels >= 0
    assert adjusted_rand_score(penalty.halves[both], truth.labels[both]) > 0.9
    assert sum(costs[-5:]) < 0.7 * sum(costs[:5])
    again = pf.modular.ModularityPenalty(net, penalty.inputs, 1.0, seed=3)
    again.restore(penalty.state())
    assert torch.equal(again.halves, penalty.halves)


def test_count_says_how_many_modules_stay():
    truth, X = planted(60, modules=3, dim=9, leak=0.3, mixing=0.0, seed=0), normal((64, 9), seed=1)
    net, inputs = pf.Neurons(truth.model), pf.Gaussian.isotropic((9,))
    penalty = pf.modular.ModularityPenalty(net, inputs, 1.0, seed=0, warmup=0, every=1, settle=0, count=3)
    penalty(X)
    both = truth.labels >= 0
    assert penalty.partition.unique().tolist() == [0, 1, 2]
    assert adjusted_rand_score(penalty.partition[both], truth.labels[both]) > 0.9
    for wrong in (1, 2.5, True):
        with pytest.raises(pf.errors.BadInput, match=rf"count={wrong}\)`: a whole number of at least 2 is needed"):
            pf.modular.ModularityPenalty(net, inputs, 1.0, seed=0, count=wrong)


def test_parts_of_a_graph_with_one_dense_lump():
    truth = torch.arange(4).repeat_interleave(torch.tensor([20, 6, 5, 4]))
    graph = torch.where(truth[:, None] == truth, 0.3, 0.05) + 0.3 * torch.outer(truth == 0, truth == 0)
    graph = torch.block_diag(graph, torch.zeros(2, 2))
    order = permutation(len(graph), seed=0)
    labels = parts(graph[order][:, order], 4)[order.argsort()]
    assert adjusted_rand_score(labels[:-2], truth) == pytest.approx(1.0)
    assert labels[-2:].tolist() == [-1, -1]
    assert parts(torch.zeros(3, 3), 2).tolist() == [-1, -1, -1]


def test_strength_scales_what_keeps_the_cut_and_the_modules_too():
    truth, X = planted(60, modules=2, dim=8, leak=0.3, mixing=0.0, seed=0), normal((64, 8), seed=1)
    net, inputs = pf.Neurons(truth.model), pf.Gaussian.isotropic((8,))
    weak, strong = (
        pf.modular.ModularityPenalty(net, inputs, strength, seed=0, warmup=0, every=1, halve=1, settle=2)
        for strength in (0.5, 5.0)
    )
    for _ in range(4):  # free, cut, settled
        assert float(strong(X)) == pytest.approx(10 * float(weak(X)), rel=1e-5)
    assert strong.halves is not None
    assert strong.partition is not None


def test_a_cut_parts_what_hangs_together_least():
    graph = torch.block_diag(torch.ones(7, 7), torch.ones(5, 5), torch.zeros(2, 2)) + 0.01 * torch.ones(14, 14)
    graph[12:] = graph[:, 12:] = 0
    order = permutation(14, seed=0)
    sides = cut(graph[order][:, order])[order.argsort()]
    assert sides[12:].tolist() == [-1, -1]
    assert len(sides[:7].unique()) == len(sides[7:12].unique()) == 1
    assert sides[0] != sides[7]
    assert cut(torch.zeros(3, 3)).tolist() == [-1, -1, -1]


def test_the_same_seed_and_a_restored_state_give_the_same():
    x = normal((16, 8), seed=0)
    make = lambda: pf.modular.ModularityPenalty(  # noqa: E731
        pf.Neurons(network()), pf.Gaussian.isotropic((8,)), 2.0, seed=5, warmup=0, every=1, directions=4, neurons=12
    )
    first, second = make(), make()
    for _ in range(3):
        first(x)
    second.restore(first.state())
    assert second.step == 3
    assert float(first(x).detach()) == float(second(x).detach())


def test_traced_and_eager_pushes_have_the_same_gradient():
    x, model = normal((16, 8), seed=0), network()
    penalty = pf.modular.ModularityPenalty(
        pf.Neurons(model), pf.Gaussian.isotropic((8,)), 1.0, seed=0, warmup=0, every=1
    )
    state, gradients = penalty.state(), []
    for _ in range(5):
        penalty.restore(state)
        gradients.append(torch.autograd.grad(penalty(x), model[0].weight)[0])
    assert any(entry.program for entry in penalty._factors.programs.entries.values())
    assert torch.allclose(gradients[0], gradients[-1], atol=1e-6)


def test_networks_whose_program_cannot_be_traced_run_eagerly():
    class Branching(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(8, 12)

        def forward(self, x):
            h = self.first(x).tanh()
            return h * 2 if float(h.detach().sum()) > 0 else h * 3

    penalty = pf.modular.ModularityPenalty(
        pf.Neurons(Branching()), pf.Gaussian.isotropic((8,)), 1.0, seed=0, warmup=0, every=1
    )
    values = [penalty(normal((16, 8), seed=0)) for _ in range(4)]
    assert all(torch.isfinite(v) for v in values)


def test_weights_that_changed_are_seen_by_the_traced_push():
    x, model = normal((16, 8), seed=0), network()
    make = lambda: pf.modular.ModularityPenalty(  # noqa: E731
        pf.Neurons(model), pf.Gaussian.isotropic((8,)), 1.0, seed=0, warmup=0, every=1
    )
    penalty = make()
    state = penalty.state()
    for _ in range(4):
        penalty(x)
    with torch.no_grad():
        model[0].weight[:12] *= normal((12, 8), seed=3)
    penalty.restore(state)
    assert float(penalty(x).detach()) == pytest.approx(float(make()(x).detach()), rel=1e-5)


def test_arguments_that_make_no_sense_are_refused():
    net, inputs = pf.Neurons(network()), pf.Gaussian.isotropic((8,))
    with pytest.raises(pf.errors.BadInput, match="a number of at least 0"):
        pf.modular.ModularityPenalty(net, inputs, -1.0, seed=0)
    with pytest.raises(pf.errors.BadInput, match="at least 1 is needed"):
        pf.modular.ModularityPenalty(net, inputs, 1.0, seed=0, every=0)
    dead = nn.Sequential(nn.Linear(8, 5), nn.ReLU())
    dead[0].weight.data.zero_()
    penalty = pf.modular.ModularityPenalty(pf.Neurons(dead), inputs, 1.0, seed=0, warmup=0, every=1)
    with pytest.raises(pf.errors.BadInput, match="Lower `strength=`"):
        penalty(torch.zeros(4, 8))


def test_what_does_not_depend_on_the_weights_is_refused():
    model = nn.Sequential(nn.Linear(8, 6), nn.Tanh())
    net = pf.Neurons(model)
    scale = nn.Parameter(torch.ones(()))
    model.register_parameter("unused", scale)
    model[0].requires_grad_(False)
    penalty = pf.modular.ModularityPenalty(net, pf.Gaussian.isotropic((8,)), 1.0, seed=0, warmup=0, every=1)
    with pytest.raises(pf.errors.NotDifferentiable, match="do not depend on its weights"):
        penalty(normal((4, 8), seed=0))
