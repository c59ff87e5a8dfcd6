"""Four ways to push directions through a function, from the fastest to the one that always works."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.func import grad, jvp, vjp, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel

from pushforward.errors import NotDifferentiable, PrecisionWarning
from pushforward.rng import Seed, generator, normal

Tensors = tuple[Tensor, ...]
Function = Callable[..., Tensors]
"""Takes and returns tensors; inputs and outputs are single points, without direction axis."""


class Way(Protocol):
    """Pushes c directions at once: tangents (c, *shape) for each input, results (c, *shape) for each output."""

    def push(self, g: Function, primals: Tensors, tangents: Tensors) -> Tensors: ...


@dataclass(frozen=True)
class Forward:
    """Forward-mode AD, all directions in one pass: about one forward pass of a batch of c."""

    def push(self, g: Function, primals: Tensors, tangents: Tensors) -> Tensors:
        """J V."""
        return vmap(lambda *t: jvp(g, primals, t)[1])(*tangents)


@dataclass(frozen=True)
class OneByOne:
    """Forward-mode AD, one direction at a time, for operations that cannot be batched over directions."""

    def push(self, g: Function, primals: Tensors, tangents: Tensors) -> Tensors:
        """J V."""
        rows = [jvp(g, primals, t)[1] for t in zip(*tangents, strict=True)]
        return tuple(torch.stack(column) for column in zip(*rows, strict=True))


@dataclass(frozen=True)
class DoubleReverse:
    """J v as the derivative of u ↦ ⟨Jᵀu, v⟩ by two reverse passes, for operations without forward AD (Townsend 2017)."""

    def push(self, g: Function, primals: Tensors, tangents: Tensors) -> Tensors:
        """J V."""
        out, pull = vjp(g, *primals)

        def along(t: Tensors) -> Tensors:
            pulled = lambda u: sum((p * q).sum() for p, q in zip(pull(u), t, strict=True))  # noqa: E731
            return grad(pulled)(tuple(torch.zeros_like(o) for o in out))

        rows = [along(t) for t in zip(*tangents, strict=True)]
        return tuple(torch.stack(column) for column in zip(*rows, strict=True))


@dataclass(frozen=True)
class Differences:
    """Central differences, (g(x + h v) − g(x − h v)) / 2h: works for any function, to three or four digits."""

    def push(self, g: Function, primals: Tensors, tangents: Tensors) -> Tensors:
        """J V."""
        rows: list[Tensors] = []
        for t in zip(*tangents, strict=True):
            h = step(primals, t)
            ahead = g(*(p + h * v for p, v in zip(primals, t, strict=True)))
            behind = g(*(p - h * v for p, v in zip(primals, t, strict=True)))
            rows.append(tuple((a - b) / (2 * h) for a, b in zip(ahead, behind, strict=True)))
        return tuple(torch.stack(column) for column in zip(*rows, strict=True))


def step(primals: Tensors, tangent: Tensors) -> float:
    """The step of a central difference: ε^⅓ times the size of the input over that of the direction."""
    size = max((float(p.abs().max()) for p in primals if p.numel()), default=0.0) or 1.0
    length = max((float(t.abs().max()) for t in tangent if t.numel()), default=0.0) or 1.0
    return float(torch.finfo(primals[0].dtype).eps ** (1 / 3)) * size / length


WAYS: tuple[Way, ...] = (Forward(), OneByOne(), DoubleReverse(), Differences())


def choose(g: Function, primals: Tensors, *, seed: Seed) -> Way:
    """The first way that works on g at this point, found by trying one random direction."""
    draws = generator(seed)
    probe = tuple(normal((2, *p.shape), seed=draws).to(p) for p in primals)
    failures: list[str] = []
    for way in WAYS:
        try:
            with torch.no_grad():
                way.push(g, primals, probe)
        except torch.OutOfMemoryError:
            raise
        except (RuntimeError, NotImplementedError) as failure:
            if isinstance(failure, NotDifferentiable):
                raise
            failures.append(f"{type(way).__name__}: {str(failure).splitlines()[0]}")
            continue
        if isinstance(way, Differences):
            warnings.warn(
                "no automatic derivative works for this network, so central differences are used: slower, three or "
                "four digits. What failed:\n  " + "\n  ".join(failures),
                PrecisionWarning,
                stacklevel=3,
            )
        return way
    raise NotDifferentiable("the network could not be linearised in any way:\n  " + "\n  ".join(failures))


def pull(g: Function, primals: Tensors, cotangents: Tensors) -> Tensors:
    """Uᵀ J for c cotangents at once, by reverse mode: for each input a tensor (c, *shape)."""
    _, back = vjp(g, *primals)
    try:
        return vmap(lambda *u: back(u))(*cotangents)
    except RuntimeError:
        rows = [back(u) for u in zip(*cotangents, strict=True)]
        return tuple(torch.stack(column) for column in zip(*rows, strict=True))


@contextmanager
def differentiable_kernels(model: nn.Module | None = None) -> Iterator[None]:
    """Fused kernels without forward derivatives are replaced by their plain twins inside the `with` block.

    Attention by the MATH backend (pytorch#117629), `nn.TransformerEncoder` without its fast path,
    recurrent layers without cuDNN and, for an LSTM on the CPU, without oneDNN. All is put back after.
    """
    lstm = model is not None and any(isinstance(m, nn.LSTM) for m in model.modules())
    fast = torch.backends.mha.get_fastpath_enabled()
    with ExitStack() as stack:
        stack.enter_context(sdpa_kernel(SDPBackend.MATH))
        torch.backends.mha.set_fastpath_enabled(False)
        stack.callback(torch.backends.mha.set_fastpath_enabled, fast)
        if torch.backends.cudnn.is_available():
            stack.enter_context(torch.backends.cudnn.flags(enabled=not _recurrent(model)))
        if lstm:
            stack.callback(torch._C._set_mkldnn_enabled, torch._C._get_mkldnn_enabled())
            torch._C._set_mkldnn_enabled(False)
        yield


def _recurrent(model: nn.Module | None) -> bool:
    return model is not None and any(isinstance(m, nn.RNNBase) for m in model.modules())
