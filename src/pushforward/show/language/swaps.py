"""Token swaps: how much the best of them and random ones change both sets of neurons."""

from matplotlib.axes import Axes

from pushforward.language import Swap, Swaps
from pushforward.show.canvas import WIDE, begun, folded, plain, styled
from pushforward.show.palette import DEAD, INK, MARK, MUTED
from pushforward.show.sheet import Sheet
from pushforward.show.target import Target

# Swaps that are written out, at most, and inches of a line of them and of the chart.
ROWS, ROW, CHART = 8, 0.2, 2.5
# Characters of a token.
TOKEN = 24


@styled
def swaps_figure(swaps: Swaps, *, width: float = WIDE) -> Target:
    """How far each swap moves A, and how much B of that: the best in colour, random ones in grey; the best as words."""
    best = swaps.swaps[:ROWS]
    sheet = Sheet(width, 0.85 + CHART + 0.45 + ROW * len(best) + 0.1)
    sheet.write(0.05, 0.04, "Tokens that move A and leave B", fontsize=9.5, weight="bold")
    sheet.write(0.05, 0.26, folded(swaps.verdict, width * 1.32), color=MUTED, linespacing=1.3)
    ax = sheet.axes(0.65, 0.85, width - 0.8, CHART)
    _dots(ax, swaps)
    for row, swap in enumerate(best):
        _line(sheet, swap, 0.85 + CHART + 0.5 + row * ROW)
    return sheet.figure


def _dots(ax: Axes, swaps: Swaps) -> None:
    moving = swaps.random_moved > 0
    random = swaps.random_moved[moving].tolist(), (100 * swaps.random_off_target[moving]).tolist()
    ax.plot(*random, "o", ms=2.5, color=DEAD, gid="random", label=f"{len(random[0])} random swaps")
    own = [s.moved for s in swaps.swaps], [100 * s.off_target for s in swaps.swaps]
    ax.plot(*own, "o", ms=5, color=MARK, mec="white", mew=0.6, gid="best", label=f"the best {len(own[0])}")
    ax.axvline(swaps.distance, color=MUTED, lw=0.7, ls="--")
    ax.set_yscale("log")
    ax.set_xlabel("A moves (σ)")
    ax.set_ylabel("off-target change of B (%)")
    ax.legend(fontsize=7.5, loc="upper right")


def _line(sheet: Sheet, swap: Swap, top: float) -> None:
    """Its numbers, and the prompt with the token that is replaced."""
    words = [plain(token.strip(), TOKEN) for token in swap.tokens]
    words[swap.position] = f"[{words[swap.position]} → {plain(swap.token.strip(), TOKEN)}]"
    sheet.write(0.05, top, f"{swap.moved:.2f} σ", fontsize=8, color=MARK)
    sheet.write(0.65, top, f"{swap.off_target:.1%}", fontsize=8, color=MUTED)
    sheet.write(1.25, top, begun(" ".join(words), int((sheet.width - 1.3) * 15)), fontsize=8, color=INK)
