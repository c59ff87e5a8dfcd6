"""The report as HTML: what each study brings, its figures drawn and numbered, and the templates that lay it out."""

import base64
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure

from pushforward.modules.contrasts import FIXED, LEAKS
from pushforward.modules.finding import AGREEMENT, LEAST, LEVEL, MAJORITY, MOST, TESTED
from pushforward.show import words
from pushforward.show.canvas import NARROW, WIDE, figure_png, figure_svg
from pushforward.show.contrasts import contrast_part
from pushforward.show.generator import generator_part
from pushforward.show.modular import modularity_part
from pushforward.show.modules import network_part
from pushforward.show.part import Part, Plate
from pushforward.show.studies import ContrastStudy, GeneratorStudy, ModularityStudy, ModulesStudy

PARTS: dict[type, Callable[[Any], Part]] = {
    ModulesStudy: network_part,
    GeneratorStudy: generator_part,
    ContrastStudy: contrast_part,
    ModularityStudy: modularity_part,
}
"""Every kind of study, and what makes its part of a report."""
TEMPLATES = Path(__file__).parent / "templates"
CONSTANTS = {
    "LEVEL": LEVEL,
    "MAJORITY": MAJORITY,
    "LEAST": LEAST,
    "MOST": MOST,
    "AGREEMENT": AGREEMENT,
    "TESTED": TESTED,
    "FIXED": FIXED,
    "LEAKS": LEAKS,
}


class Picture(NamedTuple):
    """A numbered figure: for pages (empty if the other will do) and, drawn again, for telephones."""

    number: str
    anchor: str
    caption: str
    alt: str
    wide: str
    narrow: str


class Placed(NamedTuple):
    """A part in its place: its number, its anchor, and its figures as they are numbered there."""

    number: int
    anchor: str
    part: Part
    pictures: dict[str, Picture]


def page(studies: Sequence[Any]) -> str:
    """The whole report."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(CONSTANTS)
    parts = [PARTS[type(study)](study) for study in studies]
    placed = [_placed(part, number, alone=len(parts) == 1) for number, part in enumerate(parts, 1)]
    return environment.get_template("report.html.jinja").render(chapters=placed, heading=_heading(parts))


def _heading(parts: Sequence[Part]) -> str:
    """How many of what the report is about."""
    subjects = [part.subject for part in parts]
    return words.listed([words.counted(subjects.count(what), what) for what in dict.fromkeys(subjects)])


def _placed(part: Part, number: int, *, alone: bool) -> Placed:
    pictures = {}
    for place, plate in enumerate(part.plates, 1):
        which = str(place) if alone else f"{number}.{place}"
        pictures[plate.name] = _picture(plate, which, f"fig-{number}-{plate.name}")
    return Placed(number, f"study-{number}", part, pictures)


def _picture(plate: Plate, number: str, anchor: str) -> Picture:
    narrow = image(plate.draw(NARROW), plate.kind)
    wide = "" if plate.beside else image(plate.draw(WIDE), plate.kind)
    return Picture(number, anchor, plate.caption, plate.alt, wide, narrow)


def image(figure: Figure, kind: str) -> str:
    """A figure as a data URI: matrices and photographs as PNG, charts as SVG."""
    if kind == "chart":
        return "data:image/svg+xml;base64," + base64.b64encode(figure_svg(figure)).decode()
    steps = 96 if kind == "matrix" else None
    return "data:image/png;base64," + base64.b64encode(figure_png(figure, steps=steps)).decode()
