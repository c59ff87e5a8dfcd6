"""What breaks when a module is taken out, against random sets of neurons of the same size."""

from textwrap import fill

from matplotlib.axes import Axes
from torch import Tensor

from pushforward.modules.lesions import Lesions
from pushforward.page import number
from pushforward.show.canvas import WIDE, blank, folded, plain, styled
from pushforward.show.palette import DEAD, MUTED, ON_DARK, ON_PALE, colours, diverging
from pushforward.show.target import Target

# Falls from this share of the largest on are in a colour on which text has to be light.
DARK = 0.5


@styled
def lesions_figure(lesions: Lesions, *, width: float = WIDE) -> Target:
    """How far the metric falls without each module (dot), and without random sets of as many neurons (dashes).

    With more than one metric, a table of modules × metrics: the fall, with the mean of the controls in brackets,
    and a star where the fall is larger than that of every control.
    """
    m, k = lesions.effect.shape
    return _strip(lesions, m, width) if k == 1 else _table(lesions, m, k, width)


def beyond(lesions: Lesions) -> Tensor:
    """Where a fall is larger than that of every control (m, k)."""
    return lesions.effect > lesions.control.amax(1)


def _strip(lesions: Lesions, m: int, width: float) -> Target:
    figure = blank(width, 1.1 + 0.3 * m)
    ax = figure.add_subplot()
    controls = lesions.control.shape[1]
    for b, colour in enumerate(colours(m)):
        drops = lesions.control[b, :, 0].tolist()
        ax.plot(drops, [b] * controls, "|", color=DEAD, ms=11, mew=1.1, label="random neurons" if b == 0 else None)
        ax.plot([float(lesions.effect[b, 0])], [b], "o", color=colour, ms=8, mec="white", mew=0.8)
    ax.axvline(0, color=MUTED, lw=0.7)
    ax.set_yticks(range(m), [_row(lesions, b) for b in range(m)])
    ax.set_ylim(m - 0.5, -0.5)
    ax.tick_params(left=False)
    base = number(float(lesions.baseline[0]))
    label = f"fall of {plain(lesions.metrics[0], 40)} from {base}; dashes: {controls} random sets like it"
    ax.set_xlabel(folded(label, width - 0.5))
    ax.set_title("Without one module")
    return figure


def _table(lesions: Lesions, m: int, k: int, width: float) -> Target:
    figure = blank(width, 1.25 + 0.34 * m)
    ax = figure.add_subplot()
    effect, control = lesions.effect.double(), lesions.control.double().mean(1)
    most = max(float(effect.abs().max()), 1e-9)
    image = ax.imshow(effect.numpy(), cmap=diverging(), vmin=-most, vmax=most, aspect="auto")
    room = width * 62 / k
    stars = beyond(lesions).tolist()
    for b in range(m):
        for j in range(k):
            _cell(ax, (b, j), float(effect[b, j]), float(control[b, j]), stars[b][j], room, most)
    names = [
        f"{fill(plain(name, 60), max(10, int(room / 5)))}\n{number(float(base))}"
        for name, base in zip(lesions.metrics, lesions.baseline, strict=True)
    ]
    ax.set_xticks(range(k), names, rotation=0 if room > 60 else 60, fontsize=8 if room > 60 else 7)
    ax.set_yticks(range(m), [_row(lesions, b) for b in range(m)])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlabel(folded("metric, and its value in the whole network", width - 1))
    bar = figure.colorbar(image, ax=ax, fraction=0.04, pad=0.02)
    bar.set_label("fall")
    bar.outline.set_visible(False)  # pyright: ignore[reportAttributeAccessIssue]
    ax.set_title("Without one module")
    return figure


def _cell(ax: Axes, at: tuple[int, int], fall: float, control: float, star: bool, room: float, most: float) -> None:
    b, j = at
    hue = ON_DARK if abs(fall) > DARK * most else ON_PALE
    text = f"{number(fall, 2)}{'*' if star else ''}"
    if room >= 58:
        text += f" ({number(control, 2)})"
    if room >= 24:
        ax.text(j, b, text, ha="center", va="center", fontsize=8, weight="bold" if star else "normal", color=hue)
    elif star:
        ax.text(j, b, "*", ha="center", va="center", color=hue)


def _row(lesions: Lesions, b: int) -> str:
    return f"module {b} · {int(lesions.sizes[b]):,}"
