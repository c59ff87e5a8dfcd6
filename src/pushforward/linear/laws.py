"""The laws of linear maps and of inputs: one test each that every one, ours or yours, must pass."""

import torch
from torch import Tensor

from pushforward import structure
from pushforward.arguments import checked
from pushforward.errors import BadInput, BrokenLaw
from pushforward.linear.chart import Chart, Inputs, recentred
from pushforward.linear.linear_map import LinearMap
from pushforward.rng import Seed, generator, normal


@checked
def check_linear_map(A: LinearMap, dense: Tensor | None = None, *, seed: Seed, tol: float = 1e-5) -> None:
    """Nothing, if A is linear, has the right adjoint, composes, and keeps dtype and device; else `BrokenLaw`.

    With `dense` (m, n), also that A is that matrix. `tol` is relative to the size of the result.

    >>> import torch
    >>> from pushforward.linear import Dense
    >>> check_linear_map(Dense(torch.eye(3)[:2]), torch.eye(3)[:2], seed=0)
    """
    if dense is not None and tuple(dense.shape) != tuple(A.shape):
        raise BrokenLaw(f"{A!r}: the dense matrix is {tuple(dense.shape)}; one of the map's shape is needed.")
    draws = generator(seed)
    (m, n), kind = A.shape, {"dtype": A.dtype, "device": A.device}
    v, w, V = (normal(s, seed=draws).to(**kind) for s in ((n,), (n,), (n, 3)))
    u = normal((m,), seed=draws).to(**kind)

    Av = A @ v
    _require(Av.shape == (m,), f"A @ v has shape {tuple(Av.shape)}, not {(m,)}")
    _require((A @ V).shape == (m, 3), f"A @ V has shape {tuple((A @ V).shape)}, not {(m, 3)}")
    _require(Av.dtype == A.dtype, f"A @ v is {Av.dtype}, A says {A.dtype}")
    _require(Av.device == A.device, f"A @ v is on {Av.device}, A says {A.device}")
    _same(A @ (2 * v - 3 * w), 2 * Av - 3 * (A @ w), tol, "linearity: A(2v − 3w) = 2Av − 3Aw")
    _same(A @ V, torch.stack([A @ column for column in V.T], 1), tol, "columns: (A V)_j = A V_j")

    _require(A.T.shape == (n, m), f"A.T has shape {tuple(A.T.shape)}, not {(n, m)}")
    gap = ((u @ Av) - ((A.T @ u) @ v)).abs() / (Av.norm() * u.norm() + 1e-30)
    _require(bool(gap <= tol), f"adjoint: <u, Av> and <Aᵀu, v> differ by {gap:.1e} of their size")
    _same(A.T.T @ v, Av, tol, "adjoint twice: A.T.T = A")
    _same((A.T @ A) @ v, A.T @ Av, tol, "composition: (AᵀA) v = Aᵀ(A v)")
    if dense is not None:
        _same(A.dense(), dense.to(**kind), tol, "A.dense() is the reference matrix")


@checked
def check_inputs(inputs: Inputs, x: object, *, seed: Seed, tol: float = 1e-2) -> None:
    """Nothing, if the chart of `inputs` at one input x (without batch axis) obeys its laws; else `BrokenLaw`.

    It hands out a `Chart` of at least one direction, the same each time; its point is x(0); batches of coordinates
    (n, r) give n inputs of the form of x, each by its own row; `tangents` are the derivatives at 0, checked by central
    differences to a share `tol` of their size; and the chart around x(w) continues it: x(w + v) starts at x(w).

    >>> from pushforward.inputs import Gaussian
    >>> check_inputs(Gaussian.isotropic((3,), sigma=0.5), torch.ones(3), seed=0)
    """
    if any(t.is_meta for t in structure.moving(x).values()):
        raise BadInput("`check_inputs(inputs, x)`: x has no values: it is on the meta device. Give a real input.")
    draws = generator(seed)
    chart, twin = inputs.chart(x), inputs.chart(x)
    _require(isinstance(chart, Chart), f"`chart(x)` is a {type(chart).__name__}, not a `Chart`")
    _require(isinstance(chart.rank, int) and chart.rank >= 1, f"`rank` is {chart.rank!r}, not a positive whole number")
    point = structure.flat(chart.point)
    w = normal((4, chart.rank), seed=draws, dtype=torch.float64).to(point)
    X = chart(w)
    form = structure.describe(structure.batch(chart.point, 4))
    _require(structure.describe(X) == form, f"x(w) of four coordinates is {structure.describe(X)}, not {form}")
    rows = [structure.flat(structure.item(X, i)) for i in range(4)]
    alone = structure.flat(structure.item(chart(w[2:3]), 0))
    size = max(float((row - point).norm()) for row in rows) + 1e-30
    _near(alone, rows[2], tol * size, "rows: x(w)_i depends on w_i alone")
    _near(structure.flat(structure.item(twin(w[2:3]), 0)), rows[2], tol * size, "`chart(x)` is the same each time")
    _near(structure.flat(structure.item(chart(0 * w[:1]), 0)), point, tol * size, "x(0) is the chart's `point`")
    _tangents(chart, tol)
    there = recentred(chart, w[2])
    _near(structure.flat(there.point), rows[2], tol * size, "the chart around x(w) is at x(w)")
    _require(there.rank == chart.rank, f"the chart around x(w) has {there.rank} directions, not {chart.rank}")


def _tangents(chart: Chart, tol: float) -> None:
    """Tangents have the right shape, agree in slices, and are derivatives at 0."""
    point = structure.flat(chart.point)
    T = chart.tangents(0, chart.rank)
    form = (chart.rank, len(point))
    _require(tuple(T.shape) == form, f"`tangents(0, {chart.rank})` has shape {tuple(T.shape)}, not {form}")
    part = chart.tangents(0, 1)
    _require(
        tuple(part.shape) == (1, len(point)), f"`tangents(0, 1)` has shape {tuple(part.shape)}, not (1, {form[1]})"
    )
    size = float(T.norm()) + 1e-30
    _near(part[0], T[0], tol * size, "`tangents(0, 1)` is the first row of all")
    step = (1e-5 if point.dtype == torch.float64 else 1e-2) * torch.eye(chart.rank).to(point)
    ends = [chart(step), chart(-step)]
    up, down = (torch.stack([structure.flat(structure.item(X, j)) for j in range(chart.rank)]) for X in ends)
    _near((up - down) / (2 * float(step[0, 0])), T, tol * size, "`tangents` are ∂x/∂w at w = 0")


def _require(holds: bool, law: str) -> None:
    if not holds:
        raise BrokenLaw(f"{law}.")


def _near(value: Tensor, wanted: Tensor, gap: float, law: str) -> None:
    off = float((value - wanted).norm())
    _require(off <= gap, f"{law}: they are {off:.1e} apart")


def _same(value: Tensor, wanted: Tensor, tol: float, law: str) -> None:
    gap = (value - wanted).norm() / (wanted.norm() + 1e-30)
    _require(bool(gap <= tol), f"{law}: they differ by {gap:.1e} of their size")
