"""Inputs and calls that do not fit are named, with a cure."""

from collections import OrderedDict
from typing import Any

import pytest
import torch
from torch import nn

import pushforward as pf
from parts import Module, encoder, mlp, normal, push, text

R3 = pf.Gaussian.isotropic((3,))


def test_input_that_is_not_finite() -> None:
    net = pf.Neurons(mlp().eval())
    for x in (torch.full((6,), torch.nan), torch.full((6,), torch.inf)):
        with pytest.raises(pf.errors.NotFinite, match=r"the input holds NaN or infinity. Clean the data"):
            pf.push(net, pf.Gaussian.isotropic((6,)), x)
    pf.push(net, pf.Gaussian.isotropic((6,)), normal(6))
    with pytest.raises(pf.errors.NotFinite, match=r"the input holds NaN or infinity. Clean the data"):
        pf.push(net, pf.Gaussian.isotropic((6,)), x)


def test_unknown_layers_are_answered_with_the_known_ones() -> None:
    with pytest.raises(pf.errors.UnknownLayer, match=r"layers=\['fc9'\].*There are: 0, 1, 2, 3, 4, output"):
        pf.Neurons(mlp(), layers=["1", "fc9"], example=normal(6))
    net = pf.Neurons(mlp(), example=normal(6))
    with pytest.raises(
        pf.errors.UnknownLayer, match=r"select\('fc9'\).*1 \(8 channels\), 3 \(8 channels\), output \(3 channels\)"
    ):
        net.select("1", "fc9")
    with pytest.raises(pf.errors.UnknownLayer, match=r"select\('1.8'\)"):
        net.select("1.8")
    with pytest.raises(pf.errors.UnknownLayer, match=r"start='nope'.*Embeddings: start='tokens', start='places'"):
        pf.Neurons(text(), start="nope")


def test_a_layer_of_the_model_that_is_not_recorded_is_told_apart() -> None:
    net = pf.Neurons(mlp(), example=normal(6))
    with pytest.raises(pf.errors.UnknownLayer, match=r"select\('0'\).*Record others by `layers=`"):
        net.select("0")


def test_of_very_many_layers_those_alike_are_one_pattern_and_the_nearest_come_first() -> None:
    blocks = nn.Sequential(*(nn.Sequential(OrderedDict(fc=nn.Linear(6, 6), act=nn.ReLU())) for _ in range(50)))
    with pytest.raises(pf.errors.UnknownLayer) as caught:
        pf.Neurons(blocks, layers="3.acts", example=normal(6))
    said = str(caught.value)
    assert "Nearest: '3.act'" in said
    assert "There are: *.fc, *.act, 0, 1, 2," in said
    assert "37, … (151 in all)" in said
    with pytest.raises(pf.errors.UnknownLayer, match=r"Nearest: 'tokens'. Embeddings"):
        pf.Neurons(text(), start="token")
    assert len(pf.Neurons(blocks, layers="*.act", example=normal(6)).layers) == 50  # what was listed can be given


def test_what_is_no_model_is_told_how_to_become_one() -> None:
    for given, cure in (
        ("model.pt", r"a path. Build the model in Python, and load its weights"),
        (mlp().state_dict(), r"a dict. .*model.load_state_dict\(weights\)"),
        (mlp, r"a function. Call it if it builds one"),
        (nn.ReLU, r"a class. Call it"),
    ):
        with pytest.raises(pf.errors.BadInput, match=cure):
            pf.Neurons(given)  # pyright: ignore[reportArgumentType]


def test_one_layer_is_counted_as_one() -> None:
    assert repr(pf.Neurons(mlp(), "output", example=normal(6))) == "Neurons(Sequential, 3 neurons in 1 layer)"


def test_wrong_shapes() -> None:
    net = pf.Neurons(mlp())
    with pytest.raises(
        pf.errors.BadInput, match=r"(?s)the model failed on a batch of 2 inputs \(3,\): RuntimeError.*takes one input"
    ):
        pf.push(net, R3, normal(3))
    with pytest.raises(pf.errors.BadInput, match=r"common first axis; \(\) was given"):
        net(torch.tensor(1.0))
    net(normal(2, 6))
    for bad in (normal(2, 5), normal(6), normal(2, 6, 1)):
        with pytest.raises(pf.errors.BadInput, match=r"first ran on an input \(6,\).*`x\[None\]` for one"):
            net(bad)
    with pytest.raises(pf.errors.BadInput, match=r"first ran on an input \(6,\).*make another `Neurons"):
        pf.push(net, R3, normal(3))
    with pytest.raises(pf.errors.BadInput, match=r"x is \(5,\); these inputs are \(6,\)"):
        pf.push(net, pf.Gaussian.isotropic((6,)), normal(5))


