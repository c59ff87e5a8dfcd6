"""Neurons of one set that are copies, or nearly so, of neurons of the other: such sets share what the two compute."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from pushforward import structure
from pushforward.linear import Chart, ConstantInputs, Inputs
from pushforward.modules.contrasts.factors import Pair, Probe, activations, chunks
from pushforward.net import push
from pushforward.rng import Seed, normal, sample

# From this correlation on, and this cosine of the gradients, two neurons are near copies. Between modules of two CNNs
# the closest of some million pairs came to 0.96 in the lesser of the two; a correlation of 0.98 is seen by 256 inputs
# with a standard error of 0.0025. At 0.96 sets that are apart would be called copies, at 0.98 half of these missed.
NEAR = 0.965
# From this correlation on they are called copies without a look at gradients
EXACT = 0.9999
# How many inputs have to speak for a correlation: neurons that are silent but for one outlier correlate perfectly
VOICES = 4.0
# From so many inputs on, those given have to speak, not draws about them
FEW = 20
# Inputs over which correlations are taken: at least, at most, and multiplications of all pairs, at most
LEAST, MOST, PRODUCTS = 256, 1024, 5e10
# Pairs that are looked at again, points at which, and pairs that are told, at most
AGAIN, POINTS, TOLD = 512, 12, 5
# Neurons of the first set whose correlations with the second are in memory at once
ROWS = 512


@dataclass(frozen=True)
class Copy:
    """A neuron `a` of A and a neuron `b` of B that are nearly one, their names, and how their activations correlate."""

    a: int
    b: int
    names: tuple[str, str]
    correlation: float

    def __str__(self) -> str:
        one, other = self.names
        return f"{one} (number {self.a}) and {other} (number {self.b}), correlation {self.correlation:.3f}"

    __repr__ = __str__


def near_copies(
    probe: Probe, inputs: Inputs, A: Tensor, B: Tensor, start: object, charts: Sequence[Chart], *, seed: Seed
) -> tuple[Copy, ...]:
    r"""The closest pairs of a neuron of A and a neuron of B that are copies, negated, scaled, or nearly so; at most 5.

    Those with $|\mathrm{corr}| \ge 0.965$ over the inputs `start` (and, if they are few, draws from the charts about
    them) whose gradients in w are as parallel: the mean of $|\cos|$, weighted by lengths.
    """
    X = _inputs(start, charts, len(A) * len(B), seed=seed)
    with torch.no_grad():
        each = [activations(probe.net, part) for part in chunks(X)]
    a, b = (_standardised(torch.cat([part[:, which] for part in each]).float()) for which in (A, B))
    lively = Pair(*(torch.isin(n, k.neurons) for n, k in zip((A, B), probe.blocks, strict=True)))
    pairs, r = _close(a, b, lively)
    if not len(pairs):
        return ()
    shares = a[:, pairs[:, 0]] * b[:, pairs[:, 1]]  # (n pairs): what each input adds to a correlation
    n = structure.length(start)
    voices = _voices(shares[: n if n >= FEW else None])
    sure = (r.abs() >= EXACT) | (_parallel(probe, inputs, X, shares, A[pairs[:, 0]], B[pairs[:, 1]]) >= NEAR)
    keep = ((voices >= VOICES) & sure).nonzero()[:TOLD, 0].tolist()
    label = probe.net.table.label
    of = [(int(A[pairs[i, 0]]), int(B[pairs[i, 1]]), float(r[i])) for i in keep]
    return tuple(Copy(i, j, (label(i), label(j)), c) for i, j, c in of)


def _voices(shares: Tensor) -> Tensor:
    """How many inputs speak for a correlation: as many as, sharing it evenly, would be as unequal.  (n k) -> (k)"""
    return shares.sum(0).square() / shares.square().sum(0).clamp_min(1e-30)


def _inputs(start: object, charts: Sequence[Chart], pairs: int, *, seed: Seed) -> object:
    """A sample of the inputs given; if they are few, followed by draws from the charts about them."""
    n = structure.length(start)
    some = sample(n, max(LEAST, min(MOST, int(PRODUCTS / pairs))), seed=seed)
    X = structure.rebuild(start, lambda _, t: t[some.to(t.device)])
    if n >= LEAST:
        return X
    each = -(-(LEAST - n) // len(charts))
    drawn = [chart(normal((each, chart.rank), seed=seed)) for chart in charts]
    parts = [structure.leaves(part) for part in (X, *drawn)]
    return structure.rebuild(X, lambda name, t: torch.cat([p[name].detach().to(t) for p in parts]))


def _standardised(values: Tensor) -> Tensor:
    """Columns without their mean, of length 1; 0 where they do not vary."""
    away = values - values.mean(0)
    return away / away.norm(dim=0).clamp_min(1e-30)


def _close(a: Tensor, b: Tensor, lively: Pair[Tensor]) -> tuple[Tensor, Tensor]:
    """The pairs of columns (k, 2) that correlate enough, closest first, and their correlations (k,).

    One of the two has to be lively. Neurons that hardly ever move read what hardly varies, all of them the same little.
    """
    found, values = [], []
    for i in range(0, a.shape[1], ROWS):
        R = a[:, i : i + ROWS].T @ b
        near = ((R.abs() >= NEAR) & (lively.moved[i : i + ROWS, None] | lively.fixed)).nonzero()
        values.append(R[near[:, 0], near[:, 1]])
        found.append(near + torch.tensor([i, 0]))
    r, pairs = torch.cat(values), torch.cat(found)
    best = r.abs().argsort(descending=True, stable=True)[:AGAIN]
    return pairs[best], r[best]


def _parallel(probe: Probe, inputs: Inputs, X: object, shares: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """How parallel the gradients of pairs are, at inputs that speak for them: |cos| weighted by lengths (k,)."""
    speaking = (shares / shares.amax(0).clamp_min(1e-30)).sum(1).argsort(descending=True, stable=True)[:POINTS]
    along, lengths = torch.zeros(len(a), dtype=torch.float64), torch.zeros(len(a), dtype=torch.float64)
    for i in speaking.tolist():
        chart = inputs.chart(structure.item(X, i))
        F = push(probe.net, ConstantInputs(chart), chart.point).factor
        probe.products += chart.rank
        one, other = (F[which.to(F.device)].cpu().double() for which in (a, b))
        along += (one * other).sum(1).abs()
        lengths += one.norm(dim=1) * other.norm(dim=1)
    return along / lengths.clamp_min(1e-300)
