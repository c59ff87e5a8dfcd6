from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from pushforward.datasets import planted
from pushforward.datasets.planted_networks import _widths
from pushforward.errors import BadInput


def run(net, x, *, before=False):
    """The values of all layers' neurons, or what goes into their activations."""
    x = x.to(net.model.out.weight.dtype)
    values = {}
    for name, part in net.model.named_children():
        x = part(x)
        values[name] = x
    names = [name.replace("act", "fc") for name in net.layers] if before else net.layers
    return [values[name] for name in names]


def jacobian(net, x):
    """Dense, by autograd, in float64: (a, d) at one input (d,)."""
    net.model.double()
    return torch.autograd.functional.jacobian(lambda x: torch.cat(run(net, x)), x.double())


def layer_of(net):
    sizes = [len(values) for values in run(net, net.inputs[0])]
    return torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))


def shares(net, J, modules):
    """How much of each neuron's gradient energy lies in each module's inputs: (a, m).

    The subspaces are read off the leakless network of the same seed (`net`), by SVD.
    """
    parts = []
    for m in range(modules):
        own = jacobian(net, net.inputs[0])[net.labels == m]
        S, V = torch.linalg.svd(own, full_matrices=False)[1:]
        parts.append((J @ V[S / S[0] > 1e-5].T).square().sum(1))
    return torch.stack(parts, dim=1) / J.square().sum(1, keepdim=True)


@pytest.mark.parametrize("activation", [nn.Tanh, nn.ReLU])
def test_without_leak_modules_have_orthogonal_gradients(activation):
    net = planted(200, modules=4, leak=0, mixing=0, dim=16, activation=activation, seed=0)
    J = jacobian(net, net.inputs[0])
    J = J / J.norm(dim=1, keepdim=True).clamp(min=1e-12)
    different = net.labels[:, None] != net.labels[None, :]
    cosine = (J @ J.T).abs()
    assert cosine[different].max() < 1e-6
    assert cosine[~different].mean() > 0.2


@pytest.mark.slow
def test_leak_gives_the_documented_cross_energy():
    options = {"modules": 4, "mixing": 0.1, "dim": 32, "seed": 1}
    net = planted(400, leak=0.3, **options)
    J = torch.stack([jacobian(net, x) for x in net.inputs[:8]])
    truth = planted(400, leak=0, **options)
    assert torch.equal(net.labels, truth.labels)
    share = torch.stack([shares(truth, j, 4) for j in J]).mean(0)
    own = 1 / (1 + 0.3**2)
    T = torch.full((4, 4), (1 - own) / 3)
    T.fill_diagonal_(own)
    layer = layer_of(net)
    for i in range(4):
        chosen = (layer == i) & (net.labels >= 0)
        measured = share[chosen, net.labels[chosen]].mean()
        assert measured == pytest.approx(float(torch.matrix_power(T, i + 1)[0, 0]), abs=0.08)


@pytest.mark.slow
def test_mixing_neurons_spread_evenly_and_nothing_reads_them():
    net = planted(400, modules=4, leak=0, mixing=0.2, dim=32, seed=2)
    share = torch.stack([shares(net, jacobian(net, x), 4) for x in net.inputs[:8]]).mean(0)
    layer, mixing = layer_of(net), net.labels < 0
    assert [int((mixing & (layer == i)).sum()) for i in range(4)] == [20, 20, 20, 0]
    assert torch.allclose(share[mixing & (layer == 0)], torch.tensor(0.25, dtype=torch.float64), atol=1e-5)
    assert (share[mixing].mean(0) - 0.25).abs().max() < 0.08
    assert share[mixing].max() < 0.7
    assert share[~mixing].max(1).values.min() > 1 - 1e-9
    for i, linear in enumerate([net.model.fc2, net.model.fc3, net.model.out]):
        assert (linear.weight[:, mixing[layer == i]] == 0).all()


@settings(max_examples=25, deadline=None)
@given(
    modules=st.integers(1, 8),
    leak=st.floats(0, 1),
    mixing=st.floats(0, 0.5),
    depth=st.integers(1, 4),
    neurons=st.integers(120, 400),
)
def test_counts_and_norms_are_exact(modules, leak, mixing, depth, neurons):
    net = planted(neurons, modules=modules, leak=leak, mixing=mixing, dim=16, depth=depth, seed=0)
    layer = layer_of(net)
    assert len(net.labels) == len(net.groups) == len(layer) == neurons
    assert net.labels.unique()[-modules:].tolist() == list(range(modules))
    for i in range(1, depth + 1):
        target, source = net.labels[layer == i], net.labels[layer == i - 1]
        sizes = target[target >= 0].bincount()
        assert sizes.max() - sizes.min() <= 1
        W = (net.model.out if i == depth else getattr(net.model, f"fc{i + 1}")).weight
        norm = torch.stack([W[:, source == m].norm(dim=1) for m in range(modules)], dim=1)
        own = norm.gather(1, target.clamp(min=0)[:, None])
        other = (norm.square().sum(1, keepdim=True) - own**2).clamp(min=0).sqrt()
        pure = target >= 0
        expected = leak * own[pure] if modules > 1 else torch.zeros_like(own[pure])
        assert torch.allclose(other[pure], expected, rtol=1e-3, atol=2e-3)
        assert torch.allclose(norm[~pure], norm[~pure].mean(1, keepdim=True), rtol=1e-4)


