"""`pf.jacobian`: any function, any precision, lawful in both directions."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import pushforward as pf
from parts import ForwardCube, NewCube, OldCube, linear, normal, numpy_tanh

W = normal(4, 3)


def smooth(x: Tensor) -> Tensor:
    return torch.outer(x, x.sin()).flatten()[:4] + W.to(x) @ x


def reference(x: Tensor) -> Tensor:
    return torch.autograd.functional.jacobian(smooth, x)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_laws(dtype: torch.dtype) -> None:
    x = normal(3).to(dtype)
    tol = 1e-5 if dtype == torch.float32 else 1e-12
    J = pf.jacobian(smooth, x)
    pf.extend.check_linear_map(J, reference(x), seed=0, tol=tol)
    pf.extend.check_linear_map(J.T, reference(x).T, seed=0, tol=tol)
    assert (J.dtype, J.shape) == (dtype, (4, 3))
    assert repr(J) == f"Jacobian(shape=(4, 3), dtype={dtype}, device='cpu')"


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 5), st.integers(1, 9))
def test_laws_of_random_maps(seed: int, m: int, d: int, chunk: int) -> None:
    A = normal(m, d, seed=seed).double()
    x = normal(d, seed=seed + 1).double()
    J = pf.jacobian(lambda v: (A @ v).tanh(), x, chunk=chunk)
    pf.extend.check_linear_map(J, (1 - (A @ x).tanh() ** 2)[:, None] * A, seed=seed, tol=1e-9)


@pytest.mark.parametrize("chunk", [1, 2, 1000])
def test_chunks_do_not_change_the_result(chunk: int) -> None:
    x, V, U = normal(3), normal(3, 7), normal(4, 7)
    J = pf.jacobian(smooth, x, chunk=chunk)
    torch.testing.assert_close(J @ V, reference(x) @ V)
    torch.testing.assert_close(J.T @ U, reference(x).T @ U)
    assert (J @ V[:, :0]).shape == (4, 0)
    assert (J.T @ U[:, :0]).shape == (3, 0)


def test_shapes_are_flattened_and_remembered() -> None:
    J = pf.jacobian(lambda x: x[None] * 2, normal(2, 3))
    assert J.out_shape == (1, 2, 3)
    torch.testing.assert_close(J.dense(), 2 * torch.eye(6))


def test_inputs_with_several_parts() -> None:
    x = {"a": normal(2), "n": torch.tensor(3), "b": (normal(2, 2), None)}
    J = pf.jacobian(lambda x: x["n"] * x["a"] + x["b"][0].sum(0), x)
    eye = torch.eye(2)
    torch.testing.assert_close(J.dense(), torch.cat([3 * eye, eye, eye], 1))
    torch.testing.assert_close(J.T.dense(), J.dense().T)


def test_arrays_and_modules() -> None:
    torch.manual_seed(0)
    layer = nn.Linear(3, 4)
    J = pf.jacobian(layer, np.ones(3, dtype=np.float32))
    torch.testing.assert_close(J.dense(), layer.weight.detach())


@pytest.mark.parametrize(
    ("function", "way"),
    [(ForwardCube, "Forward"), (NewCube, "DoubleReverse"), (OldCube, "DoubleReverse")],
    ids=["jvp only", "backward only", "old style"],
)
def test_custom_functions_work_both_ways(function: Any, way: str) -> None:
    x = normal(5)
    J = pf.jacobian(lambda x: 2 * function.apply(x).flip(0), x)
    wanted = torch.diag(6 * x**2).flip(0)
    torch.testing.assert_close(J.dense(), wanted)
    torch.testing.assert_close(J.T.dense(), wanted.T)
    assert type(J.way).__name__ == way


def test_recurrent_layers_in_a_plain_function() -> None:
    torch.manual_seed(0)
    layer = nn.LSTM(3, 4, batch_first=True)
    J = pf.jacobian(lambda x: layer(x[None])[0], normal(5, 3))
    assert type(J.way).__name__ == "Forward"
    torch.testing.assert_close(J.dense(), J.T.dense().T)


def test_numpy_inside_warns_and_is_right_to_three_digits() -> None:
    x = normal(5)
    J = pf.jacobian(lambda x: 3 * numpy_tanh(x), x)
    with pytest.warns(
        pf.errors.PrecisionWarning, match=r"central differences.*Give the operation named here a derivative"
    ):
        dense = J.dense()
    assert (dense - torch.diag(3 * (1 - x.tanh() ** 2))).abs().max() < 3e-3
    assert (J.T.dense() - J.dense().T).abs().max() < 1e-6


def test_numpy_on_one_path_only_is_not_silently_dropped() -> None:
    x = normal(5)
    J = pf.jacobian(lambda x: x + numpy_tanh(x), x)
    with pytest.warns(pf.errors.PrecisionWarning, match=r"part of the derivative is missing"):
        dense = J.dense()
    assert (dense - torch.diag(2 - x.tanh() ** 2)).abs().max() < 3e-3


def test_nothing_leaks_into_f() -> None:
    x = normal(3)
    before = x.clone()
    J = pf.jacobian(lambda x: x.mul_(2).sin(), x)
    torch.testing.assert_close(J.dense(), torch.diag(2 * (2 * x).cos()))
    assert torch.equal(x, before)


def test_products_are_differentiable_in_the_weights() -> None:
    torch.manual_seed(0)
    layer = nn.Linear(3, 2)
    (pf.jacobian(lambda x: layer(x).tanh(), normal(3)) @ normal(3)).square().sum().backward()
    assert layer.weight.grad is not None
    assert layer.weight.grad.abs().sum() > 0


def test_of_neurons_is_checked_as_a_push_is() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(), nn.ReLU())
    with pytest.raises(pf.errors.NotDifferentiable, match=r"Call `model.eval\(\)` first"):
        pf.jacobian(pf.Neurons(model), normal(3))
    net = pf.Neurons(model.eval())
    assert pf.jacobian(net, normal(3)).dense().shape == (len(net), 3)
    with pytest.raises(pf.errors.BadInput, match=r"make another `Neurons\(model\)`"):
        pf.jacobian(net, normal(2))
    detached = nn.Sequential(nn.Linear(3, 4), nn.Tanh())
    detached.register_forward_hook(lambda _m, _i, out: out.detach())
    with pytest.raises(pf.errors.NotDifferentiable, match=r"derivative is zero everywhere"):
        _ = pf.jacobian(pf.Neurons(detached), normal(3)) @ normal(3)


@pytest.mark.parametrize(
    ("f", "x", "message"),
    [
        (lambda x: (x, x), normal(3), r"f\(x\) is tuple.*`lambda x: f\(x\)\[0\]`"),
        (lambda x: {"y": x}, normal(3), r"f\(x\) is dict"),
        (lambda x: float(x.sum()), normal(3), r"f\(x\) is float"),
        (lambda x: x.argmax(), normal(3), r"f\(x\) is a tensor of torch.int64; one tensor of floating-point"),
        (lambda x: x, torch.arange(3), r"no floating-point part to move; use `x.float\(\)`"),
        (lambda x: x, [1.0, 2.0], r"no floating-point part"),
        (lambda x: x, "text", r"no floating-point part"),
        (lambda x: x, object(), r"of type object was given.*`torch.as_tensor`"),
        (3, normal(3), r"f is int; a function from x to one tensor"),
    ],
)
def test_wrong_arguments(f: Any, x: Any, message: str) -> None:
    with pytest.raises(pf.errors.BadInput, match=message):
        pf.jacobian(f, x)


def test_wrong_chunk() -> None:
    with pytest.raises(pf.errors.BadInput, match=r"chunk=0.*at least one column"):
        pf.jacobian(smooth, normal(3), chunk=0)


def test_what_is_not_finite() -> None:
    with pytest.raises(pf.errors.NotFinite, match=r"NaN or infinite at 1 of 3 places. Look at x"):
        pf.jacobian(torch.log, torch.tensor([1.0, -1.0, 2.0]))
    J = pf.jacobian(torch.sqrt, torch.tensor([1.0, 0.0, 2.0]))
    with pytest.raises(pf.errors.NotFinite, match=r"`J @ V`.*Move x"):
        _ = J @ torch.ones(3)
    with pytest.raises(pf.errors.NotFinite, match=r"`J.T @ U`.*Move x"):
        _ = J.T @ torch.ones(3)


def test_a_function_that_works_at_one_point_only() -> None:
    calls: list[int] = []

    def once(x: Tensor) -> Tensor:
        calls.append(1)
        if len(calls) > 1:
            raise ValueError("only once")
        return x

    J = pf.jacobian(once, normal(3))
    with pytest.raises(
        pf.errors.NotDifferentiable, match=r"(?s)not be linearised in any way:.*Forward: ValueError: only once"
    ):
        _ = J @ normal(3)


def test_errors_of_f_are_its_own() -> None:
    with pytest.raises(RuntimeError, match="size"):
        pf.jacobian(lambda x: x @ normal(7), normal(3))


def test_wrong_operands() -> None:
    J = pf.jacobian(smooth, normal(3))
    with pytest.raises(pf.errors.BadInput, match=r"V has 4 rows; it needs 3"):
        _ = J @ normal(4)
    with pytest.raises(pf.errors.BadInput, match=r"Use `V.to\(A.device, A.dtype\)`"):
        _ = J @ normal(3).double()


def test_two_layers_of_a_module_dict() -> None:
    torch.manual_seed(0)
    parts = nn.ModuleDict(linear(3, 4))
    J = pf.jacobian(lambda x: parts["second"](parts["first"](x).relu()), normal(3))
    pf.extend.check_linear_map(J, seed=0, tol=1e-4)
