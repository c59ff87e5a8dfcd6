"""A change of one input, carried to another and copied there."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.manifold import PropertyTransfer, exponential
from pushforward.manifold.geometry import Map
from pushforward.page import are_pictures
from pushforward.show.canvas import WIDE, blank, folded, styled
from pushforward.show.geometry.changes import changes
from pushforward.show.geometry.plane import plane
from pushforward.show.geometry.strips import Strip, Strips
from pushforward.show.palette import INK, MARK, MUTED, SERIES
from pushforward.show.target import Target

STEPS = (-2, -1, 0, 1, 2)
# How long a step is, as a share of the path's length.
REACH = 1 / 6
# Steps of the geodesics that are walked to the furthest inputs.
WALK = 4


class Walks(NamedTuple):
    """Inputs along the change at x₀, along the carried change at x₁, and x₁ plus the change; each (5, *shape)."""

    start: Tensor
    carried: Tensor
    copied: Tensor


@styled
def property_transfer_figure(
    carried: PropertyTransfer, mapping: Map | None = None, *, reach: float | None = None, width: float = WIDE
) -> Target:
    """What a change does to the input it was found at, to the one it was carried to, and what copying it does there.

    Each is walked two steps of length `reach` both ways, by default a sixth of the path's length each: along the
    manifold at x₀ and, carried, at x₁; copied, it is added to x₁, which leaves the manifold. Without the `mapping`
    there is no manifold to walk on, and the changes themselves are drawn. Points that are no pictures are drawn along
    their two principal directions, with arrows.
    """
    reach = REACH * carried.path.length if reach is None else reach
    if not are_pictures(tuple(carried.start.shape)):
        return _arrows(carried, reach, width)
    return changes(carried, width) if mapping is None else _walked_strips(carried, mapping, reach, width)


def _way(carried: PropertyTransfer, columns: int) -> Strip:
    """Inputs on the path, from end to end."""
    count = min(columns, len(carried.path))
    inner = carried.path.points[torch.linspace(0, len(carried.path) - 1, count).round().long()]
    return Strip("the way from x₀ to x₁", f"length {carried.path.length:.2f}", inner)


def _walked_strips(carried: PropertyTransfer, mapping: Map, reach: float, width: float) -> Target:
    seen = walks(carried, mapping, reach)
    names = tuple(f"{'−' if s < 0 else '+' if s > 0 else ''}{abs(s) * reach:.2g}" for s in STEPS)
    few = 9 if width >= 5 else 5
    strips = [
        _way(carried, few),
        Strip("x₀, the change", f"{carried.tangent:.0%} tangent to the data", seen.start, names),
        Strip("x₁, the change carried", f"rotated by {math.degrees(carried.angle):.0f}°", seen.carried, names),
        Strip("x₁, the change copied", f"{carried.copy_tangent:.0%} tangent", seen.copied, names, scaling=False),
    ]
    lines = [] if carried.effect is None else folded(f"{carried.effect}", width).splitlines()
    sheet = Strips(strips, width, columns=few, chart=0.17 * len(lines) + 0.06 * bool(lines))
    for i, line in enumerate(lines):
        sheet.write(0, sheet.top + 0.14 + 0.17 * i, line, fontsize=8.5, color=INK, va="baseline")
    return sheet.figure


@torch.no_grad()
def walks(carried: PropertyTransfer, mapping: Map, reach: float) -> Walks:
    """Two steps each way."""
    z, x1 = carried.path.latents, carried.path.points[-1]
    unit = carried.start / carried.start.norm()
    along = carried.vector / carried.vector.norm().clamp_min(torch.finfo(z.dtype).tiny)
    steps = torch.tensor(STEPS).to(x1).reshape(-1, *[1] * x1.ndim) * reach
    return Walks(_walked(mapping, z[0], unit, reach), _walked(mapping, z[-1], along, reach), x1 + steps * unit)


def _walked(mapping: Map, z: Tensor, unit: Tensor, reach: float) -> Tensor:
    """Both ways from z; where the latent ends, the last input is shown again."""
    parts = []
    for sign in (-1, 1):
        path = exponential(mapping, z, 2 * sign * reach * unit, steps=2 * WALK, latents=True)
        parts.append([path.points[min(i * WALK, len(path) - 1)] for i in range(3)])
    back, ahead = parts
    return torch.stack([back[2], back[1], *ahead]).cpu()


def _arrows(carried: PropertyTransfer, reach: float, width: float) -> Target:
    figure = blank(width, min(width, 4.2))
    ax = figure.add_subplot()
    path, unit = carried.path, 2 * reach / carried.start.norm()
    tips = [path.points[0] + unit * carried.start, path.points[-1] + unit * carried.vector]
    seen = plane(torch.cat([path.points.flatten(1), *[tip.reshape(1, -1) for tip in tips]]))
    ax.plot(*seen.at(path.points), "o-", ms=2.5, lw=1.2, color=MUTED)
    arrows = (
        (0, carried.start, SERIES, "the change at x₀"),
        (-1, carried.vector, SERIES, "carried to x₁"),
        (-1, carried.start, MARK, "copied to x₁"),
    )
    for end, v, colour, name in arrows:
        (x, *_), (y, *_) = seen.at(path.points[end][None])
        dx, dy = seen.along(unit * v)
        ax.annotate("", (x + dx, y + dy), (x, y), arrowprops={"arrowstyle": "->", "color": colour, "lw": 1.6})
        ax.plot([x, x + dx], [y, y + dy], "-", lw=0, color=colour)  # arrows do not count for the limits
        ax.annotate(
            name,
            (x + dx, y + dy),
            xytext=(3, 3 if dy >= 0 else -10),
            textcoords="offset points",
            color=colour,
            fontsize=8,
        )
    ax.set_aspect("equal", "datalim")
    ax.margins(0.16)
    ax.set_xlabel(seen.names[0])
    ax.set_ylabel(seen.names[1])
    turned, tangent = f"{math.degrees(carried.angle):.0f}°", f"{carried.copy_tangent:.0%}"
    sentence = f"Rotated by {turned} against a copy, of which {tangent} is tangent at x₁"
    figure.suptitle(folded(sentence, width), x=0.01, ha="left", fontsize=9.5, weight="bold")
    return figure
