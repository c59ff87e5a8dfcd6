"""Modes of PyTorch around a call, set aside while it runs: no verb's result depends on where it is called.

Set aside are autocast, inference mode, and a default device other than the CPU; the grad mode where a verb trains. All
of them belong to one thread, so that other threads notice nothing. The default dtype belongs to all threads and is left
alone: what the library makes says its dtype.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from types import FunctionType
from typing import ParamSpec, TypeVar

import torch
from torch import Tensor

_device: ContextVar[torch.device | None] = ContextVar("device", default=None)
P = ParamSpec("P")
R = TypeVar("R")


def steady(call: Callable[P, R]) -> Callable[P, R]:
    """The same function, in plain modes whatever those around it are.

    >>> with torch.autocast("cpu", dtype=torch.bfloat16):
    ...     steady(torch.matmul)(torch.ones(2, 2), torch.ones(2, 2)).dtype
    torch.float32
    """

    @functools.wraps(call)
    def plainly(*args: P.args, **kwargs: P.kwargs) -> R:
        if _plain():
            return call(*args, **kwargs)
        with aside():
            return call(*_ordinary(args), **_ordinary(kwargs))  # pyright: ignore[reportCallIssue]

    return plainly


def learning(call: Callable[P, R]) -> Callable[P, R]:
    """As `steady`, with gradients: for verbs that train.

    >>> with torch.no_grad():
    ...     learning(torch.is_grad_enabled)()
    True
    """
    inner = steady(call)

    @functools.wraps(call)
    def trained(*args: P.args, **kwargs: P.kwargs) -> R:
        if torch.is_grad_enabled():
            return inner(*args, **kwargs)
        with torch.inference_mode(False), torch.enable_grad():
            return inner(*_ordinary(args), **_ordinary(kwargs))  # pyright: ignore[reportCallIssue]

    return trained


def steady_methods(kind: type[R]) -> type[R]:
    """The same class, all its public methods steady, and those that train (`fit` and `train_…`) with gradients.

    >>> @steady_methods
    ... class Twice:
    ...     def __call__(self, x):
    ...         return x @ (2 * torch.eye(2))
    >>> with torch.autocast("cpu", dtype=torch.bfloat16):
    ...     Twice()(torch.ones(2)).dtype
    torch.float32
    """
    for name, method in list(vars(kind).items()):
        if name.startswith("_") and name != "__call__":
            continue
        mode = learning if name.startswith(("fit", "train_")) else steady
        if isinstance(method, staticmethod):
            setattr(kind, name, staticmethod(mode(method.__func__)))
        elif isinstance(method, FunctionType):
            setattr(kind, name, mode(method))
    return kind


@contextmanager
def aside() -> Iterator[None]:
    """Plain modes inside; the grad mode stays."""
    grad = torch.is_grad_enabled()
    with ExitStack() as stack:
        if torch.is_inference_mode_enabled():
            stack.enter_context(torch.inference_mode(False))
            stack.enter_context(torch.set_grad_enabled(grad))
        for kind in ("cpu", "cuda"):
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        device = torch.get_default_device()
        if device.type != "cpu":
            stack.enter_context(torch.device("cpu"))
            stack.callback(_device.reset, _device.set(device))
        yield


@contextmanager
def callers() -> Iterator[None]:
    """Inside, the caller's own code runs: what it makes is on the device that is its default."""
    device = _device.get()
    if device is None:
        yield
        return
    with torch.device(device):
        yield


def _plain() -> bool:
    """Whether there is nothing to set aside."""
    modes = torch.is_inference_mode_enabled(), torch.is_autocast_enabled("cpu"), torch.is_autocast_enabled("cuda")
    return not any(modes) and torch.get_default_device().type == "cpu"


def _ordinary(value):
    """The same, with copies of tensors that were made in inference mode: derivatives cannot be taken at those."""
    if isinstance(value, Tensor):
        return value.clone() if value.is_inference() else value
    if type(value) in (list, tuple):
        return type(value)(_ordinary(part) for part in value)
    if type(value) is dict:
        return {name: _ordinary(part) for name, part in value.items()}
    return value
