"""Tangents of operations of which only one argument moves, without the work that forward AD does for the others.

PyTorch gives every argument that stands still a tangent of zeros, and multiplies by it: a linear layer costs a product
with W more, a sum or product with a constant a detour of some hundred microseconds.
"""

from collections.abc import Callable
from typing import Any

import torch.autograd.forward_ad as forward_ad
from torch import Tensor
from torch._C._functorch import TransformType, get_interpreter_stack
from torch.nn import functional

Operation = Callable[..., Any]

BIASED = ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
"""Linear in the first argument up to a bias, the third."""
PRODUCTS = ("mul", "multiply", "rmul", "matmul", "rmatmul", "mm", "bmm")
"""Linear in each of two arguments."""
QUOTIENTS = ("div", "divide", "truediv", "true_divide")
SUMS = ("add", "radd", "sub", "subtract")


def moved(func: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor | None:
    """`func(*args, **kwargs)` with its tangent, if a rule here is for it; else nothing, and PyTorch is to do it."""
    name = getattr(func, "__name__", "")
    rule = _rule(name)
    if rule is None or not args or not _one_level():
        return None
    try:
        parts = [_parts(a) for a in args]
        if any(_parts(a)[1] is not None for a in kwargs.values()):
            return None
    except RuntimeError:  # a tensor that cannot be taken apart, as of the model's own transforms
        return None
    moving = [i for i, (_, tangent) in enumerate(parts) if tangent is not None]
    if len(moving) != 1:
        return None
    primals, tangent = tuple(p for p, _ in parts), parts[moving[0]][1]
    assert tangent is not None
    out = rule(func, primals, kwargs, moving[0], tangent)
    return None if out is None else forward_ad.make_dual(*out)


Out = tuple[Tensor, Tensor] | None
Rule = Callable[[Operation, tuple[Any, ...], dict[str, Any], int, Tensor], Out]


def _rule(name: str) -> Rule | None:
    if name.startswith("__i") or (name.endswith("_") and not name.endswith("__")):
        return None  # writes into its argument
    return RULES.get(name.strip("_"))


def _one_level() -> bool:
    """Whether forward mode is what runs now, and once only: a model may differentiate inside."""
    keys = [interpreter.key() for interpreter in get_interpreter_stack() or ()]
    return bool(keys) and keys[-1] == TransformType.Jvp and keys.count(TransformType.Jvp) == 1


def _parts(value: Any) -> tuple[Any, Tensor | None]:
    if not isinstance(value, Tensor) or not (value.is_floating_point() or value.is_complex()):
        return value, None
    primal, tangent = forward_ad.unpack_dual(value)
    return primal, tangent


def _biased(func: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], moving: int, tangent: Tensor) -> Out:
    if moving != 0:
        return None
    plain = {**kwargs, **({"bias": None} if "bias" in kwargs else {})}
    return func(*args, **kwargs), func(tangent, *args[1:2], *((None,) if len(args) > 2 else ()), *args[3:], **plain)


def _product(func: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], moving: int, tangent: Tensor) -> Out:
    if len(args) != 2 or kwargs:
        return None
    return func(*args), func(*(tangent if i == moving else a for i, a in enumerate(args)))


def _quotient(func: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], moving: int, tangent: Tensor) -> Out:
    return _product(func, args, kwargs, moving, tangent) if moving == 0 else None


def _sum(func: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], moving: int, tangent: Tensor) -> Out:
    if len(args) != 2 or kwargs:
        return None
    value = func(*args)
    tangent = tangent.to(value.dtype).expand(value.shape)
    return value, -tangent if moving == 1 and "sub" in func.__name__ else tangent


def _added(func: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], moving: int, tangent: Tensor) -> Out:
    """A constant plus x W."""
    if len(args) != 3 or kwargs or moving != 1:
        return None
    return func(*args), tangent @ args[2]


def _batch_norm(func: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], moving: int, tangent: Tensor) -> Out:
    """Of statistics that are kept; those of the batch are refused elsewhere."""
    if func is not functional.batch_norm or moving != 0:
        return None
    names = ("input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps")
    known = {"weight": None, "eps": 1e-5, **dict(zip(names, args, strict=False)), **kwargs}
    scale = (known["running_var"] + known["eps"]).rsqrt()
    scale = scale if known["weight"] is None else scale * known["weight"]
    return func(*args, **kwargs), tangent * scale.reshape(-1, *(1,) * (tangent.ndim - 2)).to(tangent)


def _layer_norm(func: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], moving: int, tangent: Tensor) -> Out:
    if func is not functional.layer_norm or moving != 0:
        return None
    names = ("input", "normalized_shape", "weight", "bias", "eps")
    known = {"weight": None, "eps": 1e-5, **dict(zip(names, args, strict=False)), **kwargs}
    x, axes = args[0], tuple(range(-len(known["normalized_shape"]), 0))
    centred = x - x.mean(axes, keepdim=True)
    rate = (centred.square().mean(axes, keepdim=True) + known["eps"]).rsqrt()
    unit = centred * rate
    inner = tangent - tangent.mean(axes, keepdim=True) - unit * (unit * tangent).mean(axes, keepdim=True)
    scale = rate if known["weight"] is None else rate * known["weight"]
    return func(*args, **kwargs), inner * scale


RULES: dict[str, Rule] = {
    **dict.fromkeys(BIASED, _biased),
    **dict.fromkeys(PRODUCTS, _product),
    **dict.fromkeys(QUOTIENTS, _quotient),
    **dict.fromkeys(SUMS, _sum),
    "addmm": _added,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
}
