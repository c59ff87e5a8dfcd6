"""A push: the standard deviations of its joint modes, and where the variance lies."""

import torch
from matplotlib.axes import Axes
from torch import Tensor

from pushforward.linear import effective_rank
from pushforward.net import Push
from pushforward.show.canvas import WIDE, blank, count_directions, folded, log_ticks, named_rows, plain, styled
from pushforward.show.palette import INK, MARK, MUTED, SERIES
from pushforward.show.target import Target

# More layers than this are drawn as thinner bars.
ROOMY = 24


@styled
def push_figure(push: Push, *, width: float = WIDE) -> Target:
    """Singular values of the factor F with the effective rank marked, and the share of the variance in each layer.

    A singular value is the standard deviation of one joint mode of all neurons, in units of the activations.
    """
    wide, layers = width >= 5, len(push.table)
    pitch = 0.24 if layers <= ROOMY else max(0.06, 5.8 / layers)
    tall = 0.8 + pitch * layers
    figure = blank(width, max(2.6, tall) if wide else 2.6 + tall)
    modes, where = (
        figure.subplots(1, 2, width_ratios=(1, 1.15))
        if wide
        else figure.subplots(2, 1, height_ratios=(1.9, pitch * layers))
    )
    neurons, r = push.factor.shape
    title = folded(f"{neurons:,} neurons, pushed forward along {r} directions", width)
    figure.suptitle(title, x=0.01, ha="left", fontsize=9.5, weight="bold")
    S = push.svd().S
    _modes(modes, S.double().cpu(), zero=max(push.factor.shape) * torch.finfo(S.dtype).eps)
    _layers(where, push, pitch, least=8 if wide else 1)
    return figure


def _modes(ax: Axes, s: Tensor, *, zero: float) -> None:
    """Those that are not zero, a share of the largest that is rounding, on a logarithmic scale."""
    seen = s[s > zero * s.max().clamp_min(1e-300)]
    ax.plot(range(1, len(seen) + 1), seen.tolist(), color=SERIES, lw=1.2, marker="o", ms=3)
    if len(seen):
        rank = float(effective_rank(s.square()))
        ax.axvline(rank, color=MARK, lw=1.2)
        place = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
        side = "left" if rank < (len(s) + 1) / 2 else "right"
        shift = (4 if side == "left" else -4, 0)
        ax.annotate(f"effective rank {rank:.1f}", (rank, 0.98), shift, va="top", ha=side, fontsize=8, **place)
        ax.set_ylim(float(seen.min()) / 1.5, float(seen.max()) * 2.2)
        log_ticks(ax, float(seen.min()), float(seen.max()))
    count_directions(ax, len(s))
    none = f", {len(s) - len(seen)} are 0" if len(seen) < len(s) else ""
    ax.set_xlabel(f"joint mode of the neurons{none}")
    ax.set_ylabel("singular value of F")


def _layers(ax: Axes, push: Push, pitch: float, *, least: int) -> None:
    """A bar for each layer; room for `least` rows, so that few bars are not thick."""
    share = push.deviation().double().cpu().square()
    share = share / share.sum().clamp_min(1e-300)
    parts = [float(share[layer.start : layer.stop].sum()) for layer in push.table]
    ax.barh(range(len(parts)), parts, height=0.8, color=SERIES)
    if pitch >= 0.15:
        for row, part in enumerate(parts):
            ax.annotate(f"{part:.1%}", (part, row), (3, 0), textcoords="offset points", va="center", fontsize=7.5,
                        color=INK if part >= 0.005 else MUTED)  # fmt: skip
    few = named_rows(ax, [f"{plain(layer.name)}  {layer.size:,}" for layer in push.table], pitch)
    ax.set_ylim(max(len(parts), least) - 0.4, -0.6)
    ax.set_xlim(0, 1.2 * max([*parts, 1e-3]))
    ax.xaxis.set_major_formatter(lambda x, _: f"{x:.0%}")
    ax.locator_params(axis="x", nbins=5)
    ax.set_xlabel(f"share of the variance{few}")
