"""A carried property by itself: the changes at both ends, where there is no map to walk along."""

import math

import torch
from torch import Tensor

from pushforward.manifold import PropertyTransfer
from pushforward.page import painted
from pushforward.show.canvas import bare, folded
from pushforward.show.geometry.strips import GAP, HEAD, Strip, Strips
from pushforward.show.palette import INK, MUTED, diverging
from pushforward.show.target import Target

# Inches for the names below the changes, and of a line of text.
BELOW, LINE = 0.3, 0.17


def changes(carried: PropertyTransfer, width: float) -> Target:
    """Inputs on the way, and below them the change at x₀, carried to x₁, and how that differs from a copy.

    Purple where a change makes the input larger and dark grey where smaller, on one scale.
    """
    columns = 9 if width >= 5 else 5
    count = min(columns, len(carried.path))
    inner = carried.path.points[torch.linspace(0, len(carried.path) - 1, count).round().long()]
    way = Strip("the way from x₀ to x₁", f"length {carried.path.length:.2f}", inner)
    lines = folded(_numbers(carried), 1.25 * width).splitlines()
    tile = min(width / columns, 1.2)
    h, w = painted(inner[:1]).shape[1:3]
    tall = (1.6 * tile - GAP) * h / w
    sheet = Strips([way], width, columns=columns, chart=0.1 + HEAD + tall + BELOW + LINE * len(lines))
    sheet.write(0, sheet.top + 0.26, "the change", fontsize=9, weight="bold", va="baseline")
    most = _draw(sheet, carried, 1.6 * tile, tall)
    sheet.write(width, sheet.top + 0.26, f"±{most:.2g}", fontsize=8.5, ha="right", va="baseline", color=MUTED)
    for i, line in enumerate(lines):
        under = sheet.top + 0.1 + HEAD + tall + BELOW + LINE * (i + 0.7)
        sheet.write(0, under, line, fontsize=8.5, color=INK, va="baseline")
    return sheet.figure


def _draw(sheet: Strips, carried: PropertyTransfer, tile: float, tall: float) -> float:
    """The three changes, side by side; the end of their scale."""
    parts = {"at x₀": carried.start, "carried to x₁": carried.vector, "less a copy": carried.vector - carried.start}
    tiles = [_flat(part) for part in parts.values()]
    most = max(*(float(t.abs().max()) for t in tiles), 1e-12)
    for i, (name, change) in enumerate(zip(parts, tiles, strict=True)):
        ax = sheet.axes(i * tile, sheet.top + 0.1 + HEAD, tile - GAP, tall)
        ax.imshow(change.numpy(), cmap=diverging(), vmin=-most, vmax=most, aspect="auto", interpolation="nearest")
        ax.set_gid("change")
        bare(ax)
        middle = i * tile + (tile - GAP) / 2
        sheet.write(middle, sheet.top + 0.1 + HEAD + tall + 0.16, name, ha="center", va="baseline", color=MUTED)
    return most


def _flat(change: Tensor) -> Tensor:
    """The mean over colours.  -> (h w)"""
    return painted(change[None])[0].mean(2)


def _numbers(carried: PropertyTransfer) -> str:
    effect = "" if carried.effect is None else f" {carried.effect.verdict[0].upper()}{carried.effect.verdict[1:]}."
    return (
        f"Rotated by {math.degrees(carried.angle):.0f}° against a copy, of which {carried.copy_tangent:.0%} is tangent "
        f"at x₁. At x₀ {carried.tangent:.0%} of the change was tangent. Its length changed by a factor "
        f"{carried.drift:.2f}; neighbouring tangent spaces cos ≥ {carried.turn:.2f}.{effect}"
    )
