"""How linear a network is at the inputs used, in one line: of pushes, of diagnoses, and where it cannot be told."""

import math

import torch
from torch import Tensor, nn

import pushforward as pf
from parts import Module, mlp, normal
from pushforward.net import PASSES, Linearities, diagnose, how_linear


def near(net: pf.Neurons, inputs: pf.Gaussian, *xs: Tensor) -> Linearities:
    pushes = [pf.push(net, inputs, x) for x in xs]
    return how_linear(net, [(P.chart, P.factor) for P in pushes], seed=0)


def steep() -> nn.Module:
    """A linear layer, and one that is saturated at once."""
    model = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3))
    model[0].weight.data *= 5
    return model.eval()


def test_a_linear_network_is_linear_at_its_inputs() -> None:
    net = pf.Neurons(nn.Sequential(nn.Linear(5, 9), nn.Linear(9, 3)), layers="*")
    one = near(net, pf.Gaussian.isotropic((5,)), normal(5), normal(5, seed=1))
    assert one.verdict == "linear"
    assert one.reach == 1
    assert str(one).startswith("linear near 2 inputs: J Σ Jᵀ is right to 10 % at Σ itself; worst layer ")
    assert str(one).endswith("(error below 0.01, mean off by below 0.01 σ)")


def test_the_worst_layer_and_the_scale_are_those_of_a_thorough_check() -> None:
    torch.manual_seed(0)
    net = pf.Neurons(steep(), layers=["0", "1"])
    inputs, x = pf.Gaussian.isotropic((6,)), 0.1 * normal(6)
    quick, thorough = near(net, inputs, x), pf.push(net, inputs, x).check(samples=2048, seed=1)
    assert quick.verdict == thorough.verdict == "not linear"
    assert quick.worst == "1"
    assert 0.5 < quick.reach / min(thorough.reach) < 2
    assert abs(quick.errors["1"] - float(thorough.error[0, 1])) < 0.35 * float(thorough.error[0, 1])
    assert quick.errors["0"] < 1e-5
    assert f"up to about s = {quick.reach:.1g} (s²Σ); worst layer 1 (error about" in str(quick)


def test_several_inputs_count_by_their_median() -> None:
    torch.manual_seed(0)
    net, inputs = pf.Neurons(mlp().eval()), pf.Gaussian.isotropic((6,), 2.0)
    three = near(net, inputs, normal(6), normal(6, seed=1), normal(6, seed=2))
    for i, layer in enumerate(net.layers):
        assert three.errors[layer] == sorted(float(one.error[0, i]) for one in three.at)[1]
    assert three.reach == sorted(min(one.reach) for one in three.at)[1]


def test_a_square_is_not_right_at_any_scale() -> None:
    net = pf.Neurons(Module(lambda m, x: x.square() + m.one.weight[0, 0], one=nn.Linear(1, 1)))
    assert "not even at s = 0.03 (s²Σ)" in str(near(net, pf.Gaussian.isotropic((4,)), torch.zeros(4)))


def test_layers_that_never_vary_do_not_count() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
    nn.init.constant_(model[0].bias, -100.0)
    both = near(pf.Neurons(model, layers=["0", "1"]), pf.Gaussian.isotropic((3,)), normal(3))
    assert both.verdict == "linear"
    assert both.worst == "0"
    dead = near(pf.Neurons(model, layers=["1"]), pf.Gaussian.isotropic((3,)), normal(3))
    assert dead.verdict == "nothing varies"
    assert str(dead) == "nothing varies near one input"
    assert math.isnan(dead.reach)


def test_it_costs_at_most_so_many_passes() -> None:
    rows = []
    model = Module(lambda m, x: (rows.append(len(x)), m.body(x))[1], body=steep())
    net, inputs = pf.Neurons(model), pf.Gaussian.isotropic((6,))
    P = pf.push(net, inputs, normal(6))
    rows.clear()
    how_linear(net, [(P.chart, P.factor)], seed=0)
    assert PASSES / 4 <= sum(rows) <= PASSES + 4  # and x itself once a scale


def test_what_goes_wrong_away_from_x_is_why_it_is_missing() -> None:
    net = pf.Neurons(Module(lambda m, x: torch.tanh(x.log() + m.one.weight[0]), one=nn.Linear(1, 1)), layers="*")
    one = near(net, pf.Gaussian.isotropic((3,)), torch.ones(3))
    assert one.verdict is None
    assert one.at == ()
    assert str(one).startswith("how linear the network is was not looked at: ")
    assert "has NaN or infinite activations" in str(one)


def test_a_diagnosis_with_inputs_says_how_linear_the_network_is() -> None:
    torch.manual_seed(0)
    inputs, x = pf.Gaussian.isotropic((6,)), 0.1 * normal(6)
    diagnosis = diagnose(steep(), x, inputs=inputs)
    assert diagnosis.ok
    assert diagnosis.findings[-1].check == "how linear"
    assert diagnosis.findings[-1].detail.startswith("not linear near one input: J Σ Jᵀ is right to 10 % up to")
    assert diagnosis.findings[:-1] == diagnose(steep(), x).findings


def test_a_diagnosis_that_fails_does_not_ask_how_linear() -> None:
    diagnosis = diagnose(nn.Sequential(nn.Linear(6, 4), nn.Dropout()), normal(6), inputs=pf.Gaussian.isotropic((6,)))
    assert not diagnosis.ok
    assert "how linear" not in [finding.check for finding in diagnosis.findings]


def test_inputs_that_do_not_fit_are_a_finding() -> None:
    diagnosis = diagnose(mlp().eval(), normal(6), inputs=pf.Gaussian.isotropic((7,)))
    assert not diagnosis.findings[-1].ok
    assert diagnosis.findings[-1].check == "how linear"
