"""What a study brings to a report: what is said of it, its figures, and the template that lays them out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from matplotlib.figure import Figure

from pushforward.page import Verdict

Draw = Callable[[float], Figure]


class Plate(NamedTuple):
    """A figure of a report: how it is drawn at a width in inches, what stands under it, and what replaces it.

    `kind`: matrices are kept as PNG in few colours, photographs in all, charts as SVG. `beside`: whether it stands next
    to another, so that the narrow drawing does for pages too.
    """

    name: str
    draw: Draw
    caption: str
    alt: str
    kind: Literal["matrix", "photograph", "chart"] = "chart"
    beside: bool = False


@dataclass(frozen=True)
class Part:
    """One study's part of a report; every kind of study has a function that makes it.

    `subject` is what headings count, `good` whether there is something found; `tiles` are the main numbers: what, how
    much, compared with what. `told` is all else that the template shows, by name.
    """

    study: Any
    subject: str
    template: str
    verdict: Verdict
    good: bool
    tiles: tuple[tuple[str, str, str], ...]
    plates: tuple[Plate, ...]
    told: dict[str, Any]


def described(kind: str, caption: str) -> str:
    """What a reader who cannot see a figure should know: what kind it is, then its caption's first sentence.

    >>> described("Falling curve", "Singular values. All of them.")
    'Falling curve. Singular values.'
    """
    return f"{kind}. {caption.split('. ')[0].rstrip('.')}."
