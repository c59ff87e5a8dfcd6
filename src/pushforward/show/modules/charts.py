"""Plain charts of what stands behind modules: spectrum, null, shares, layers."""

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from torch import Tensor

from pushforward.modules import Modules
from pushforward.page import number as digits
from pushforward.page.modules import blocks_of, effective_rank, odds, shown_as_modules
from pushforward.show.canvas import WIDE, blank, folded, plain, styled
from pushforward.show.palette import DEAD, INK, MARK, MUTED, NONE, PAPER, SERIES, colours
from pushforward.show.target import Target

# More neurons than this are drawn in bins.
BINS = 600
# More layers than this are drawn as thin bars.
ROOMY = 40


@styled
def spectrum_figure(modules: Modules, *, width: float = WIDE) -> Target:
    """How the neurons' activity is spread over directions of the input, with the effective rank marked."""
    share = modules.spectrum.double().square()
    share, rank = share / share.sum(), effective_rank(modules)
    figure, ax = _axes(width, 2.4)
    ax.plot(range(1, len(share) + 1), share.tolist(), color=SERIES, lw=1.5, marker="o", ms=2.5)
    ax.axhline(1 / len(share), color=MUTED, lw=0.8, ls=(0, (3, 2)))
    at, align, above = (len(share), "right", 3) if rank < len(share) / 2 else (1, "left", -9)
    here = {"textcoords": "offset points", "fontsize": 7.5}
    ax.annotate("all directions alike", (at, 1 / len(share)), (0, above), ha=align, color=MUTED, **here)
    ax.axvline(rank, color=MARK, lw=1.2)
    where = ("data", "axes fraction")
    ax.annotate(f"effective rank {rank:.1f}", (rank, 0.93), (4, 0), xycoords=where, va="top", **here)
    ax.set_yscale("log")
    if share[0] < 50 * share[-1]:
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{np.format_float_positional(100 * y, 3, trim='-')}%"))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set_ylim(bottom=max(float(share[share > 0].min()) / 2, 1e-7))
    label = f"direction, strongest first (r = {len(share)}; n = {len(modules.sample):,} neurons)"
    ax.set_xlabel(folded(label, width))
    ax.set_ylabel("share of squared length")
    ax.set_title("Spectrum of the unit rows")
    return figure


@styled
def null_figure(modules: Modules, *, width: float = WIDE) -> Target:
    """The score of rotated networks, and of this one."""
    e = modules.evidence
    figure, ax = _axes(width, 2.4)
    needed = e.needed
    low, high = min(*e.null, e.score, needed), max(*e.null, e.score, needed)
    reach = max(high - low, 1e-3)
    wide = max((max(e.null) - min(e.null)) / 10, reach / 60)
    edges = torch.arange(min(e.null), max(e.null) + 1.001 * wide, wide, dtype=torch.float64)
    counts, _, _ = ax.hist(e.null, bins=edges.tolist(), color=DEAD, edgecolor=PAPER, linewidth=0.5)
    short = needed > e.score
    ax.set_xlim(low - 0.1 * reach, high + (0.4 if short else 0.1) * reach)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.set_ylim(0, 1.5 * float(max(counts)))  # pyright: ignore[reportArgumentType]
    ax.axvline(needed, ymax=0.78, color=MUTED, lw=0.9, ls=(0, (3, 2)))
    ax.axvline(e.score, ymax=0.9, color=MARK, lw=1.8)
    _above(ax, e.score, 0.92, f"this network {digits(e.score, 3)}", (low + high) / 2, INK)
    _above(ax, needed, 0.8, f"needed {digits(e.needed, 2)}", high + 1 if short else (low + high) / 2, MUTED)
    ax.set_xlabel(folded(f"coherence × separation of the second set, n = {len(e.null)} rotated networks", width))
    ax.set_ylabel("rotated networks")
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    ax.set_title(f"Null: {odds(modules)}")
    return figure


def _above(ax: Axes, x: float, y: float, text: str, middle: float, colour: str) -> None:
    """Text at a vertical line, on the side where there is room."""
    align, shift = ("left", 3) if x < middle else ("right", -3)
    box = {"color": PAPER, "pad": 0.6}
    where = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
    ax.annotate(text, (x, y), (shift, 0), ha=align, fontsize=8, color=colour, bbox=box, **where)


