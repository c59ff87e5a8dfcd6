"""Four ways to push directions through a function, from the fastest to the one that always works."""

import warnings
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor
from torch.func import vjp, vmap

from pushforward.errors import NotDifferentiable, PrecisionWarning, PushforwardError
from pushforward.linear import Function, Tensors, beside, comparable, difference, excess, step
from pushforward.process import jvp
from pushforward.rng import Seed, generator, normal


class Way(Protocol):
    """Pushes c directions at once: tangents (c, *shape) for each input, results (c, *shape) for each output."""

    def push(self, g: Function, primals: Tensors, tangents: Tensors) -> Tensors:
        """J V, one tensor for each output of g."""
        ...


@dataclass(frozen=True)
class Forward:
    """Forward-mode AD, all directions in one pass: about one forward pass of a batch of c."""

    def push(self, g: Function, primals: Tensors, tangents: Tensors) -> Tensors:
        """J V."""
        return vmap(lambda *t: jvp(g, primals, t)[1])(*tangents)  # pyright: ignore[reportArgumentType]


@dataclass(frozen=True)
class OneByOne:
    """Forward-mode AD, one direction at a time, for operations that cannot be batched over directions."""

    def push(self, g: Function, primals: Tensors, tangents: Tensors) -> Tensors:
        """J V."""
        return _stack([jvp(g, primals, t)[1] for t in zip(*tangents, strict=True)])


@dataclass(frozen=True)
class DoubleReverse:
    """J v as the derivative of u ↦ ⟨Jᵀu, v⟩ by two reverse passes, for operations without forward AD.

    By plain autograd, because `torch.func` refuses custom functions in the old style. Source: Townsend (2017).
    """

    def push(self, g: Function, primals: Tensors, tangents: Tensors) -> Tensors:
        """J V."""
        with torch.enable_grad():
            at = tuple(p.detach().requires_grad_() for p in primals)
            out = g(*at)
            moved = [y for y in out if y.requires_grad]
            u = [torch.zeros_like(y, requires_grad=True) for y in moved]
            Jtu = torch.autograd.grad(moved, at, u, create_graph=True, materialize_grads=True)
            linear = [(p, k) for k, p in enumerate(Jtu) if p.requires_grad]
            rows: list[Tensors] = []
            for t in zip(*tangents, strict=True):
                Jv = torch.autograd.grad(
                    [p for p, _ in linear], u, [t[k] for _, k in linear], retain_graph=True, materialize_grads=True
                )
                fresh = iter(Jv)
                rows.append(tuple(next(fresh) if y.requires_grad else torch.zeros_like(y) for y in out))
        return _stack(rows)


@dataclass(frozen=True)
class Differences:
    """Central differences, (g(x + h v) − g(x − h v)) / 2h: works for any function, to three or four digits."""

    def push(self, g: Function, primals: Tensors, tangents: Tensors) -> Tensors:
        """J V."""
        return _stack([difference(g, primals, t, step(primals, t)) for t in zip(*tangents, strict=True)])


# How far beside the point, relative to its largest entry, ways are compared with differences
NEAR = 1e-3
# A relative gap from which on plain autograd has lost a path
LOST = 0.1
WAYS: tuple[Way, ...] = (Forward(), OneByOne(), DoubleReverse(), Differences())


class Trial(NamedTuple):
    """Where ways are tried: a point, two directions, and whether differences say anything there."""

    at: Tensors
    tangents: Tensors
    comparable: bool

    def gaps(self, way: Way, g: Function, products: Tensors) -> Tensor | None:
        """By how much the first product disagrees with differences (outputs,): wrong where positive."""
        if not self.comparable or isinstance(way, Differences):
            return None
        allowed = LOST if isinstance(way, DoubleReverse) else None
        return excess(g, self.at, tuple(t[0] for t in self.tangents), [y[0] for y in products], allowed=allowed)


class Choice(NamedTuple):
    """A way, and whether what it gives agrees with differences."""

    way: Way
    agrees: bool
    products: Tensors
    """J V at the point of the trial."""
    gaps: Tensor | None
    """What `Trial.gaps` says of them."""
    failures: tuple[str, ...]
    """Why the ways before it are not used."""


def trial(primals: Tensors, *, seed: Seed) -> Trial:
    """A point near this one, and directions."""
    draws = generator(seed)
    tangents = tuple(normal((2, *p.shape), seed=draws).to(p) for p in primals)
    at = beside(primals, NEAR, seed=draws)
    return Trial(at, tangents, comparable(at[0].dtype))


