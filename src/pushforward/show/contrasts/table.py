"""Which module can be moved while which other is kept fixed, for all pairs."""

from math import isnan

from matplotlib.axes import Axes

from pushforward.modules.contrasts import FULL, Contrasts
from pushforward.page.contrasts import percent
from pushforward.show.canvas import WIDE, blank, folded, plain, styled
from pushforward.show.palette import INK, MUTED, PAPER, sequential
from pushforward.show.target import Target

# What stands beside the number, by verdict.
MARKS = {"kept fixed": "●", "off-target change": "○", "not separated": "×", "no such direction": "∅"}
# From this leak on text is white.
DARK = 0.55
# Inches of a cell in which mark and number stand side by side, and of one in which there is a mark alone.
ROOMY, TIGHT = 0.75, 0.4


@styled
def contrasts_figure(contrasts: Contrasts, *, width: float = WIDE) -> Target:
    """The leak of every module (columns) while another moves (rows), as a heat map with numbers and verdicts.

    A star marks a pair in which the moved module did not come as far as it should; pairs not done yet are blank.
    """
    names = [plain(name, 14) for name in contrasts.names]
    m, longest = len(names), max(map(len, names))
    cell = (width - 0.075 * (longest + 8)) / m
    upright = cell >= 0.075 * longest
    tall = min(max(cell, 0.3), 0.5)
    figure = blank(width, m * tall + 1.1 + (0 if upright else 0.07 * longest))
    ax = figure.add_subplot()
    leak = contrasts.leak.double().nan_to_num(0).clamp(0, 1)
    ax.imshow(leak.numpy(), cmap=sequential(), vmin=0, vmax=1, aspect="auto")
    for i in range(m):
        for j in range(m):
            _cell(ax, contrasts, (i, j), cell)
    ax.set_xticks(range(m), names, rotation=0 if upright else 90)
    ax.set_yticks(range(m), [f"{name} · {size:,}" for name, size in zip(names, contrasts.sizes, strict=True)])
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    title = folded(f"Leak of each column, each row moved by {contrasts.distance:g} σ", width)
    figure.suptitle(title, x=0.01, ha="left", fontsize=9.5, weight="bold")
    ax.set_xlabel(folded(_legend(contrasts), 0.9 * width))
    return figure


def _legend(contrasts: Contrasts) -> str:
    """The marks that occur, and how many pairs are done."""
    said, m = {verdict.kind for *_, verdict in contrasts.verdicts}, len(contrasts.names)
    marks = [f"{mark} {kind}" for kind, mark in MARKS.items() if kind in said]
    stars = ["* came less far"] if any(_short(contrasts, i, j) for i, j, _ in contrasts.verdicts) else []
    pairs = m * (m - 1) // 2
    left = [] if contrasts.done == pairs else [f"{contrasts.done} of {pairs} pairs done"]
    return ", ".join([*marks, *stars, "colour from 0 to 100%", *left])


def _short(contrasts: Contrasts, i: int, j: int) -> bool:
    """Whether module i did not come as far as it should while j was kept fixed."""
    return bool(contrasts.moved[i, j] < FULL * contrasts.distance)


def _cell(ax: Axes, contrasts: Contrasts, at: tuple[int, int], inches: float) -> None:
    i, j = at
    leak = float(contrasts.leak[i, j])
    style = {"ha": "center", "va": "center", "fontsize": 8 if inches >= ROOMY else 7}
    if i == j:
        ax.text(j, i, "·", color=MUTED, **style)
    elif not isnan(leak):
        mark = MARKS[contrasts.verdict(i, j).kind] + ("*" if _short(contrasts, i, j) else "")
        number = "" if inches < TIGHT else f"{' ' if inches >= ROOMY else chr(10)}{percent(leak)}"
        ax.text(j, i, mark + number, color=PAPER if leak > DARK else INK, **style)
