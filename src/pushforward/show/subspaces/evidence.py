"""Subspaces of a layer: the angles between them, how much each explains, and the evidence against chance."""

import torch
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from pushforward.modules.subspaces import Subspaces
from pushforward.show.canvas import WIDE, blank, folded, styled
from pushforward.show.palette import DEAD, INK, MARK, MUTED, SERIES, sequential
from pushforward.show.target import Target

# Inches from which on panels stand beside each other.
ROOMY = 5.5


@styled
def subspaces_figure(subspaces: Subspaces, *, width: float = WIDE) -> Target:
    """The overlap of every two subspaces, the weight of each, and how much their sums explain, beside nulls.

    The overlap is the mean squared cosine of the principal angles, in the smaller of both: 0 at right angles. Hollow
    dots are subspaces that do not come out of both halves of the inputs, or never act together with others.
    """
    if not subspaces.bases:
        figure = blank(width, 1.6)
        _shares(figure.add_subplot(), subspaces, width)
        return figure
    if width < ROOMY:
        figure = blank(width, 6.4)
        grid = figure.add_gridspec(3, 1, height_ratios=(2.4, 1, 1))
        places, half = (grid[0, 0], grid[1, 0], grid[2, 0]), width
    else:
        figure = blank(width, 3.0)
        grid = figure.add_gridspec(2, 2, width_ratios=(1, 1.15))
        places, half = (grid[:, 0], grid[0, 1], grid[1, 1]), width / 2
    for draw, place in zip((_overlaps, _weights, _shares), places, strict=True):
        draw(figure.add_subplot(place), subspaces, half)
    return figure


def overlaps(bases: tuple[Tensor, ...]) -> Tensor:
    """The mean squared cosine of the principal angles between every two subspaces, in the smaller one (m, m)."""
    rows = [[float((U.T @ V).square().sum()) / min(U.shape[1], V.shape[1]) for V in bases] for U in bases]
    return torch.tensor(rows, dtype=torch.float64)


def _overlaps(ax: Axes, subspaces: Subspaces, width: float) -> None:
    image = ax.imshow(overlaps(subspaces.bases).numpy(), cmap=sequential(), vmin=0, vmax=1)
    m, step = len(subspaces.bases), max(1, len(subspaces.bases) // 8)
    ax.set_xticks(range(0, m, step))
    ax.set_yticks(range(0, m, step))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    bar = ax.figure.colorbar(image, ax=ax, fraction=0.045, pad=0.02)
    bar.set_label("squared cosine")
    bar.outline.set_visible(False)  # pyright: ignore[reportAttributeAccessIssue]
    ax.set_xlabel(
        folded(f"{m} subspaces, {sum(subspaces.dimensions)} dimensions in {subspaces.units} units", width / 2)
    )
    ax.set_title("Overlap")


def _weights(ax: Axes, subspaces: Subspaces, width: float) -> None:
    weight, sound = 100 * subspaces.weight, subspaces.sound
    for which, face in ((sound, SERIES), (~sound, "none")):
        at = which.nonzero()[:, 0]
        ax.scatter(at.numpy(), weight[at].numpy(), s=16, facecolors=face, edgecolors=SERIES)
    ax.set_ylim(0, 1.25 * float(weight.max()))
    ax.set_xlim(-0.7, len(weight) - 0.3)
    ax.set_ylabel("% of the trace")
    ax.set_xlabel(folded("subspace", width))
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.set_title(f"Weight; {int(sound.sum())} of {len(sound)} sound (full dots)")


def _shares(ax: Axes, subspaces: Subspaces, width: float) -> None:
    rows = (
        ("inputs left out", subspaces.share, subspaces.null),
        ("several act", subspaces.sums, subspaces.sums_null),
    )
    for y, (_, share, null) in enumerate(rows):
        ax.plot(list(null), [y] * len(null), "|", color=DEAD, ms=11, mew=1.1)
        ax.plot([share], [y], "o", color=MARK, ms=8, mec="white", mew=0.8)
    ax.axvline(0, color=MUTED, lw=0.7)
    ax.set_yticks(range(len(rows)), [name for name, *_ in rows])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlim(-0.03, 1.03)
    ax.tick_params(left=False)
    ax.set_xlabel(folded(f"share that is explained; dashes: {len(subspaces.null)} nulls", width), color=INK)
    ax.set_title(f"Verdict: {subspaces.verdict}")
