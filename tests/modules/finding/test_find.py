import pytest
import torch
from sklearn.metrics import adjusted_rand_score
from torch import nn

import pushforward as pf
from pushforward.modules.finding.evidence import whole_layers
from pushforward.rng import normal, permutation, rotation
from slowly import slowly

WHITE = pf.Gaussian.isotropic((64,))


def planted(seed=0, neurons=300, **options):
    truth = pf.datasets.planted(neurons, **{"modules": 3, "leak": 0.2, "seed": seed} | options)
    return truth, pf.Neurons(truth.model)


def find(truth, net, **options):
    return pf.find_modules(net, WHITE, truth.inputs, **{"points": 8, "seed": 0, "nulls": 19} | options)


@pytest.mark.parametrize(("count", "activation"), slowly([(2, nn.Tanh), (5, nn.ReLU), (2, nn.ReLU), (5, nn.Tanh)]))
def test_planted_modules_are_found_and_mixing_neurons_left_out(count, activation):
    truth, net = planted(seed=count, modules=count, activation=activation)
    modules = find(truth, net, points=16)
    members = (truth.labels >= 0) & ~modules.dead
    assert modules.significant
    assert len(modules.blocks) == count
    assert adjusted_rand_score(truth.labels[members], modules.labels[members]) > 0.97
    assert (modules.labels[truth.labels < 0] < 0).double().mean() > 0.8
    assert modules.leakage < modules.chance_leakage / 1.5
    assert modules.stability.min() > 0.8


@pytest.mark.parametrize("r", slowly([200, 16]))
def test_a_random_factor_has_no_significant_modules(r):
    modules = pf.find_modules(normal((400, r), seed=r), seed=0, nulls=19)
    assert not modules.significant
    assert modules.blocks == ()
    assert (modules.labels == -1).all()
    assert "no significant modules" in str(modules)


def test_a_random_network_has_no_significant_modules():
    torch.manual_seed(0)
    net = pf.Neurons(nn.Sequential(nn.Linear(64, 200), nn.ReLU(), nn.Linear(200, 100), nn.ReLU(), nn.Linear(100, 10)))
    modules = pf.find_modules(net, WHITE, normal((16, 64), seed=1), seed=0, nulls=19)
    assert not modules.significant
    assert modules.evidence.effect < 1
    assert modules.verdict == "none"


def encoder(layers):
    """The modules of an untrained transformer, its tokens pooled."""
    net = pf.Neurons(layers.eval(), unit="channel")
    inputs = pf.Gaussian.isotropic((8, 32))
    return net, pf.find_modules(net, inputs, normal((8, 8, 32), seed=1), seed=0, nulls=19, points=8)


@pytest.mark.slow
def test_a_random_transformer_has_no_modules_although_its_layers_are_copies():
    torch.manual_seed(0)
    layers = [nn.TransformerEncoderLayer(32, 4, 64, batch_first=True) for _ in range(2)]
    plain = encoder(nn.Sequential(*layers))[1]
    assert not plain.significant
    assert plain.copies == 0
    copied = encoder(nn.TransformerEncoder(layers[0], 2, enable_nested_tensor=False))[1]  # copies its layer
    assert not copied.significant
    assert copied.copies >= 64
    assert f"{copied.copies} of" in str(copied)


def test_permuting_neurons_permutes_the_modules_and_scaling_them_changes_nothing():
    truth, net = planted()
    F = torch.stack([pf.push(net, WHITE, x).factor for x in truth.inputs[:6]])
    modules = pf.find_modules(F, seed=0, nulls=19)
    order = permutation(300, seed=1)
    scale = normal((300, 1), seed=2).exp()
    again = pf.find_modules((F * scale)[:, order] @ rotation(64, seed=3), seed=0, nulls=19)
    both = (modules.labels[order] >= 0) & (again.labels >= 0)
    assert both.double().mean() > 0.8
    assert adjusted_rand_score(modules.labels[order][both], again.labels[both]) == 1.0


