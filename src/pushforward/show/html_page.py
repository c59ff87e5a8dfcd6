"""The report as HTML: what each study brings, its figures drawn and numbered, and the templates that lay it out."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from pushforward import page as words
from pushforward.modules.contrasts import FIXED, LEAKS
from pushforward.modules.finding import AGREEMENT, LEAST, LEVEL, MAJORITY, MOST, TESTED
from pushforward.page import document, same_network, scenes_of
from pushforward.page.contrasts import sets_of
from pushforward.page.studies import ContrastStudy, GeneratorStudy, ModularityStudy, ModulesStudy
from pushforward.show.canvas import NARROW, WIDE, figure_svg
from pushforward.show.contrasts import contrast_part
from pushforward.show.generator import generator_part
from pushforward.show.inline import inline
from pushforward.show.modular import modularity_part
from pushforward.show.modules import network_part
from pushforward.show.part import Part, Plate

PARTS: dict[type, Callable[[Any], Part]] = {
    ModulesStudy: network_part,
    GeneratorStudy: generator_part,
    ContrastStudy: contrast_part,
    ModularityStudy: modularity_part,
}
"""Every kind of study, and what makes its part of a report."""
# Dots per inch of what is in a figure of each kind that is made of pixels.
DPI = {"matrix": 130, "photograph": 130, "chart": 100}
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
    """A numbered figure; `small` ones stand beside each other."""

    number: str
    anchor: str
    caption: str
    drawing: Markup
    small: bool


class Placed(NamedTuple):
    """A part in its place: its number, its anchor, and its figures as they are numbered there.

    `first` is the number of the first part of its kind, which says how all of them were done.
    """

    number: int
    anchor: str
    part: Part
    pictures: dict[str, Picture]
    first: int


def as_html(studies: Sequence[Any]) -> str:
    """The whole report: the explorer, and the same to read without scripts and on paper."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(CONSTANTS)
    parts = [_part(study, studies) for study in studies]
    kinds = [part.template for part in parts]
    placed = [
        _placed(part, number, first=kinds.index(part.template) + 1, alone=len(parts) == 1)
        for number, part in enumerate(parts, 1)
    ]
    title = placed[0].part.study.title if len(placed) == 1 else "pushforward report"
    text = environment.get_template("report.html.jinja").render(chapters=placed, heading=_heading(parts))
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    return document(scenes_of(studies), title=title, fallback_html=text, style=style)


def _part(study: Any, studies: Sequence[Any]) -> Part:
    """What a study brings; a contrast of modules has their colours, where these are in the report, too."""
    if not isinstance(study, ContrastStudy):
        return PARTS[type(study)](study)
    homes = (one for one in studies if isinstance(one, ModulesStudy) and same_network(one, study))
    home = next(homes, None)
    return contrast_part(study, (-1, -1) if home is None else sets_of(study, home.members))


def _heading(parts: Sequence[Part]) -> str:
    """How many of what the report is about."""
    subjects = [part.subject for part in parts]
    return words.listed([words.counted(subjects.count(what), what) for what in dict.fromkeys(subjects)])


def _placed(part: Part, number: int, *, first: int, alone: bool) -> Placed:
    pictures = {}
    for place, plate in enumerate(part.plates, 1):
        which = str(place) if alone else f"{number}.{place}"
        pictures[plate.name] = _picture(plate, which, f"fig-{number}-{plate.name}")
    return Placed(number, f"study-{number}", part, pictures, first)


def _picture(plate: Plate, number: str, anchor: str) -> Picture:
    svg = image(plate.draw(NARROW if plate.beside else WIDE), plate.kind)
    return Picture(
        number, anchor, plate.caption, inline(svg, anchor, plate.alt, few=plate.kind == "matrix"), plate.beside
    )


def image(figure: Figure, kind: str) -> str:
    """A figure as SVG; what is in it of pictures as sharp as they need."""
    return figure_svg(figure, dpi=DPI[kind], text=True).decode()
