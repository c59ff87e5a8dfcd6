"""A geodesic beside the straight line and the cross-fade."""

import torch
from matplotlib.axes import Axes
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.manifold import Path
from pushforward.page import are_pictures, number
from pushforward.show.canvas import WIDE, blank, folded, styled
from pushforward.show.geometry.plane import Plane, plane
from pushforward.show.geometry.strips import Strip, Strips
from pushforward.show.palette import INK, MARK, MUTED, SERIES
from pushforward.show.target import Target

# Colours of the geodesic and of the straight line.
TIGHT, LINE = SERIES, MARK


@styled
def path_figure(path: Path, straight: Path | None = None, *, width: float = WIDE) -> Target:
    """The points of a geodesic, below them those of the straight line and the cross-fade of the two ends.

    Beside each strip stand its length and its lowest log density, and below them the log density along both, where the
    map is a generator. Points that are no pictures are drawn as curves along their two principal directions.
    Raises `BadInput` if the two do not have the same ends.
    """
    if straight is not None and not torch.allclose(path.points[[0, -1]], straight.points[[0, -1]], atol=1e-3):
        raise BadInput("`path_figure`: the straight line has other ends than the path. Make it of the same inputs.")
    if are_pictures(tuple(path.points.shape[1:])):
        return _pictures(path, straight, width)
    return _curves(path, straight, width)


def _pictures(path: Path, straight: Path | None, width: float) -> Target:
    columns = min(len(path), 9 if width >= 5 else 5)
    strips = [Strip("geodesic", told(path), path.points[_spaced(path, columns)])]
    if straight is not None:
        strips.append(Strip("straight line", told(straight), straight.points[_spaced(straight, columns)]))
    faded = crossfade(path, columns)
    strips.append(Strip("cross-fade", f"length {float((faded[-1] - faded[0]).norm()):.2f}, off the data", faded))
    if path.log_density is None:
        return Strips(strips, width, columns=columns).figure
    sheet = Strips(strips, width, columns=columns, chart=1.75)
    _densities(sheet.axes(0.6, sheet.top + 0.3, width - 0.7, 0.98), path, straight)
    return sheet.figure


def _curves(path: Path, straight: Path | None, width: float) -> Target:
    both = path.log_density is not None
    wide = width >= 5
    figure = blank(width, 3.2 if wide or not both else 5.6)
    shown = figure.subplots(1, 2) if both and wide else figure.subplots(2, 1) if both else [figure.subplots()]
    lines = [path.points] if straight is None else [path.points, straight.points]
    seen = plane(torch.cat([line.flatten(1) for line in lines]))
    _drawn(shown[0], seen, path, straight)
    if both:
        _densities(shown[1], path, straight)
    title = f"Geodesic: {told(path)}" + ("" if straight is None else f"; straight line: {told(straight)}")
    figure.suptitle(folded(title, width), x=0.01, ha="left", fontsize=9.5, weight="bold")
    return figure


def _drawn(ax: Axes, seen: Plane, path: Path, straight: Path | None) -> None:
    if straight is not None:
        ax.plot(*seen.at(straight.points), "o-", ms=2.5, lw=1, color=LINE, label="straight line")
    ax.plot(*seen.at(path.points), "o-", ms=2.5, lw=1.4, color=TIGHT, label="geodesic")
    ax.plot(*seen.at(path.points[[0, -1]]), "--", lw=0.8, color=MUTED, label="cross-fade", zorder=0)
    ax.plot(*seen.at(path.points[[0, -1]]), "o", ms=5, color=INK, zorder=5)
    ax.set_aspect("equal", "datalim")
    ax.set_xlabel(seen.names[0])
    ax.set_ylabel(seen.names[1])
    ax.legend(loc="best", handlelength=1.2)


def _densities(ax: Axes, path: Path, straight: Path | None) -> None:
    """The log density against the share of the way."""
    for each, colour, name in ((straight, LINE, "straight line"), (path, TIGHT, "geodesic")):
        if each is not None and each.log_density is not None:
            ax.plot(_way(each).tolist(), each.log_density.tolist(), "o-", ms=3, lw=1.2, color=colour, label=name)
    ax.set_xlabel("share of the length")
    ax.set_ylabel("log p (nats)")
    ax.set_xlim(-0.01, 1.01)
    if straight is not None:
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, handlelength=1.2, borderaxespad=0.1)


def told(path: Path) -> str:
    """Length, jumps and lowest density, in a few words."""
    parts = [f"length {path.length:.2f}"]
    if path.jumps.any():
        count = int(path.jumps.sum())
        parts.append(f"{count} jump{'s' * (count > 1)}, {float(path.links[path.jumps].max()):.2f} at most")
    if path.log_density is not None:
        parts.append(f"lowest log p {number(float(path.log_density.min()), 1)}")
    return ", ".join(parts)


def crossfade(path: Path, count: int) -> Tensor:
    """Mixtures of the two ends in equal steps.  -> (count, *shape)"""
    share = torch.linspace(0, 1, count).to(path.points).reshape(-1, *[1] * (path.points.ndim - 1))
    return path.points[:1] + share * (path.points[-1:] - path.points[:1])


def _way(path: Path) -> Tensor:
    along = torch.cat([path.links.new_zeros(1), path.links.cumsum(0)])
    return along / along[-1].clamp_min(torch.finfo(along.dtype).tiny)


def _spaced(path: Path, count: int) -> Tensor:
    """Which points to show: those nearest to equal shares of the length, each once and in order."""
    way, aims = _way(path), torch.linspace(0, 1, count).to(path.links)
    chosen = (way[None] - aims[:, None]).abs().argmin(1).tolist()
    for i in range(1, count):
        chosen[i] = max(chosen[i], chosen[i - 1] + 1)
    for i in reversed(range(count)):
        chosen[i] = min(chosen[i], len(path) - count + i)
    return torch.tensor(chosen)