def test_one_input_gives_local_modules():
    truth, net = planted(modules=2, leak=0.1)
    modules = pf.find_modules(net, WHITE, truth.inputs[:1], seed=0, nulls=19)
    assert len(modules.blocks) == 2
    assert len(modules.points) == 1


@pytest.mark.slow
def test_most_neurons_outside_the_sample_are_assigned_as_well():
    truth, net = planted(seed=4)
    few, all_ = find(truth, net, sample=100), find(truth, net)
    members = truth.labels >= 0
    assert len(few.sample) <= 101
    assert adjusted_rand_score(truth.labels[members], few.labels[members]) > 0.95
    assert adjusted_rand_score(few.labels, all_.labels) > 0.8


def test_dead_and_constant_neurons_are_in_no_module_and_counted():
    truth, net = planted(activation=nn.ReLU)
    with torch.no_grad():
        truth.model[0].weight[:7] = 0  # the first seven neurons are constant
    modules = find(truth, net)
    assert (modules.labels[:7] == -1).all()
    assert modules.dead[:7].all()
    assert modules.left_out["dead"] >= 7
    assert sum(modules.left_out.values()) == (modules.labels < 0).sum()


@pytest.mark.slow
def test_groups_of_modules_that_leak_into_each_other_are_a_hierarchy():
    truth, net = planted(neurons=600, modules=4, groups=2, leak=0.2, seed=3)
    modules = find(truth, net, points=16)
    assert len(modules.blocks) == 4
    group = {
        b: int(truth.groups[block[truth.groups[block] >= 0]].mode().values) for b, block in enumerate(modules.blocks)
    }
    wanted = {tuple(b for b in group if group[b] == g) for g in (0, 1)}
    assert {g.blocks for g in modules.groups} == wanted
    flat_truth, flat_net = planted(neurons=600, modules=4, leak=0.2, seed=3)
    assert find(flat_truth, flat_net, points=16).groups == ()


def test_parallel_branches_are_modules_although_each_is_a_whole_layer():
    class Towers(nn.Module):
        def __init__(self):
            super().__init__()
            self.left = nn.Sequential(nn.Linear(32, 60), nn.Tanh())
            self.right = nn.Sequential(nn.Linear(32, 60), nn.Tanh())

        def forward(self, x):
            return torch.cat([self.left(x[:, :32]), self.right(x[:, 32:])], 1)

    torch.manual_seed(0)
    net = pf.Neurons(Towers(), layers=["left.1", "right.1"])
    modules = pf.find_modules(net, WHITE, normal((8, 64), seed=0), seed=0, nulls=19)
    assert modules.evidence.across_layers
    assert [block.tolist() for block in modules.blocks] == [list(range(60)), list(range(60, 120))]
    assert whole_layers(torch.tensor([0, 0, -1, 1]), torch.tensor([0, 0, 0, 1]))
    assert not whole_layers(torch.tensor([0, 1, -1, 1]), torch.tensor([0, 0, 0, 1]))


def test_a_forced_count_is_a_cut_even_where_nothing_is_significant():
    modules = pf.find_modules(normal((300, 32), seed=0), seed=0, nulls=19, count=2)
    assert not modules.significant
    assert len(modules.blocks) == 2


def test_a_factor_and_a_push_are_the_same_thing():
    truth, net = planted()
    F = pf.push(net, WHITE, truth.inputs[0])
    a, b = (pf.find_modules(f, seed=0, nulls=19) for f in (F, F.factor))
    assert torch.equal(a.labels, b.labels)
    assert a.evidence == b.evidence


def test_the_same_seed_gives_the_same_result_and_the_global_generator_is_left_alone():
    truth, net = planted()
    state = torch.get_rng_state()
    a, b = find(truth, net), find(truth, net)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(a.labels, b.labels)
    assert a.evidence == b.evidence


