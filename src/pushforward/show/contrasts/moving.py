"""A contrast as a moving picture: the frames forth and back, again and again."""

import io
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor

from pushforward.modules import Contrast, Traversal
from pushforward.show.canvas import figure_png, indexed, look
from pushforward.show.contrasts.figure import PLAIN
from pushforward.show.contrasts.kinds import view_of
from pushforward.show.contrasts.view import View
from pushforward.show.palette import INK, PAPER
from pushforward.show.sheet import Sheet

# Milliseconds of a frame, and of the first and the last.
PAUSE, STAY = 140, 700
# Inches of the longer side of a picture, of the margin, of the text above and below, and of numbers at axes.
SIDE, EDGE, HEAD, FOOT, TICKS = 2.3, 0.15, 0.3, 0.27, 0.22
# Colours of the frames, and those that are kept whatever the frames are.
COLOURS, KEPT = 120, (PAPER, INK, *PLAIN.values())
DPI = 100


def contrast_gif(result: Contrast | Traversal, *, tokens: Mapping[Any, Any] | Tensor | None = None) -> bytes:
    """A GIF of a traversal, or of both of a contrast side by side, labelled with how far both blocks moved, in σ.

    It runs forth and back and repeats; the same bytes every time. Write it with `Path("c.gif").write_bytes(...)`.
    Raises `BadInput` for a vocabulary `tokens` that does not fit.

    >>> import torch
    >>> import pushforward as pf
    >>> from pushforward.rng import normal
    >>> from pushforward.show.figures import contrast_gif
    >>> net, inputs, X = pf.Neurons(torch.nn.Identity()), pf.Gaussian.isotropic((4,)), normal((30, 4), seed=0)
    >>> c = pf.contrast(net, inputs, [0, 1], [2, 3], start=X, starts=4, frames=2, seed=0)
    >>> contrast_gif(c.a)[:6]
    b'GIF89a'
    """
    traversals = (result,) if isinstance(result, Traversal) else (result.a, result.b)
    view = view_of(traversals, tokens)
    count = max(len(t.moved) for t in traversals)
    steps = [*range(count), *range(count - 2, 0, -1)]
    with look():
        drawn = [_pixels(_still(view, traversals, i / max(count - 1, 1))) for i in range(count)]
    times = [STAY if i in (0, count - 1) else PAUSE for i in steps]
    return _gif([drawn[i] for i in steps], times)


def _still(view: View, traversals: Sequence[Traversal], share: float) -> Figure:
    """All traversals at one share of the way."""
    wide, tall = SIDE / max(1, view.aspect), SIDE * min(1, view.aspect)
    ticks = TICKS if view.ticked else 0.0
    room = max(wide, 1.5) + ticks + EDGE
    sheet = Sheet(room * len(traversals) + EDGE, HEAD + tall + ticks + FOOT)
    for which, t in enumerate(traversals):
        i, left = round(share * (len(t.moved) - 1)), EDGE + ticks + which * room
        view.still(sheet.axes(left, HEAD, wide, tall), which, i)
        _label(sheet, t, i, left)
    return cast(Figure, sheet.figure)  # none was given


def _label(sheet: Sheet, t: Traversal, frame: int, left: float) -> None:
    """Who moves above, how far below."""
    (who, other), moved, below = t.names, float(t.moved[frame]), sheet.height - FOOT + 0.07
    sheet.write(left, 0.08, f"{who} moves, {other} fixed", fontsize=9, weight="bold")
    sheet.write(left, below, f"{who} {moved:.2f} σ", fontsize=9, color=PLAIN[who])
    sheet.write(left + 0.75, below, f"{other} {moved * float(t.leaked[frame]):.2f} σ", fontsize=9, color=PLAIN[other])


def _pixels(figure: Figure) -> np.ndarray:
    with Image.open(io.BytesIO(figure_png(figure, dpi=DPI))) as image:
        return np.asarray(image.convert("RGB"))


def _gif(frames: Sequence[np.ndarray], times: Sequence[int]) -> bytes:
    """Frames in the colours of all of them together, so that none flickers, and in those of the house."""
    most = Image.fromarray(np.concatenate(frames)).quantize(COLOURS, dither=Image.Dither.NONE).getpalette() or []
    colours = most[: 3 * COLOURS] + [int(name[i : i + 2], 16) for name in KEPT for i in (1, 3, 5)]
    few = [Image.fromarray(indexed(frame, np.reshape(colours, (-1, 3)))) for frame in frames]
    for frame in few:
        frame.putpalette(colours)
    out = io.BytesIO()
    few[0].save(out, "gif", save_all=True, append_images=few[1:], duration=list(times), loop=0, optimize=False)
    return out.getvalue()