@styled
def shares_figure(modules: Modules, *, width: float = WIDE) -> Target:
    """How much of each neuron lies in each block: neurons side by side, their shares one on top of the other."""
    shares, labels = modules.shares.double(), modules.candidate
    own = torch.where(labels < 0, shares.amax(1), shares.gather(1, labels.clamp_min(0)[:, None])[:, 0])
    place = torch.where(labels < 0, shares.shape[1], labels)
    place = torch.where(modules.dead, shares.shape[1] + 1, place)
    order = torch.argsort(place.double() - 0.5 * own, stable=True)
    heights, groups = _binned(shares[order], place[order])
    figure, ax = _axes(width, 2.4)
    floor, hues = torch.zeros(len(heights), dtype=torch.float64), _hues(modules)
    x = torch.linspace(0, len(labels), len(heights) + 1)
    for b, hue in enumerate(hues):
        top = floor + heights[:, b]
        ax.fill_between(x.numpy(), _steps(floor), _steps(top), step="post", color=hue, linewidth=0, gid="share")
        floor = top
    _group_names(ax, modules, groups, width)
    ax.set_xlim(0, len(labels))
    ax.set_ylim(0, 1)
    ax.set_ylabel("share in each block")
    bins = "" if len(heights) == len(labels) else f", drawn in {len(heights)} bins"
    ax.set_xlabel(folded(f"neurons, n = {len(labels):,}{bins}", width))
    ax.set_title("Where the neurons lie", pad=20)
    return figure


def _binned(shares: Tensor, place: Tensor) -> tuple[Tensor, Tensor]:
    """Means over at most `BINS` bins of equal size (b, m), and the place of each neuron."""
    if len(shares) <= BINS:
        return shares, place
    which = (torch.arange(len(shares)) * BINS).div(len(shares), rounding_mode="floor")
    total = shares.new_zeros(BINS, shares.shape[1]).index_add_(0, which, shares)
    return total / which.bincount(minlength=BINS)[:, None], place


def _steps(values: Tensor) -> np.ndarray:
    return torch.cat([values, values[-1:]]).numpy()


def _group_names(ax: Axes, modules: Modules, place: Tensor, width: float) -> None:
    blocks = modules.shares.shape[1]
    names = [*map(str, range(blocks)), "several", "dead"]
    points = width * 72 * 0.8 / len(place)
    for number, name in enumerate(names):
        rows = (place == number).nonzero()[:, 0]
        if len(rows) == 0:
            continue
        start, stop = int(rows[0]), int(rows[-1]) + 1
        colour = (*_hues(modules), MUTED, MUTED)[number]
        line = {"color": colour, "lw": 3, "solid_capstyle": "butt", "clip_on": False}
        ax.plot([start, stop], [1.03, 1.03], transform=ax.get_xaxis_transform(), **line)
        if (stop - start) * points >= 4.4 * len(name):
            ax.text((start + stop) / 2, 1.06, name, transform=ax.get_xaxis_transform(), ha="center", fontsize=8)


@styled
def layers_figure(modules: Modules, *, width: float = WIDE) -> Target:
    """Which layers the modules run through: for every layer the share of its neurons in each module and in none."""
    parts = _by_layer(modules)
    sizes, rows = parts.sum(1), len(modules.layers)
    blocks, columns = parts.shape[1] - 2, 7 if width >= 5 else 3
    what = "module" if shown_as_modules(modules) else "block"
    kinds = [*((f"{what} {b}", hue) for b, hue in enumerate(_hues(modules))), ("several", NONE), ("dead", DEAD)]
    there = [b for b in range(blocks + 2) if parts[:, b].any()]
    pitch = 0.24 if rows <= ROOMY else max(0.06, 9.6 / rows)
    figure, ax = _axes(width, 0.75 + 0.19 * -(-len(there) // columns) + pitch * rows)
    share, left = (parts / sizes.clamp_min(1)[:, None]).double(), torch.zeros(rows, dtype=torch.float64)
    for b in there:
        name, hue = kinds[b]
        ax.barh(
            range(rows),
            share[:, b].numpy(),
            left=left.numpy(),
            height=0.82,
            color=hue,
            label=name,
            edgecolor=PAPER,
            linewidth=0.4,
        )
        left = left + share[:, b]
    step = max(1, round(0.15 / pitch))
    names = [f"{plain(name)}  {int(size):,}" for name, size in zip(modules.layers, sizes, strict=True)]
    ax.set_yticks(range(0, rows, step), names[::step])
    ax.set_ylim(rows - 0.4, -0.6)
    ax.set_xlim(0, 1)
    ax.tick_params(left=False)
    few = f" (1 in {step} named)" if step > 1 else ""
    ax.set_xlabel(folded(f"share of the layer's neurons, n = {int(sizes.sum()):,} in {rows} layers{few}", width - 0.6))
    figure.legend(loc="outside upper left", ncols=columns, handlelength=1, handleheight=1, columnspacing=1.2)
    return figure


def _by_layer(modules: Modules) -> Tensor:
    """How many neurons of each layer are in each block, in several, dead (l, m + 2)."""
    blocks = len(blocks_of(modules))
    kind = torch.where(modules.dead, blocks + 1, torch.where(modules.candidate >= 0, modules.candidate, blocks))
    table = torch.zeros(len(modules.layers), blocks + 2, dtype=torch.long)
    return table.index_put_((modules.layer, kind), torch.ones_like(kind), accumulate=True)


def _hues(modules: Modules) -> list[str]:
    return colours(modules.shares.shape[1])


def _axes(width: float, height: float) -> tuple[Target, Axes]:
    figure = blank(width, height)
    return figure, figure.add_subplot()