@pytest.mark.slow
def test_no_factor_in_memory_changes_nothing():
    truth, net = planted()
    assert torch.equal(find(truth, net, memory=0).labels, find(truth, net).labels)


def test_order_puts_blocks_first_and_covers_every_neuron():
    truth, net = planted()
    modules = find(truth, net)
    labels = modules.labels[modules.order]
    assert sorted(modules.order.tolist()) == list(range(300))
    members = labels[labels >= 0]
    assert (members.diff() >= 0).all()
    assert (labels[len(members) :] == -1).all()


def test_saved_modules_are_read_back_whole(tmp_path):
    truth, net = planted(neurons=200, modules=4, groups=2, leak=0.2, seed=3)
    modules = find(truth, net)
    again = pf.results.Modules.load(modules.save(tmp_path / "m.safetensors"))
    assert str(again) == str(modules)
    assert torch.equal(again.shares, modules.shares)
    assert again.groups == modules.groups
    assert again.points == modules.points


@pytest.mark.parametrize(
    ("args", "options", "cure"),
    [
        ((nn.Linear(2, 2),), {}, "pf.Neurons"),
        ((torch.zeros(5, 3), WHITE), {}, "no inputs and no X"),
        ((torch.zeros(5),), {}, r"one common shape \(a, r\)"),
        ((torch.full((50, 4), torch.nan),), {}, "NaN"),
        ((torch.zeros(50, 4),), {}, "only 0 neurons respond to these inputs; at least 4 are needed"),
        ((torch.ones(3, 4),), {}, "at least 4 are needed"),
        ((normal((50, 4), seed=0),), {"points": 0}, "points=0.*at least 1"),
        ((normal((50, 4), seed=0),), {"nulls": 3}, "nulls=3.*at least 19"),
        ((normal((50, 4), seed=0),), {"count": 49}, "Ask for fewer"),
        (([],), {}, "a factor"),
    ],
)
def test_bad_arguments_say_what_to_do(args, options, cure):
    with pytest.raises((pf.errors.BadInput, pf.errors.NotFinite), match=cure):
        pf.find_modules(*args, seed=0, **options)


def test_missing_inputs_say_what_to_do():
    truth, net = planted()
    with pytest.raises(pf.errors.BadInput, match=r"pf.Gaussian.fit\(X\)"):
        pf.find_modules(net, seed=0)
    with pytest.raises(pf.errors.BadInput, match="give the inputs X"):
        pf.find_modules(net, WHITE, seed=0)
    with pytest.raises(pf.errors.BadInput, match="empty"):
        pf.find_modules(net, WHITE, truth.inputs[:0], seed=0)


def test_an_unreadable_file_is_named(tmp_path):
    with pytest.raises(pf.errors.UnreadableFile, match="no file"):
        pf.results.Modules.load(tmp_path / "nothing")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(pf.errors.UnreadableFile, match="was not written by pushforward"):
        pf.results.Modules.load(tmp_path / "text")


@pytest.mark.slow
def test_a_random_network_of_positions_has_no_modules():
    torch.manual_seed(0)
    cnn = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(72, 10))
    X = normal((8, 1, 8, 8), seed=0)
    inputs = pf.Gaussian.isotropic((1, 8, 8))
    by_position = pf.find_modules(pf.Neurons(cnn), inputs, X, seed=0, nulls=19).evidence
    by_channel = pf.find_modules(pf.Neurons(cnn, unit="channel"), inputs, X, seed=0, nulls=19).evidence
    assert not by_position.significant
    assert not by_channel.significant


def test_neurons_that_share_nothing_at_all_are_no_modules():
    modules = pf.find_modules(torch.eye(60), seed=0, nulls=19)
    assert not modules.significant
    assert modules.blocks == ()


def test_dead_neurons_are_in_no_block_even_if_there_is_one_block_only():
    F = normal((100, 2), seed=0)
    F[:10] = 0
    modules = pf.find_modules(F, seed=0, nulls=19)
    assert not modules.significant
    assert modules.left_out["dead"] == 10
