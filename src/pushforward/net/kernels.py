"""Kernels with derivatives in place of fused ones without, and a random state that is put back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from pushforward.net.operations import DRAWS, OperationMode
from pushforward.net.tangents import moved
from pushforward.process import Shared, plain_attention

RECURRENT = frozenset(["lstm", "gru", "rnn_tanh", "rnn_relu"])


def _glu(x: Tensor, dim: int = -1) -> Tensor:
    a, b = x.chunk(2, dim)
    return a * torch.sigmoid(b)


def _mish(x: Tensor, inplace: bool = False) -> Tensor:
    y = x * torch.tanh(functional.softplus(x))
    return x.copy_(y) if inplace else y


def _cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str | None = None) -> Tensor:
    del compute_mode
    return torch.linalg.vector_norm(x1[..., :, None, :] - x2[..., None, :, :], ord=p, dim=-1)


def _nan_to_num(
    x: Tensor, nan: float | None = None, posinf: float | None = None, neginf: float | None = None, **out: Tensor
) -> Tensor:
    """With derivative 0 where it replaces: PyTorch's is 0 times that of x there, not a number in rows masked out."""
    most = torch.finfo(x.dtype).max if x.is_floating_point() else 0
    y = torch.where(x.isnan(), 0.0 if nan is None else nan, x)
    y = torch.where(x == torch.inf, most if posinf is None else posinf, y)
    y = torch.where(x == -torch.inf, -most if neginf is None else neginf, y).to(x.dtype)
    return out["out"].copy_(y) if out else y


def _nan_to_num_(
    x: Tensor, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    return x.copy_(_nan_to_num(x, nan, posinf, neginf))


TWINS: dict[str, Callable[..., object]] = {
    "cdist": _cdist,
    "glu": _glu,
    "mish": _mish,
    "nan_to_num": _nan_to_num,
    "nan_to_num_": _nan_to_num_,
}
"""Operations without forward mode, or without a rule for many directions at once, in terms of others with both."""


@contextmanager
def differentiable_kernels() -> Iterator[None]:
    """Fused kernels without forward derivatives are replaced by their plain twins inside the `with` block.

    Attention by the MATH backend, `nn.TransformerEncoder` without its fast path, recurrent layers without cuDNN and
    oneDNN. All is put back after, and so is the global random state if the network draws from it.
    """
    twins = _PlainTwins()
    with _dispatch(), plain_attention(), slow_path(), twins:
        try:
            yield
        finally:
            twins.put_back()


@contextmanager
def _dispatch() -> Iterator[None]:
    """The dispatch of operations as it is now: one that cannot be traced would leave its thread without autograd.

    PyTorch does so when the exception is freed, so that it must be caught inside.
    """
    state = torch._C
    with state._ForceDispatchKeyGuard(state._dispatch_tls_local_include_set(), state._dispatch_tls_local_exclude_set()):
        yield


@contextmanager
def countable() -> Iterator[None]:
    """Out of inference mode, in which PyTorch does not count how often a tensor is written to."""
    if not torch.is_inference_mode_enabled():
        yield
        return
    with torch.inference_mode(False), torch.no_grad():
        yield


@Shared
@contextmanager
def slow_path() -> Iterator[None]:
    """`nn.TransformerEncoder` runs its layers in Python, so that their activations can be seen."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


class _PlainTwins(OperationMode):
    """Recurrent operations without oneDNN and cuDNN, and others in terms of what can be batched over directions."""

    def __init__(self) -> None:
        super().__init__()
        self.states: list[tuple[Callable[[Tensor], None], Tensor]] = []

    def put_back(self) -> None:
        """Give the random generators the states that they had before the network drew from them, if it did."""
        for restore, state in self.states:
            restore(state)

    def operation(self, func: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]) -> object:
        """Run one operation of the network."""
        name = getattr(func, "__name__", "")
        if (out := moved(func, args, kwargs)) is not None:
            return out
        if name.strip("_") in DRAWS and not self.states:
            self.states = list(_random_states())
        func = TWINS.get(name, func)
        if name not in RECURRENT:
            return func(*args, **kwargs)
        with _plain_recurrence():
            return func(*args, **kwargs)


def _random_states() -> Iterator[tuple[Callable[[Tensor], None], Tensor]]:
    yield torch.set_rng_state, torch.get_rng_state()
    for i in range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ():
        yield partial(torch.cuda.set_rng_state, device=i), torch.cuda.get_rng_state(i)


@Shared
@contextmanager
def _plain_recurrence() -> Iterator[None]:
    with _off(torch.backends.mkldnn), _off(torch.backends.cudnn):
        yield


@contextmanager
def _off(backend: Any) -> Iterator[None]:  # a module whose switch PyTorch types as a property
    enabled, backend.enabled = backend.enabled, False
    try:
        yield
    finally:
        backend.enabled = enabled
