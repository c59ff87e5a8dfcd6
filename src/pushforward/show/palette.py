"""Every colour of the figures and the report: safe for the colour-blind, and readable in print."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.colors import ListedColormap

# The palette of Okabe and Ito (2008), its yellow darkened so that it shows on white.
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C7A00")
# Text, secondary text, rules, background.
INK, MUTED, FAINT, PAPER = "#1a1c1e", "#5c6368", "#c9ced2", "#ffffff"
# Neurons in no module because they load on several, and dead ones.
NONE, DEAD = "#d5d9dc", "#9aa1a6"
SEQUENTIAL = ("#ffffff", "#8cb9dc", "#0a1f44")
DIVERGING = ("#2f3a43", "#f7f7f7", "#7b3294")
# A line or bar, one that stands out, a pale one: none of them the colour of a module.
SERIES, MARK, PALE = "#3b4650", "#7b3294", "#a9b4bd"
# Text on pale and on dark cells, which have the same colours on light and dark pages.
ON_PALE, ON_DARK = "#17191b", "#fdfdfd"

Colour = tuple[float, float, float]


def colours(count: int) -> list[str]:
    """One colour for each module: seven hues, then the same darker, then lighter; a number always stands beside.

    >>> colours(2)
    ['#0072B2', '#D55E00']
    """
    hues = len(OKABE_ITO)
    towards = (None, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    return [_mixed(OKABE_ITO[i % hues], towards[i // hues % 3]) for i in range(count)]


def sequential() -> "ListedColormap":
    """From white to a dark blue in steps that look equal (equal distances in OKLab)."""
    from matplotlib.colors import ListedColormap

    return ListedColormap(_ramp(SEQUENTIAL, 256), name="pushforward-sequential")


def diverging() -> "ListedColormap":
    """Slate, white, purple: below, at and above zero; no module has such a colour."""
    from matplotlib.colors import ListedColormap

    low, middle, high = DIVERGING
    halves = _ramp((low, middle), 128), _ramp((middle, high), 128)
    return ListedColormap(np.concatenate(halves), name="pushforward-diverging")


def flat_colours(steps: int) -> list[tuple[int, int, int]]:
    """At most 256 colours, as bytes, in which a matrix with brackets and text can be drawn: `steps` for the matrix.

    >>> len(flat_colours(128))
    232
    """
    ramp = sequential()
    parts = [ramp(i / (steps - 1))[:3] for i in range(steps)]
    values = [(round(255 * r), round(255 * g), round(255 * b)) for r, g, b in parts]
    for name in (INK, MUTED, FAINT, NONE, DEAD, *colours(3 * len(OKABE_ITO))):
        for share in (0.0, 0.3, 0.55, 0.8):  # towards the paper, for smooth edges
            mixed = _mixed(name, (1.0, 1.0, 1.0), share)
            values.append((int(mixed[1:3], 16), int(mixed[3:5], 16), int(mixed[5:7], 16)))
    return values


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Colours (n, 3) in sRGB as lightness and two opponent colours (Ottosson 2020), where distances look alike."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T


def _srgb(lab: np.ndarray) -> np.ndarray:
    linear = ((lab @ np.linalg.inv(_TO_LAB).T) ** 3) @ np.linalg.inv(_TO_LMS).T
    linear = linear.clip(0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055).clip(0, 1)


def _ramp(stops: tuple[str, ...], steps: int) -> np.ndarray:
    """The broken line through the stops in OKLab, walked at constant speed.  -> (steps, 3) in sRGB"""
    from matplotlib.colors import to_rgb

    corners = oklab(np.array([to_rgb(stop) for stop in stops]))
    walked = np.concatenate([[0.0], np.linalg.norm(np.diff(corners, axis=0), axis=1).cumsum()])
    at = np.linspace(0, walked[-1], steps)
    return _srgb(np.stack([np.interp(at, walked, axis) for axis in corners.T], axis=1))


def _mixed(colour: str, other: Colour | None, share: float = 0.42) -> str:
    if other is None:
        return colour
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return "#" + "".join(f"{round(255 * ((1 - share) * p + share * o)):02X}" for p, o in zip(parts, other, strict=True))


_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
