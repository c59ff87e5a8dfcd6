"""One test that every `LinearMap`, ours or yours, must pass."""

import torch
from torch import Tensor

from pushforward.linear.linear_map import LinearMap
from pushforward.rng import Seed, generator, normal


def check_linear_map(A: LinearMap, dense: Tensor | None = None, *, seed: Seed, tol: float = 1e-5) -> None:
    """Assert that A is linear, has the right adjoint, composes, and keeps dtype and device.

    With `dense` (m, n), also that A is that matrix. `tol` is relative to the size of the result.

    >>> import torch
    >>> from pushforward.linear import Dense
    >>> check_linear_map(Dense(torch.eye(3)[:2]), torch.eye(3)[:2], seed=0)
    """
    g = generator(seed)
    (m, n), kind = A.shape, {"dtype": A.dtype, "device": A.device}
    v, w, V = (normal(s, seed=g).to(**kind) for s in ((n,), (n,), (n, 3)))
    u = normal((m,), seed=g).to(**kind)

    Av = A @ v
    assert Av.shape == (m,), f"A @ v has shape {tuple(Av.shape)}, not {(m,)}"
    assert (A @ V).shape == (m, 3), f"A @ V has shape {tuple((A @ V).shape)}, not {(m, 3)}"
    assert Av.dtype == A.dtype, f"A @ v is {Av.dtype}, A says {A.dtype}"
    assert Av.device == A.device, f"A @ v is on {Av.device}, A says {A.device}"
    _same(A @ (2 * v - 3 * w), 2 * Av - 3 * (A @ w), tol, "linearity: A(2v − 3w) = 2Av − 3Aw")
    _same(A @ V, torch.stack([A @ column for column in V.T], 1), tol, "columns: (A V)_j = A V_j")

    assert A.T.shape == (n, m), f"A.T has shape {tuple(A.T.shape)}, not {(n, m)}"
    scale = Av.norm() * u.norm() + 1e-30
    gap = ((u @ Av) - ((A.T @ u) @ v)).abs() / scale
    assert gap <= tol, f"adjoint: <u, Av> and <Aᵀu, v> differ by {gap:.1e} of their size"
    _same(A.T.T @ v, Av, tol, "adjoint twice: A.T.T = A")
    _same((A.T @ A) @ v, A.T @ Av, tol, "composition: (AᵀA) v = Aᵀ(A v)")
    if dense is not None:
        _same(A.dense(), dense.to(**kind), tol, "A.dense() is the reference matrix")


def _same(given: Tensor, wanted: Tensor, tol: float, law: str) -> None:
    gap = (given - wanted).norm() / (wanted.norm() + 1e-30)
    assert gap <= tol, f"{law}: they differ by {gap:.1e} of their size"