def test_groups_leak_only_inside_themselves():
    net = planted(400, modules=6, groups=2, leak=1.0, mixing=0.1, dim=24, seed=0)
    assert torch.equal(net.groups, torch.where(net.labels < 0, -1, net.labels // 3))
    J = jacobian(net, net.inputs[0])
    J = J / J.norm(dim=1, keepdim=True)
    first, second = J[net.groups == 0], J[net.groups == 1]
    assert (first @ second.T).abs().max() < 1e-6
    a, b = J[net.labels == 0], J[net.labels == 1]
    assert (a @ b.T).abs().mean() > 0.1


def test_one_group_unless_asked():
    net = planted(100, seed=0)
    assert torch.equal(net.groups, net.labels.clamp(max=0))


@pytest.mark.parametrize("activation", [nn.Tanh, nn.ReLU, nn.GELU])
def test_the_scale_is_kept_through_depth(activation):
    net = planted(1200, depth=7, activation=activation, seed=0)
    for values in run(net, net.inputs, before=True):
        assert 0.7 < values.square().mean() < 1.4


def test_neurons_are_hidden():
    labels = planted(400, seed=0).labels[:100]
    assert (labels[1:] == labels[:-1]).float().mean() < 0.4
    first = planted(400, leak=0, mixing=0, seed=0).model.fc1.weight
    assert (first.abs() > 1e-4).float().mean() > 0.95  # the rotation leaves no zeros to read


def test_the_seed_decides_and_the_global_generator_is_left_alone():
    state = torch.get_rng_state()
    a, b, c = planted(100, seed=0), planted(100, seed=0), planted(100, seed=1)
    assert torch.equal(torch.get_rng_state(), state)
    for x, y in zip(a.model.parameters(), b.model.parameters(), strict=True):
        assert torch.equal(x, y)
    assert torch.equal(a.inputs, b.inputs)
    assert torch.equal(a.labels, b.labels)
    assert not torch.equal(a.model.fc1.weight, c.model.fc1.weight)


def test_inputs_are_standard_normal():
    inputs = planted(100, dim=8, seed=0).inputs
    assert inputs.shape == (256, 8)
    assert (torch.cov(inputs.T) - torch.eye(8)).abs().max() < 0.35


def test_repr_counts():
    assert repr(planted(100, modules=6, groups=2, mixing=0.2, dim=8, seed=0)) == (
        "Planted(100 neurons in 4 layers, 6 modules in 2 groups, 15 mixing neurons, 8 inputs)"
    )


@pytest.mark.parametrize("neurons", [1000, 1001, 16_384, 16_385, 100_000])
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_widths_add_up_and_wide_layers_never_meet(neurons, depth):
    widths = _widths(neurons, depth, least=5)
    assert sum(widths) == neurons
    assert max(a * b for a, b in pairwise(widths)) < 52_000_000
    if neurons > 20_480:
        assert all(512 in pair for pair in pairwise(widths))


@pytest.mark.slow
def test_a_hundred_thousand_neurons():
    net = planted(100_000, seed=0)
    assert len(net.labels) == 100_000
    weights = [p.numel() for p in net.model.parameters()]
    assert max(weights) < 30_000_000
    assert 4 * sum(weights) < 400_000_000
    assert torch.isfinite(net.model(net.inputs[:4])).all()


@pytest.mark.parametrize("name", ["neurons", "modules", "dim", "depth", "groups"])
@pytest.mark.parametrize("value", [0, 2.5])
def test_counts_must_be_positive_integers(name, value):
    with pytest.raises(BadInput, match=rf"planted\({name}={value}\).*(Use 1 or more|a whole number is needed)"):
        planted(**{"neurons": 100, name: value}, seed=0)


def test_modules_need_input_directions():
    with pytest.raises(BadInput, match=r"modules=5, dim=4.*Use `dim=5` or more"):
        planted(modules=5, dim=4, seed=0)


def test_groups_need_modules():
    with pytest.raises(BadInput, match=r"modules=4, groups=5.*Use at most 4 groups"):
        planted(modules=4, groups=5, seed=0)


@pytest.mark.parametrize("leak", [-0.1, 1.1, float("nan")])
def test_leak_must_be_a_share(leak):
    with pytest.raises(BadInput, match=rf"leak={leak}.*Use a number in \[0, 1\]"):
        planted(leak=leak, seed=0)


@pytest.mark.parametrize("mixing", [-0.1, 1.0])
def test_mixing_must_leave_neurons_in_modules(mixing):
    with pytest.raises(BadInput, match=rf"mixing={mixing}.*Use a number in \[0, 1\)"):
        planted(mixing=mixing, seed=0)


def test_too_few_neurons_names_the_number_that_would_do():
    with pytest.raises(BadInput, match=r"planted\(19\).*Use at least 20 neurons"):
        planted(19, seed=0)
    assert len(planted(20, seed=0).labels) == 20


@pytest.mark.parametrize("activation", [nn.Tanh(), torch.tanh, int])
def test_activation_must_be_a_class_of_module(activation):
    with pytest.raises(BadInput, match=r"activation=.*Use one such as `torch.nn.ReLU`"):
        planted(activation=activation, seed=0)
