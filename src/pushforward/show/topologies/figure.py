"""The topology of data: landmarks laid out, the bars of their nerve, and what was read."""

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.manifold.topologies import ALIVE, BORN, Topology
from pushforward.page import are_pictures, painted, shade
from pushforward.page.manifolds import rows
from pushforward.show.canvas import WIDE, bare, blank, folded, styled
from pushforward.show.palette import DEAD, FAINT, INK, MARK, MUTED, SERIES, sequential
from pushforward.show.target import Target

# Bars of each dimension that are drawn at most.
BARS = 9
# The size of an input that is laid out, as a share of the panel.
PICTURE = 0.13


@styled
def topology_figure(result: Topology, *, X: Tensor | None = None, width: float = WIDE) -> Target:
    """Landmarks in their two leading geodesic coordinates, bars of homology, and the readings as a table.

    With the data X that were given, if they are pictures, inputs stand where their landmarks are. Bars that cross the
    shaded window count; the colour of a landmark is its third coordinate. Raises `BadInput` for an X of other points.
    """
    wide = width >= 5
    figure = blank(width, 3.3 if wide else 8.6)
    figure.suptitle(folded(_title(result), width), x=0.01, ha="left", fontsize=9.5, weight="bold")
    laid, bars, table = (
        figure.subplots(1, 3, width_ratios=(1.0, 0.85, 1.15))
        if wide
        else figure.subplots(3, 1, height_ratios=(1.1, 0.8, 1.0))
    )
    if len(result.layout):
        _landmarks(laid, result, width / 3 if wide else width)
        if X is not None:
            _pictures(laid, result, X)
        _bars(bars, result)
    else:
        for ax in (laid, bars):
            bare(ax)
            ax.text(0.5, 0.5, "nothing was laid out", ha="center", va="center", color=MUTED, transform=ax.transAxes)
    _table(table, result, 44 if wide else 58)
    return figure


def _title(result: Topology) -> str:
    if result.name is None:
        return "Topology undetermined"
    sure = "confident" if result.confident else "not confident"
    return f"{result.name[0].upper()}{result.name[1:]}: {result.stability:.0%} of the looks agree, {sure}"


def _landmarks(ax: Axes, result: Topology, room: float) -> None:
    """Landmarks, and lines between those whose balls overlap."""
    at = result.layout[:, :2].numpy()
    ax.add_collection(LineCollection(list(at[result.edges.numpy()]), colors=FAINT, linewidths=0.6, zorder=1))
    ax.scatter(at[:, 0], at[:, 1], c=result.layout[:, 2].numpy(), cmap=sequential(), s=14, edgecolors=INK,
               linewidths=0.4, zorder=2)  # fmt: skip
    ax.set_aspect("equal", adjustable="datalim")
    ax.margins(0.12)
    bare(ax)
    more = ", largest part" if result.components > 1 else ""
    ax.set_xlabel(folded(f"{len(at)} landmarks by geodesic distance{more}", room))


def _pictures(ax: Axes, result: Topology, X: Tensor) -> None:
    """Inputs at as many landmarks as there is room for."""
    if not bool((result.which >= 0).all()) or len(X) <= int(result.which.max()):
        raise BadInput(
            f"`plot(X=)`: {len(X)} points were given; the ones that `pf.topology(X)` was called with are needed. "
            "Of a generator there are none: leave X out."
        )
    if not are_pictures(tuple(X.shape[1:])):
        return
    at = result.layout[:, :2]
    size = float((at.max(0).values - at.min(0).values).max()) * PICTURE
    placed = apart(at, size)
    tiles = painted(X[result.which[placed]])
    tiles = shade(tiles, float(tiles.min()), float(tiles.max()))
    half = size / 2
    for tile, (x, y) in zip(tiles, at[placed].tolist(), strict=True):
        shown = (tile[..., 0] if tile.shape[2] == 1 else tile).numpy()
        ax.imshow(shown, cmap="gray", vmin=0, vmax=1, extent=(x - half, x + half, y - half, y + half), zorder=3)
    ax.autoscale_view()


def apart(at: Tensor, size: float) -> list[int]:
    """Numbers of those of the points (n, 2), the first first, on which squares of this size do not overlap.

    >>> import torch
    >>> apart(torch.tensor([[0.0, 0.0], [0.5, 0.5], [0.0, 1.0]]), 1.0)
    [0, 2]
    """
    placed: list[int] = []
    for i, point in enumerate(at):
        if bool(((at[placed] - point).abs().amax(1) >= size).all()):
            placed.append(i)
    return placed


def _bars(ax: Axes, result: Topology) -> None:
    """The longest bars of each dimension, those that count in colour."""
    y, ticks = 0, []
    ax.axvspan(BORN, ALIVE, color=DEAD, alpha=0.25, lw=0)
    for k in sorted({int(bar[0]) for bar in result.bars}):
        lifetimes = result.bars[result.bars[:, 0] == k]
        lifetimes = lifetimes[(lifetimes[:, 2] - lifetimes[:, 1]).argsort(descending=True)][:BARS]
        counts = [bool(birth <= BORN and death >= ALIVE) for _, birth, death in lifetimes.tolist()]
        for (_, birth, death), count in zip(lifetimes.tolist(), counts, strict=True):
            ax.plot([birth, min(death, 1.08 * ALIVE)], [-y, -y], color=(SERIES, MARK, MUTED)[k % 3] if count else DEAD,
                    lw=2.6 if count else 1.4, solid_capstyle="butt")  # fmt: skip
            y += 1
        ticks.append((-(y - len(lifetimes) / 2 - 0.5), f"b{k} = {sum(counts)}"))
        y += 1
    ax.set_yticks([at for at, _ in ticks], [text for _, text in ticks])
    ax.set_xlim(0, 1.08 * ALIVE)
    ax.set_ylim(-y + 0.5, 1)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("radius of the balls / radius that covers")


def _table(ax: Axes, result: Topology, columns: int) -> None:
    """The readings, one below the other."""
    bare(ax)
    ax.spines[:].set_visible(False)
    text = rows(result, columns)
    step = min(0.075, 1 / (1 + sum(value.count("\n") + 1 for _, value in text)))
    y = 1.0
    for head, value in text:
        ax.text(0.0, y, head, va="top", color=MUTED, fontsize=8, transform=ax.transAxes)
        ax.text(0.36, y, value, va="top", fontsize=8, transform=ax.transAxes)
        y -= step * (value.count("\n") + 1)
