"""Central differences, and what they say about a derivative: that it is wrong, or that the function is one of steps."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from pushforward.rng import Seed, generator, normal

Tensors = tuple[Tensor, ...]
Function = Callable[..., Tensors]
"""Takes and returns tensors; inputs and outputs are single points, without direction axis."""

# Relative gap between a product and its finite difference above which it is called wrong. In double precision
# the step is so small that kinks of ReLUs are not met; in single precision they give some per cent.
GAP = {torch.float64: 0.02, torch.float32: 0.3}
# Sizes of the step in units of ε^⅓: a product is wrong if it is at every one. (The larger ones in double precision are
# for functions that round to single precision inside.)
SIZES = {torch.float64: (0.01, 1.0, 100.0), torch.float32: (0.3, 0.03)}
# How much larger the second step is by which steps are told from slopes, and the relative gap that tells
WIDER, STEPPED = 10.0, 0.5


def comparable(dtype: torch.dtype) -> bool:
    """Whether differences in this precision say anything about a derivative."""
    return dtype in SIZES


def difference(g: Function, primals: Tensors, tangent: Tensors, h: float) -> Tensors:
    """The central difference of g along one direction with step h."""
    ahead, behind = (g(*(p + s * h * v for p, v in zip(primals, tangent, strict=True))) for s in (1, -1))
    return tuple((a - b) / (2 * h) for a, b in zip(ahead, behind, strict=True))


def step(primals: Tensors, tangent: Tensors) -> float:
    """The step of a central difference: ε^⅓ times the size of the input over that of the direction."""
    size = max((float(p.abs().max()) for p in primals if p.numel()), default=0.0) or 1.0
    length = max((float(t.abs().max()) for t in tangent if t.numel()), default=0.0) or 1.0
    return float(torch.finfo(primals[0].dtype).eps ** (1 / 3)) * size / length


def beside(primals: Tensors, size: float, *, seed: Seed) -> Tensors:
    """Near a point, not at it: on a flat background max-pooling and ReLU sit exactly on their kinks."""
    draws = generator(seed)
    return tuple(p + size * (p.abs().max() + 1e-3) * normal(p.shape, seed=draws).to(p) for p in primals)


def excess(
    g: Function, at: Tensors, tangent: Tensors, exact: Sequence[Tensor], *, allowed: float | None = None
) -> Tensor:
    """By how much the gap of J v (`exact`) to differences exceeds what kinks and rounding explain (outputs,).

    The least of several sizes of the step: an output is wrong where it is positive. Further sizes are tried while any
    is. `allowed`: the relative gap of kinks, instead of `GAP`.
    """
    dtype = at[0].dtype
    allowed = GAP[dtype] if allowed is None else allowed
    least = torch.full((len(exact),), torch.inf)
    for scale in SIZES[dtype]:
        h = step(at, tangent) * scale
        ahead, behind = (g(*(p + s * h * v for p, v in zip(at, tangent, strict=True))) for s in (1, -1))
        row: list[Tensor] = []
        for y, a, other in zip(ahead, exact, behind, strict=True):
            b = (y - other) / (2 * h)
            rounding = 20 * torch.finfo(y.dtype).eps * y.abs().max() * y.numel() ** 0.5 / h if y.numel() else 0.0
            row.append((a - b).norm() - allowed * torch.maximum(a.norm(), b.norm()) - rounding)
        least = torch.fmin(least.to(row[0]), torch.stack(row)) if row else least
        if not (least > 0).any():
            break
    return least


def stepped(g: Function, points: Sequence[Tensors], tangent: Tensors) -> Tensor:
    """Which outputs of g are step functions, as far as several points tell (outputs,).

    A difference over a step ten times as wide says something else nearly everywhere where either is not zero; or all
    are zero although the output varies from point to point.
    """
    gaps: list[Tensor] = []
    for at in points:
        h = step(at, tangent)
        pairs = zip(difference(g, at, tangent, h), difference(g, at, tangent, WIDER * h), strict=True)
        gaps.append(torch.stack([_gap(a, b) for a, b in pairs]))
    gap = torch.stack(gaps)
    values = [g(*at) for at in points]
    varies = torch.tensor([any(not torch.equal(y, other[k]) for other in values) for k, y in enumerate(values[0])])
    moved = ~gap.isnan()
    often = (gap > STEPPED).sum(0) > 0.5 * moved.sum(0)
    return torch.where(moved.any(0), often, varies.to(gap.device))


def _gap(a: Tensor, b: Tensor) -> Tensor:
    """The relative gap of two estimates, not a number where both are zero."""
    return (a - b).norm() / torch.maximum(a.norm(), b.norm())
