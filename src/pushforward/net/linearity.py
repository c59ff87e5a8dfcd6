"""`Linearity`: how far the covariance J Σ Jᵀ of a push is from that of the activations, by layer and by scale."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from pushforward.linear import Chart
from pushforward.net.discrepancy import Discrepancy, discrepancy
from pushforward.net.neurons import Neurons
from pushforward.net.sampling import check_samples, pairs
from pushforward.progress import track
from pushforward.rng import Seed, normal

SCALES = (1.0, 0.5, 0.25, 0.1, 0.03, 0.01)
"""Σ is scaled by the squares of these, one after the other."""
LINEAR, ROUGHLY = 0.1, 0.3
"""Largest error of the covariance, and shift of the mean in σ, of what is linear and roughly linear."""
Verdict = Literal["nothing varies", "linear", "roughly linear", "not linear"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True, eq=False, repr=False)
class Linearity:
    r"""How far $N(f(x), J \Sigma J^\top)$ is from the activations at inputs sampled near x; `print` it for a table.

    Rows are scales s: inputs x(s w), whose covariance is s²Σ to first order. The first is 1, the push itself; they end
    where every layer has an error of at most 10 %, or at 0.01. Columns are the layers, and last all of them together,
    with the covariances between layers. Standard errors are those of the jackknife over 32 groups of samples.

    A layer is **linear** if neither its error nor its shift exceeds 0.1: standard deviations are then right to about
    5 %, and 512 plain samples would be further off. It is **roughly linear** up to 0.3: on the shipped classifiers the
    pattern of squared correlations is still the true one, r = 0.88 to 0.96. Beyond it is **not linear**.
    """

    layers: tuple[str, ...]
    """The names of the layers, and `all`."""
    sizes: tuple[int, ...]
    """How many neurons each has."""
    scales: tuple[float, ...]
    error: Tensor
    """‖C − s²F Fᵀ‖ / ‖C‖ in the Frobenius norm, C the true covariance (scales, layers); NaN where nothing varies."""
    error_se: Tensor
    """Its standard error."""
    shift: Tensor
    """How far the mean is from f(x), in standard deviations of each neuron, root mean square (scales, layers).

    Without neurons that vary by less than a hundredth of their layer's root mean square deviation.
    """
    shift_se: Tensor
    """Its standard error."""
    samples: int
    """How many inputs were sampled at each scale."""

    @property
    def reach(self) -> tuple[float, ...]:
        """The scale s up to which the error is at most 10 %, by layer: 1 for 1 or more, 0 for below 0.01.

        Between two scales it is interpolated, linearly in log s.
        """
        return tuple(_crossing(self.scales, column.tolist()) for column in self.error.T)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What each layer is at scale 1."""
        return tuple(verdict_of(float(e), float(s)) for e, s in zip(self.error[0], self.shift[0], strict=True))

    @property
    def verdict(self) -> Verdict:
        """What the network is at scale 1: what its worst layer is."""
        return max(self.verdicts, key=VERDICTS.index)

    def __str__(self) -> str:
        names = ("layer", *self.layers)
        cells = [
            ("neurons", *map(str, self.sizes)),
            ("error", *map(_with_error, self.error[0].tolist(), self.error_se[0].tolist())),
            ("shift in σ", *map(_with_error, self.shift[0].tolist(), self.shift_se[0].tolist())),
            ("10 % up to s =", *(words_of(s, self.scales[-1]) for s in self.reach)),
            ("", *self.verdicts),
        ]
        widths = [max(map(len, column)) for column in cells]
        left = max(map(len, names))
        lines = [f"{self.verdict} at this scale ({self.samples} samples)"]
        for i, name in enumerate(names):
            row = [column[i].rjust(width) for column, width in zip(cells[:-1], widths, strict=False)]
            lines.append("  ".join([name.ljust(left), *row, cells[-1][i]]).rstrip())
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"Linearity({self.verdict}, error {float(self.error[0, -1]):.2g}, {len(self.layers) - 1} layers)"


def linearity(
    net: Neurons,
    chart: Chart,
    F: Tensor,
    *,
    samples: int,
    seed: Seed,
    scales: tuple[float, ...] = SCALES,
    progress: bool = False,
) -> Linearity:
    """Compare F Fᵀ with the covariance of the activations at sampled inputs, at one scale after the other."""
    W = normal((check_samples("check", samples) // 2, chart.rank), seed=seed)
    rows: list[tuple[Discrepancy, ...]] = []
    for s in track(scales, "sampling", show=progress, total=len(scales)):
        rows.append(discrepancy(pairs(net, chart, s * W), s * W, F))
        if not any(one.error > LINEAR for one in rows[-1]):
            break
    errors, error_ses, shifts, shift_ses = torch.tensor(rows, dtype=torch.float64).unbind(2)
    layers = net.table.layers
    return Linearity(
        (*(layer.name for layer in layers), "all"),
        (*(layer.size for layer in layers), len(net)),
        scales[: len(rows)],
        errors,
        error_ses,
        shifts,
        shift_ses,
        samples,
    )


def _crossing(scales: Sequence[float], errors: Sequence[float]) -> float:
    """The scale below the smallest one at which the error is still too large."""
    if math.isnan(errors[0]):
        return math.nan
    large = [i for i, error in enumerate(errors) if not error <= LINEAR]
    if not large:
        return 1.0
    i = large[-1]
    if i + 1 == len(scales):
        return 0.0
    share = (LINEAR - errors[i + 1]) / (errors[i] - errors[i + 1])
    return scales[i + 1] * (scales[i] / scales[i + 1]) ** share


def verdict_of(error: float, shift: float) -> Verdict:
    """What an error of the covariance and a shift of the mean amount to."""
    worse = max(error, shift)
    if math.isnan(error):
        return "nothing varies"
    return "linear" if worse <= LINEAR else "roughly linear" if worse <= ROUGHLY else "not linear"


def _with_error(value: float, error: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f} ± {error:.3f}"


def words_of(s: float, least: float) -> str:
    """A scale of which it is known that it is 1 or more, or below the least at which was looked."""
    if math.isnan(s):
        return "–"
    return "1 or more" if s >= 1 else f"below {least:g}" if s == 0 else f"{s:.2g}"
