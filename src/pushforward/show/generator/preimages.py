"""How many latent points make each input, and how near what they make comes."""

import torch
from matplotlib.axes import Axes
from torch import Tensor

from pushforward.generator import Preimages
from pushforward.page import counted
from pushforward.show.canvas import WIDE, blank, folded, styled
from pushforward.show.generator.inverse import residuals
from pushforward.show.palette import MARK, MUTED, SERIES
from pushforward.show.target import Target


@styled
def preimages_figure(preimages: Preimages, *, width: float = WIDE) -> Target:
    """How many inputs have how many preimages, and the residual of each input with the tolerance as a line.

    Inputs above the tolerance are not on the manifold: they have no preimage.
    """
    wide = width >= 5
    figure = blank(width, 2.7 if wide else 4.9)
    counts, near = figure.subplots(1, 2) if wide else figure.subplots(2, 1)
    multiplicity = preimages.multiplicity.cpu()
    _counts(counts, multiplicity)
    residual = preimages.residual.detach().double().cpu()
    order = residual.argsort(stable=True)
    residuals(near, residual[order], multiplicity[order] > 0, ("has preimages", "has none"))
    near.axhline(preimages.tolerance, color=MUTED, lw=0.9, ls=(0, (3, 2)))
    low, high = near.get_ylim()
    near.set_ylim(min(low, preimages.tolerance), max(high, 1.25 * preimages.tolerance))
    place = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "ha": "left", "va": "bottom"}
    said = f"tolerance {preimages.tolerance:.3g}"
    near.annotate(said, (0.0, preimages.tolerance), (3, 2), fontsize=7.5, color=MUTED, **place)
    near.set_xlabel(f"input, nearest first (n = {len(residual):,})")
    none = int((multiplicity == 0).sum())
    off = "all on the manifold" if none == 0 else f"{none:,} not on the manifold"
    title = f"Preimages of {counted(len(multiplicity), 'input')}: {off}"
    figure.suptitle(folded(title, width), x=0.01, ha="left", fontsize=9.5, weight="bold")
    return figure


def _counts(ax: Axes, multiplicity: Tensor) -> None:
    most = max(int(multiplicity.max()) if len(multiplicity) else 0, 1)
    bars = torch.bincount(multiplicity.long(), minlength=most + 1).tolist()
    ax.bar(range(most + 1), bars, width=0.8, color=[MARK, *[SERIES] * most])
    for m, count in enumerate(bars):
        if count and most <= 12:
            ax.annotate(f"{count:,}", (m, count), (0, 2), textcoords="offset points", ha="center", fontsize=8)
    ax.set_ylim(0, 1.15 * max(bars))
    ax.set_xlim(-0.7, most + 0.7)
    ax.locator_params(axis="both", nbins=8, integer=True)
    ax.set_xlabel("latent points that make the input")
    ax.set_ylabel("inputs")