def choose(g: Function, where: Trial) -> Choice:
    """The first way that works on g at a point and agrees with differences; else the first that works.

    Differences themselves are taken only if no way to differentiate runs. Raises `NotDifferentiable` if g does not.
    """
    works: Choice | None = None
    failures: list[str] = []
    for way in WAYS:
        if isinstance(way, Differences) and works is not None:
            break
        try:
            with torch.no_grad():
                products = way.push(g, where.at, where.tangents)
                gaps = where.gaps(way, g, products)
        except (torch.OutOfMemoryError, PushforwardError):
            raise
        except Exception as failure:  # whatever a custom operation raises under AD: the next way may do without
            failures.append(f"{type(way).__name__}: {type(failure).__name__}: {first_line(failure)}")
            continue
        right = gaps is None or not bool((gaps > 0).any())
        choice = Choice(way, right, products, gaps, tuple(failures))
        if right:
            return _warned(choice)
        failures.append(f"{type(way).__name__}: {_missing(way)}")
        if not isinstance(way, DoubleReverse):
            works = works or choice
    if works is None:
        raise NotDifferentiable("the function could not be linearised in any way:\n  " + "\n  ".join(failures))
    return works


def _missing(way: Way) -> str:
    if isinstance(way, DoubleReverse):  # plain autograd loses paths without a word, where `torch.func` raises
        return "part of the derivative is missing"
    return "its products disagree with finite differences"


def _warned(choice: Choice) -> Choice:
    if isinstance(choice.way, Differences):
        warnings.warn(
            "no automatic derivative works for this function, so central differences are used: slower, three or "
            "four digits. Give the operation named here a derivative, or replace it:\n  "
            + "\n  ".join(choice.failures),
            PrecisionWarning,
            stacklevel=3,
        )
    return choice


def pull(way: Way, g: Function, primals: Tensors, cotangents: Tensors, *, reversible: bool = True) -> Tensors:
    """Uᵀ J for c cotangents at once: for each input a tensor (c, *shape).

    By reverse mode; where there is none, or it is known to be wrong (not `reversible`), from the columns of J,
    which costs as many products as g has inputs.
    """
    if reversible and not isinstance(way, Differences):
        try:
            return reverse(g, primals, cotangents)
        except RuntimeError:
            pass  # an operation without reverse mode: the columns of J give the same, at more cost
    return _pull_by_columns(way, g, primals, cotangents)


def reverse(g: Function, primals: Tensors, cotangents: Tensors) -> Tensors:
    """As `pull`, by reverse mode alone; raises `RuntimeError` for operations without it."""
    try:
        return _reverse(g, primals, cotangents)
    except RuntimeError:
        return _plain_reverse(g, primals, cotangents)


def _reverse(g: Function, primals: Tensors, cotangents: Tensors) -> Tensors:
    _, back = vjp(g, *primals)[:2]
    try:
        return vmap(lambda *u: back(u))(*cotangents)
    except RuntimeError:
        return _stack([back(u) for u in zip(*cotangents, strict=True)])


def _plain_reverse(g: Function, primals: Tensors, cotangents: Tensors) -> Tensors:
    """By plain autograd: custom functions in the old style know no `torch.func`."""
    with torch.enable_grad():
        at = tuple(p.detach().requires_grad_() for p in primals)
        out = g(*at)
    moved = [k for k, y in enumerate(out) if y.requires_grad]
    rows = [
        torch.autograd.grad(
            [out[k] for k in moved], at, [u[k] for k in moved], retain_graph=True, materialize_grads=True
        )
        for u in zip(*cotangents, strict=True)
    ]
    return _stack(rows)


def _pull_by_columns(way: Way, g: Function, primals: Tensors, cotangents: Tensors) -> Tensors:
    U = torch.cat([u.flatten(1) for u in cotangents], 1)  # (c m)
    sizes = [p.numel() for p in primals]
    columns: list[Tensor] = []
    for indices in torch.arange(sum(sizes)).split(64):
        rows = U.new_zeros(len(indices), sum(sizes))
        rows[torch.arange(len(indices)), indices] = 1
        tangents = tuple(t.reshape(-1, *p.shape).to(p) for t, p in zip(rows.split(sizes, 1), primals, strict=True))
        JV = way.push(g, primals, tangents)
        columns.append(U @ torch.cat([y.flatten(1) for y in JV], 1).T)
    parts = torch.cat(columns, 1).split(sizes, 1)
    return tuple(t.reshape(-1, *p.shape).to(p) for t, p in zip(parts, primals, strict=True))


def first_line(failure: BaseException) -> str:
    """What an exception says, in one line."""
    return (str(failure).strip().splitlines() or [""])[0]


def _stack(rows: list[Tensors]) -> Tensors:
    return tuple(torch.stack(column) for column in zip(*rows, strict=True))