def test_inputs_take_the_dtype_of_the_weights_where_these_have_one() -> None:
    net, x = pf.Neurons(mlp()), normal(2, 6)
    assert torch.equal(net(x.double()), net(x))
    F = pf.push(net, pf.Gaussian.isotropic((6,)), x[0])
    assert torch.equal(pf.push(net, pf.Gaussian.isotropic((6,)), x[0].double()).factor, F.factor)
    mixed = Module(lambda m, x: m.second(m.first(x).double()), first=nn.Linear(6, 4), second=nn.Linear(4, 2).double())
    with pytest.raises(pf.errors.BadInput, match=r"on cpu, the input is torch.float64"):
        pf.Neurons(mixed)(x.double())


def test_empty_batch() -> None:
    net = pf.Neurons(mlp())
    with pytest.raises(pf.errors.BadInput, match=r"the batch is empty.*give at least one input"):
        net(normal(0, 6))
    net(normal(1, 6))
    assert net(normal(0, 6)).shape == (0, len(net))


def test_parts_of_different_length() -> None:
    model = Module(lambda m, a, b: m.first(a + b).tanh(), first=nn.Linear(3, 4))
    with pytest.raises(pf.errors.BadInput, match=r"a batch needs one common first axis"):
        pf.Neurons(model)((normal(2, 3), normal(3, 3)))


def test_inputs_of_unknown_kind() -> None:
    with pytest.raises(pf.errors.BadInput, match=r"an input of type object was given.*`torch.as_tensor`"):
        pf.Neurons(mlp())(object())
    with pytest.raises(pf.errors.BadInput, match=r"an array of object was given.*astype\('float32'\)"):
        pf.Neurons(mlp())(normal(2, 6).numpy().astype(object))


def test_what_is_no_network() -> None:
    with pytest.raises(pf.errors.BadInput, match=r"`torch.nn.Module` is needed, not (a )?function"):
        pf.Neurons(lambda x: x)
    with (
        pytest.warns((DeprecationWarning, FutureWarning), match="torch.jit"),
        pytest.raises(pf.errors.BadInput, match=r"Load the Python model: a scripted one hides"),
    ):
        pf.Neurons(torch.jit.trace(mlp(), normal(1, 6)))
    with pytest.raises(pf.errors.BadInput, match=r"'position' or 'channel' is needed"):
        pf.Neurons(mlp(), unit="neuron")
    with pytest.raises(pf.errors.BadInput, match=r"use `pf.Neurons\(model\)`"):
        pf.push(mlp(), R3, normal(6))
    with pytest.raises(pf.errors.BadInput, match=r"use `pf.Gaussian.fit\(X\)`"):
        pf.push(pf.Neurons(mlp()), normal(10, 6), normal(6))


def test_before_the_first_run() -> None:
    net = pf.Neurons(mlp())
    assert repr(net) == "Neurons(Sequential, not run yet)"
    with pytest.raises(pf.errors.BadInput, match=r"neurons are not known yet.*`Neurons\(model, example=x\)`"):
        net.layers  # noqa: B018


def test_output_without_batch_axis() -> None:
    with pytest.raises(pf.errors.BadInput, match=r"no activation with a batch axis; choose `Neurons\(model, layers="):
        push(Module(lambda m, x: x.sum()))


def test_start_is_explained() -> None:
    ids = torch.tensor([[1, 2, 3]])
    with pytest.raises(pf.errors.BadInput, match=r"`net.embed`: say where to start.*start='tokens', start='places'"):
        pf.Neurons(text()).embed(ids)
    net = pf.Neurons(text().eval(), start="tokens")
    with pytest.raises(pf.errors.BadInput, match=r"starts from 'tokens': pass `net.embed\(x\)`"):
        net(normal(1, 3))
    twice = Module(lambda m, i: m.tokens(i) + m.tokens(i), tokens=nn.Embedding(5, 3))
    with pytest.raises(pf.errors.BadInput, match=r"start='tokens'` ran 2 times.*runs once is needed"):
        pf.Neurons(twice, start="tokens").embed(ids)


def test_error_in_the_model_names_what_was_given() -> None:
    def broken(_m: Any, _x: Any) -> None:
        raise KeyError("lost")

    with pytest.raises(pf.errors.BadInput, match=r"the model failed on a batch of 2 inputs \(3,\): KeyError: 'lost'"):
        push(Module(broken))


def test_fast_path_of_the_encoder_is_off_only_while_running() -> None:
    model, x = encoder().eval(), normal(1, 5, 8)
    with torch.no_grad():
        net = pf.Neurons(model)
        assert net(x).shape == (1, len(net))
    assert torch.backends.mha.get_fastpath_enabled()
