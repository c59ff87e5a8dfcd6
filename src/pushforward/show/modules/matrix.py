"""The picture of modules: the matrix of squared correlations before and after the neurons are permuted."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from pushforward.modules import Modules
from pushforward.page.modules import blocks_of, shortfall, shown_as_modules
from pushforward.show.canvas import WIDE, bare, plain, spread, styled
from pushforward.show.modules.curve import draw_coverage
from pushforward.show.palette import FAINT, INK, MUTED, colours, sequential
from pushforward.show.sheet import Sheet
from pushforward.show.target import Target

# Points from one line of margin text to the next.
LINE = 10.5
# Points of a side below which what stands under a matrix is broken into two lines.
SLIM = 170
# Inches below the matrices for the curve of coverage.
CURVE = 1.9
# The colour scale ends at this quantile of the matrix; the colour bar says so.
SATURATED = 0.99


class Span(NamedTuple):
    """Rows start … stop of a matrix, and what to write beside them."""

    start: int
    stop: int
    text: str
    colour: str

    @property
    def middle(self) -> float:
        """The row in the middle."""
        return (self.start + self.stop - 1) / 2


class Layout(NamedTuple):
    """The figure's height, the side of the two matrices, and where they and the colour bar stand, in inches.

    Places are (left, top); `bar` is (left, top, width, height).
    """

    height: float
    side: float
    before: tuple[float, float]
    after: tuple[float, float]
    bar: tuple[float, float, float, float]


@styled
def modules_figure(modules: Modules, *, width: float = WIDE, top: float | None = None) -> Target:
    """The matrix of mean squared correlations in network order and ordered by module, and coverage against leak.

    `width` in inches: below 5 the two stand one above the other. `top` ends the colour scale; by default at the
    99th percentile. If the modules are not significant, the best candidate is drawn, and said to be no more.
    """
    layout = _layout(width, above=0.3 if modules.significant else 0.62)
    sheet, points = Sheet(width, layout.height + CURVE), 72 * layout.side
    R = modules.overlap.clone().fill_diagonal_(1)
    off = ~torch.eye(len(R), dtype=torch.bool)
    high = top if top is not None else max(float(R[off].double().quantile(SATURATED)) if len(R) < 4000 else 1.0, 1e-3)
    order = modules.order_of(modules.sample)
    before, after = (sheet.axes(*place, layout.side, layout.side) for place in (layout.before, layout.after))
    image = _matrix(before, R, high)
    _matrix(after, R[order][:, order], high)
    _titles(modules, before, after, points)
    _margin(before, _layer_spans(modules), points, left=True)
    _outline(after, _block_spans(modules, order), firm=shown_as_modules(modules))
    _margin(after, _block_spans(modules, order), points, left=False)
    _bar(sheet, layout, image, modules, mean=float(R[off].mean()), clipped=float(R[off].max()) > high)
    draw_coverage(sheet.axes(0.95, layout.height + 0.2, width - 1.9, CURVE - 0.65), modules)
    return sheet.figure


def _layout(width: float, *, above: float) -> Layout:
    left, right, gap, below, bar = 0.95, 0.95, 0.18, 0.38, 0.66
    if width >= 5:
        side = (width - left - gap - right) / 2
        below += 0.14 * (72 * side < SLIM)
        height, second = bar + below + side + above, left + side + gap
        return Layout(height, side, (left, above), (second, above), (left + side / 2, height - 0.51, side + gap, 0.09))
    left, right = 0.8, 0.75
    side = width - left - right
    step = side + below + above
    height = bar + 2 * step
    return Layout(height, side, (left, above), (left, above + step), (left, height - 0.51, side, 0.09))


def _matrix(ax: Axes, R: torch.Tensor, high: float) -> AxesImage:
    image = ax.imshow(R.numpy(), cmap=sequential(), vmin=0, vmax=high, interpolation_stage="data", aspect="auto")
    bare(ax)
    return image


def _titles(modules: Modules, before: Axes, after: Axes, points: float) -> None:
    few = len(modules.sample) < len(modules.candidate)
    n = f"{len(modules.sample):,}{' sampled' if few else ''} neurons"
    before.set_title("Before: network order", pad=8)
    gap = ",\n" if points < SLIM else ", "
    before.set_xlabel(f"{n}{gap}layer by layer")
    after.set_xlabel(f"the same {n}{gap}{'permuted' if shown_as_modules(modules) else 'best candidate order'}")
    if modules.significant:
        after.set_title("After: module by module", pad=8)
        return
    asked = f"After: {len(modules.blocks)} blocks, as asked for"
    after.set_title(asked if modules.forced else "No significant modules", pad=28)
    lines = "\n".join(shortfall(modules))
    after.text(0, 1.02, lines, transform=after.transAxes, fontsize=7.5, color=MUTED, linespacing=1.3)


def _layer_spans(modules: Modules) -> list[Span]:
    layer = modules.layer[modules.sample]
    rows = [(layer == number).nonzero()[:, 0] for number in layer.unique()]
    names = [modules.layers[int(number)] for number in layer.unique()]
    return [
        Span(int(r[0]), int(r[-1]) + 1, plain(name, 15), MUTED if i % 2 else "#9aa1a6")
        for i, (r, name) in enumerate(zip(rows, names, strict=True))
    ]


def _block_spans(modules: Modules, order: torch.Tensor) -> list[Span]:
    """One span per block, with its size among all neurons, and one for those in none, which come last."""
    sampled, blocks = modules.candidate[modules.sample][order], blocks_of(modules)
    hues = colours(len(blocks)) if shown_as_modules(modules) else [MUTED] * len(blocks)
    spans: list[Span] = []
    for number, colour in enumerate(hues):
        rows = (sampled == number).nonzero()[:, 0]
        if len(rows):
            spans.append(Span(int(rows[0]), int(rows[-1]) + 1, f"{number} · {len(blocks[number]):,}", colour))
    if len(rows := (sampled < 0).nonzero()[:, 0]):
        spans.append(Span(int(rows[0]), len(sampled), f"none · {int((modules.candidate < 0).sum()):,}", FAINT))
    return spans


def _outline(ax: Axes, spans: list[Span], *, firm: bool) -> None:
    for start, stop, text, colour in spans:
        if not text.startswith("none"):
            style = "solid" if firm else (0, (3, 2))
            side = stop - start
            ax.add_patch(
                Rectangle((start - 0.5, start - 0.5), side, side, fill=False, ec=colour, lw=1.3, ls=style, gid="block")
            )
    last = spans[-1] if spans else None
    if last and last.text.startswith("none"):
        for line in (ax.axhline, ax.axvline):
            line(last.start - 0.5, color=MUTED, lw=0.8, ls=(0, (1, 2)))


def _margin(ax: Axes, spans: list[Span], points: float, *, left: bool) -> None:
    """Brackets along the side of a matrix of so many points, with text that is moved apart where they are narrow."""
    rows = spans[-1].stop
    line, size = (LINE, 8) if len(spans) * LINE <= points else (0.85 * LINE, 7)
    step = -(-len(spans) // (1 + int(points / line)))  # -> 1 where all names have room
    x, place = _side(points, left), ax.get_yaxis_transform()
    for start, stop, _, colour in spans:
        corners = [start - 0.3, start - 0.3, stop - 0.7, stop - 0.7]
        ax.plot([x(2), x(5), x(5), x(2)], corners, transform=place, color=colour, lw=1.6, clip_on=False, gid="bracket")
    at = spread([s.middle for s in spans[::step]], line / points * rows, 0, rows - 1)
    for span, y in zip(spans[::step], at, strict=True):
        ax.plot([x(5), x(9)], [span.middle, y], transform=place, color=span.colour, lw=0.8, clip_on=False)
        align = "right" if left else "left"
        ax.text(x(11), y, span.text, transform=place, va="center", ha=align, fontsize=size, color=INK)
    if step > 1:
        ax.set_xlabel(f"{ax.get_xlabel()}\n(1 in {step} {'layers' if left else 'blocks'} named)")


def _side(points: float, left: bool) -> Callable[[float], float]:
    """Points outside the left or right edge, as a share of the axes' width."""
    return lambda outside: -outside / points if left else 1 + outside / points


def _bar(sheet: Sheet, layout: Layout, image: AxesImage, modules: Modules, *, mean: float, clipped: bool) -> None:
    ax = sheet.axes(*layout.bar)
    bar = sheet.figure.colorbar(image, cax=ax, orientation="horizontal", extend="max" if clipped else "neither")  # pyright: ignore[reportArgumentType]
    bar.outline.set(edgecolor=FAINT, linewidth=0.7)  # pyright: ignore[reportCallIssue]
    inputs = len(modules.points)
    over = f", mean of {inputs} inputs" if inputs > 1 else ""
    bar.set_label(f"squared correlation of two neurons{over}")
    ax.plot([mean], [1.0], marker="v", ms=5, color=INK, transform=ax.get_xaxis_transform(), clip_on=False)
    ax.text(mean, 1.7, "mean", transform=ax.get_xaxis_transform(), ha="center", fontsize=7.5, color=INK)
