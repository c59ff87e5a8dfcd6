"""Sets in part of a network, at a leak, from other evidence; and what is not to be called one."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from sklearn.metrics import adjusted_rand_score
from torch import nn

import pushforward as pf
from pushforward.modules.finding.copies import originals
from pushforward.modules.finding.families import Family, levels
from pushforward.modules.finding.pool import Pool
from pushforward.modules.finding.power import plant
from pushforward.modules.finding.rows import Rows, grid, overlap
from pushforward.rng import generator, normal, permutation, rotation
from slowly import slowly

QUICK = {"points": 16, "nulls": 19, "twin": False}


def layers(labels: list[torch.Tensor], leak: float, seed: int, act: type[nn.Module] = nn.Tanh) -> nn.Sequential:
    """Layers in which a neuron reads those of its own label, and others `leak` times as much; −1 reads everything."""
    draws, parts = generator(seed), list[nn.Module]()
    for source, target in pairwise(labels):
        W = normal((len(target), len(source)), seed=draws)
        own = (target[:, None] == source) & (target >= 0)[:, None]
        unit = lambda A: A / A.norm(dim=1, keepdim=True).clamp_min(1e-9)  # noqa: E731
        W = torch.where((target < 0)[:, None], unit(W), unit(W * own) + leak * unit(W * ~own))
        linear = nn.Linear(len(source), len(target))
        linear.weight.data, linear.bias.data = 1.5 * W, 0.1 * normal((len(target),), seed=draws)
        parts += [linear, act()]
    parts[0].weight.data = parts[0].weight.data @ rotation(len(labels[0]), seed=draws)
    return nn.Sequential(*parts).eval()


def shuffled(counts: list[int], seed: int) -> torch.Tensor:
    """Labels 0, 1, … so many times each, the last as often −1, in random order."""
    names = torch.tensor([*range(len(counts) - 1), -1])
    return names.repeat_interleave(torch.tensor(counts))[permutation(sum(counts), seed=seed)]


def asked(labels: list[torch.Tensor], planted: float, seed: int, **options):
    net = pf.Neurons(layers(labels, planted, seed), layers=["1", "3", "5"])
    d = len(labels[0])
    return pf.find_modules(net, pf.Gaussian.isotropic((d,)), normal((64, d), seed=seed), seed=seed, **QUICK | options)


@pytest.mark.parametrize("leak", slowly([0.6, 0.5]))
def test_modules_that_leak_half_are_found(leak):
    labels = [torch.arange(4).repeat_interleave(8), *(shuffled([20] * 4 + [0], seed) for seed in range(3))]
    found, truth = asked(labels, leak, 1), torch.cat(labels[1:])
    assert len(found.blocks) == 4
    assert adjusted_rand_score(truth, found.labels) > 0.95
    assert 0.3 <= found.leak <= 0.6
    assert found.curve.coverage[0] < 0.05 < 0.6 < max(found.curve.coverage)


@pytest.mark.slow
def test_two_halves_of_six_units_a_layer_are_found():
    right = 0
    for seed in range(6):
        labels = [torch.arange(2).repeat_interleave(8), *(shuffled([3, 3, 0], seed + k) for k in range(3))]
        found = asked(labels, 0.0, seed)
        right += adjusted_rand_score(torch.cat(labels[1:]), found.labels) > 0.99
    assert right >= 5


def test_sets_that_are_apart_altogether_are_told_whole_however_small_or_loose():
    truth = torch.arange(2).repeat_interleave(torch.tensor([80, 10]))
    F = torch.zeros(12, 90, 28)
    F[:, :80, :24], F[:, 80:, 24:] = normal((12, 80, 24), seed=0), normal((12, 10, 4), seed=1)
    F[:, :80, 0] *= 0.003
    F[:, 3, 1:24] = 0  # a neuron that hardly lies in what the others of its set share
    order = permutation(90, seed=2)
    found = pf.find_modules((F @ rotation(28, seed=3))[:, order], seed=0, nulls=19)
    assert found.leak == found.curve.leaks[0] == 0
    assert torch.equal(found.labels, truth[order])


def test_modules_in_a_part_of_a_dense_network_are_found_and_the_rest_left_out():
    labels = [shuffled([10, 10, 10, 18], 0), *(shuffled([25, 25, 25, 75], k) for k in range(3))]
    found, truth = asked(labels, 0.1, 2), torch.cat(labels[1:])
    planted, members = truth >= 0, found.labels >= 0
    assert len(found.blocks) == 3
    assert (planted & members).sum() / planted.sum() > 0.9
    assert (planted & members).sum() / members.sum() > 0.85
    assert found.leakage_all > found.leakage


@pytest.mark.slow
def test_a_sparse_random_network_has_no_modules():
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(24, 80), nn.ReLU(), nn.Linear(80, 80), nn.ReLU(), nn.Linear(80, 10)).eval()
    for linear in net[::2]:
        linear.weight.data *= (torch.rand_like(linear.weight) < 0.1) / 0.1**0.5
    X = torch.randn(300, 24)
    found = pf.find_modules(pf.Neurons(net), pf.Gaussian.isotropic((24,)), X, seed=0, **QUICK)
    assert found.p_value <= 0.05  # uneven it is
    assert found.verdict != "modules"
    assert "found again" in str(found)


class Experts(nn.Module):
    """Each input goes to one of four experts, all of which read the same directions."""

    def __init__(self, seed: int = 0):
        super().__init__()
        draws = generator(seed)
        self.own = torch.arange(4).repeat_interleave(24)[permutation(96, seed=draws)]
        self.gate, self.W = normal((4, 16), seed=draws), normal((96, 16), seed=draws) / 4
        self.act = nn.ReLU()

    def forward(self, x):
        on = nn.functional.one_hot((x @ self.gate.T).argmax(1), 4)
        return self.act((x @ self.W.T) * on[:, self.own])


@pytest.mark.slow
def test_experts_are_seen_by_activity_alone():
    net, X = pf.Neurons(Experts().eval(), layers="act"), normal((1000, 16), seed=1)
    by_activity = pf.find_modules(net, X=X, seed=0, by="activity", **QUICK)
    assert adjusted_rand_score(net.model.own, by_activity.labels) > 0.95
    assert by_activity.by == "activity"
    by_directions = pf.find_modules(net, pf.Gaussian.isotropic((16,)), X, seed=0, **QUICK)
    assert not by_directions.significant
    with pytest.raises(pf.errors.BadInput, match="32 or more"):
        pf.find_modules(net, X=X[:20], seed=0, by="activity")
    with pytest.raises(pf.errors.BadInput, match="'directions' or 'activity'"):
        pf.find_modules(net, X=X, seed=0, by="rows")


def test_leakage_is_none_where_there_is_none_although_directions_are_mixed():
    labels = [torch.arange(4).repeat_interleave(48), shuffled([20] * 4 + [0], 0)]
    net = pf.Neurons(layers(labels, 0.0, 0), layers=["1"])
    found = pf.find_modules(net, pf.Gaussian.isotropic((192,)), normal((32, 192), seed=0), seed=5, **QUICK)
    assert len(found.blocks) == 4
    assert found.directions == 128
    assert abs(found.leakage) < 0.02


def test_mixing_directions_does_not_bias_overlaps():
    U = nn.functional.normalize(normal((1, 60, 1000), seed=0), dim=2)
    mixed = nn.functional.normalize(U @ normal((1000, 64), seed=1), dim=2)
    one = Rows(mixed, torch.ones(1, 60, dtype=torch.bool), torch.zeros(60, dtype=torch.long), torch.arange(60))
    assert overlap(one).mean() > 0.012  # 1/64 and more
    assert abs(float(overlap(one._replace(sketched=64)).mean())) < 0.003


def test_copies_count_once_and_neurons_on_one_direction_are_none():
    U = nn.functional.normalize(normal((8, 12, 5), seed=0), dim=2)
    U = torch.cat([U, -U[:, :6]], 1)  # the first six again, negated
    rows = Rows(U, torch.ones(8, 18, dtype=torch.bool), torch.zeros(18, dtype=torch.long), torch.arange(18))
    A = normal((64, 12), seed=1)
    assert originals(rows, torch.cat([A, 3 - 2 * A[:, :6]], 1), overlap(rows)).tolist() == list(range(12))
    assert len(originals(rows, normal((64, 18), seed=2), overlap(rows))) == 18  # parallel, but not the same


def test_other_levels_of_a_hierarchy():
    member = torch.block_diag(*[torch.ones(1, 10)] * 4)  # four sets, of which the first two are one, too
    sets = torch.cat([member, member[:1] + member[1:2], member[:1] + member[2:3]])
    leak = torch.full((6, 6), 0.1).fill_diagonal_(1)
    leak[0, 1] = leak[1, 0] = 0.4
    size, ones = sets.sum(1), torch.ones(6)
    nested = Pool(sets, size, ones, ones, leak, sets @ sets.T, torch.full((6,), torch.inf))
    usable = torch.tensor([True] * 5 + [False]).numpy()

    def at(leak, *which):
        chosen = torch.tensor(which)
        return levels(nested, Family(leak, sets[chosen], ones[chosen], 0.5, chosen), usable)

    assert at(0.5, 0, 1, 2, 3).tolist() == sets[4:5].tolist()  # what holds two of them
    assert at(0.5, 4, 2, 3).tolist() == sets[:2].tolist()  # what is inside of one
    assert len(at(0.2, 4, 2, 3)) == 0  # and does not keep apart at that leak
    assert len(at(0.5, 2, 3)) == 0


def test_of_layers_with_positions_whole_channels_or_positions_are_copies():
    U = nn.functional.normalize(normal((4, 24, 8), seed=0), dim=2)
    A, channel = normal((64, 24), seed=1), torch.arange(24) // 4
    U[:, 5], A[:, 5] = U[:, 0], A[:, 0]  # one neuron of a channel of four positions: it stays
    U[:, 20:], A[:, 20:] = U[:, 8:12], A[:, 8:12]  # a whole channel: it goes
    rows = Rows(U, torch.ones(4, 24, dtype=torch.bool), torch.zeros(24, dtype=torch.long), channel)
    left = originals(rows, A, overlap(rows))
    assert left.tolist() == list(range(20))
    assert grid(rows.layer[left], channel[left], 0).shape == (5, 4)


def test_one_neuron_of_a_layer_with_positions_that_is_a_copy():
    torch.manual_seed(0)
    conv = nn.Conv1d(1, 6, 3, bias=False)
    conv.weight.data[0] = torch.tensor([[1.0, 0.0, 0.0]])
    X = normal((40, 1, 12), seed=0)
    X[:, :, 5] = X[:, :, 0]  # the first channel is the same at two positions, the others are not
    found = pf.find_modules(pf.Neurons(nn.Sequential(conv, nn.Tanh())), pf.Gaussian.fit(X, rank=8), X, seed=0, **QUICK)
    assert found.verdict in ("none", "undetermined")


def test_a_recurrent_layer_and_its_last_step_are_one():
    class Last(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = nn.LSTM(12, 40, batch_first=True)

        def forward(self, x):
            return self.lstm(x)[0][:, -1]

    torch.manual_seed(1)
    net, X = pf.Neurons(Last().eval(), unit="channel"), torch.randn(60, 6, 12)
    found = pf.find_modules(net, pf.Gaussian.isotropic((6, 12)), X, seed=1, **QUICK)
    assert found.copies >= 30
    assert not found.significant


def test_all_copies_are_refused():
    net = nn.Sequential(nn.Linear(4, 30), nn.Tanh()).eval()
    net[0].weight.data[:], net[0].bias.data[:] = net[0].weight.data[0].clone(), 0.0
    with pytest.raises(pf.errors.BadInput, match="copies of 1; at least 4 different ones"):
        pf.find_modules(pf.Neurons(net, layers="1"), pf.Gaussian.isotropic((4,)), normal((40, 4), seed=0), seed=0)


def test_too_little_to_tell_is_said():
    found = pf.find_modules(normal((6, 3), seed=0), seed=0, nulls=19)
    assert found.verdict == "undetermined"
    assert "cannot tell" in str(found)


def test_none_says_what_would_have_been_found():
    found = pf.find_modules(normal((300, 16), seed=0), seed=0, nulls=19)
    assert found.verdict == "none"
    assert found.power.reach is not None
    assert f"two modules of {found.power.reach[0]}" in str(found)


def test_planted_modules_lie_in_their_subspaces():
    U = nn.functional.normalize(normal((3, 100, 16), seed=0), dim=2)
    rows = Rows(U, torch.ones(3, 100, dtype=torch.bool), torch.zeros(100, dtype=torch.long), torch.arange(100))
    planted, truth = plant(rows, 20, 0.0, seed=1)
    A, B = planted.U[0, truth == 0], planted.U[0, truth == 1]
    assert (A @ B.T).abs().max() < 1e-5
    assert torch.linalg.matrix_rank(A) == 4
    assert torch.equal(planted.U[:, truth < 0], rows.U[:, truth < 0])


def test_a_twin_is_searched_and_a_factory_may_make_it():
    labels = [torch.arange(2).repeat_interleave(8), *(shuffled([20, 20, 0], k) for k in range(3))]
    model = layers(labels, 0.0, 0)
    net, X = pf.Neurons(model, layers=["1", "3", "5"]), normal((32, 16), seed=0)
    weights = model[0].weight.clone()
    options = QUICK | {"twin": True}
    found = pf.find_modules(net, pf.Gaussian.isotropic((16,)), X, seed=0, **options)
    assert max(found.curve.twin[0]) < 0.2 < max(found.curve.coverage)
    assert torch.equal(model[0].weight, weights)
    options["twin"] = lambda: layers(labels, 0.0, 5)
    same = pf.find_modules(net, pf.Gaussian.isotropic((16,)), X, seed=0, **options)
    assert max(same.curve.twin[0]) > 0.4  # not untrained at all, but ours to say
    options["twin"] = lambda: layers([labels[0], *(shuffled([5, 5, 0], k) for k in range(3))], 0.0, 5)
    with pytest.raises(pf.errors.BadInput, match="The factory must give the same architecture"):
        pf.find_modules(net, pf.Gaussian.isotropic((16,)), X, seed=0, **options)


class Named(nn.Module):
    """Takes its input by name, and normalises over the batch; `extra` is a weight that nobody knows how to draw."""

    def __init__(self, extra: bool):
        super().__init__()
        self.first, self.norm, self.act, self.last = nn.Linear(6, 30), nn.BatchNorm1d(30), nn.Tanh(), nn.Linear(30, 4)
        self.extra = nn.Parameter(torch.ones(30)) if extra else 1.0

    def forward(self, *, points):
        return self.last(self.act(self.norm(self.first(points)) * self.extra))


@pytest.mark.parametrize("extra", [False, True])
def test_a_twin_that_cannot_be_made_is_told_and_breaks_nothing(extra):
    torch.manual_seed(0)
    net, X = pf.Neurons(Named(extra).eval()), {"points": normal((40, 6), seed=0)}
    inputs = pf.Gaussian.isotropic({"points": torch.zeros(6)})
    found = pf.find_modules(net, inputs, X, seed=0, **QUICK | {"twin": True})
    assert len(found.curve.twin) == (0 if extra else 1)
    if extra:
        assert "no untrained twin (the weights of the model (Named) cannot be drawn anew" in str(found)
    assert not net.model.norm.running_mean.any()


@pytest.mark.slow
def test_a_forced_cut_is_as_stable_as_it_is():
    labels = [torch.arange(2).repeat_interleave(8), *(shuffled([20, 20, 0], k) for k in range(3))]
    real = asked(labels, 0.0, 0, count=2)
    assert real.forced
    assert real.significant
    assert real.stability.min() > 0.9
    assert real.leak < 0.1
    assert "as asked for; significant" in str(real)
    chance = pf.find_modules(normal((300, 32), seed=0), seed=0, nulls=19, count=2)
    assert chance.stability.max() < 0.9
    assert chance.leak > 0.5
    assert not chance.significant


def test_one_leak_can_be_asked_for():
    labels = [torch.arange(2).repeat_interleave(8), *(shuffled([12, 12, 0], k) for k in range(3))]
    assert asked(labels, 0.0, 0, leak=0.3).leak == 0.3
    with pytest.raises(pf.errors.BadInput, match=r"leak=2.*in \[0, 1\)"):
        asked(labels, 0.0, 0, leak=2)
    with pytest.raises(pf.errors.BadInput, match=r"twin='yes'.*a function that makes a model"):
        asked(labels, 0.0, 0, twin="yes")


def test_sets_that_are_not_found_again_do_not_count():
    labels = [torch.arange(2).repeat_interleave(8), *(shuffled([12, 12, 0], k) for k in range(3))]
    found = asked(labels, 0.0, 0)
    assert found.significant
    fickle = replace(found, stability=torch.full_like(found.stability, 0.5))
    assert fickle.evidence.significant
    assert not fickle.significant
