"""The report as HTML: what each study says, number by number, and the templates that lay it out."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

import torch
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure

from pushforward.modules import evidence, shares
from pushforward.modules.lesion import Lesions
from pushforward.show import figures, words
from pushforward.show.canvas import NARROW, WIDE
from pushforward.show.captions import Captions
from pushforward.show.drive import Driving
from pushforward.show.generators import GeneratorStudy
from pushforward.show.generators.captions import GeneratorCaptions
from pushforward.show.generators.part import GeneratorPart, generator_part, wanted
from pushforward.show.lesions import beyond
from pushforward.show.palette import colours
from pushforward.show.pictures import shape_of
from pushforward.show.study import Study

TEMPLATES = Path(__file__).parent / "templates"
CONSTANTS = {
    "LEVEL": evidence.LEVEL,
    "MAJORITY": shares.MAJORITY,
    "LEAST": shares.LEAST,
    "MOST": shares.MOST,
    "EXPLAINED": shares.EXPLAINED,
    "TESTED": evidence.TESTED,
}


Draw = Callable[[float], Figure]
WHOLE_COLOURS = ("inputs", "samples", "ranked", "density")
"""Figures that are drawn as PNG in all colours: photographs need them."""
BESIDE = ("null", "spectrum")
"""Figures that stand side by side, so that the narrow drawing does for pages too."""


class Picture(NamedTuple):
    """A numbered figure: for pages (empty if the other will do) and, drawn again, for telephones."""

    number: str
    anchor: str
    caption: str
    alt: str
    wide: str
    narrow: str


class Row(NamedTuple):
    """A line of the table of modules."""

    number: int
    colour: str
    size: int
    percent: str
    layers: str
    stability: str
    share: str
    inside: str
    outside: str
    lesions: tuple[str, ...]
    members: tuple[Any, ...]
    more: int


@dataclass(frozen=True)
class Part:
    """What the template shows of one study of a network."""

    number: int
    anchor: str
    study: Study
    verdict: words.Verdict
    tiles: tuple[tuple[str, str, str], ...]
    rows: tuple[Row, ...]
    pictures: dict[str, Picture]
    left_out: tuple[str, ...]
    groups: tuple[str, ...]
    rank: str
    template: str = "study.html.jinja"


def page(studies: Sequence[Study | GeneratorStudy]) -> str:
    """The whole report."""
    loader = FileSystemLoader(TEMPLATES)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(CONSTANTS)
    parts = [_part(study, number, alone=len(studies) == 1) for number, study in enumerate(studies, 1)]
    return environment.get_template("report.html.jinja").render(parts=parts, heading=_heading(studies))


def _heading(studies: Sequence[Study | GeneratorStudy]) -> str:
    """How many of what the report is about."""
    generators = sum(isinstance(study, GeneratorStudy) for study in studies)
    counts = (len(studies) - generators, "network"), (generators, "generator")
    return words.listed([words.counted(n, what) for n, what in counts if n])


def _part(study: Study | GeneratorStudy, number: int, *, alone: bool) -> Part | GeneratorPart:
    if isinstance(study, GeneratorStudy):
        captions, figures_of = wanted(study)
        return generator_part(study, number, _drawn(figures_of, captions, number, alone=alone))
    modules = study.modules
    return Part(
        number=number,
        anchor=f"study-{number}",
        study=study,
        verdict=words.verdict(modules),
        tiles=words.tiles(modules),
        rows=tuple(_row(study, b) for b in range(len(modules.blocks))),
        pictures=_drawn(_wanted(study), Captions(study), number, alone=alone),
        left_out=words.left_out(modules),
        groups=words.groups(modules),
        rank=f"{words.effective_rank(modules):.1f}",
    )


def _wanted(study: Study) -> list[tuple[str, Draw]]:
    """The figures of a study by name, in the order in which they are shown."""
    modules, lesions, driving = study.modules, cast(Lesions, study.lesions), study.driving
    blocks = int(modules.candidate.max()) + 1
    drawable = bool(modules.blocks) and driving is not None and shape_of(driving.examples) is not None
    driving = cast(Driving, driving)  # each figure is drawn only if there is what it shows
    found: list[tuple[str, bool, Draw]] = [
        ("matrix", True, lambda w: figures.modules_figure(modules, width=w)),
        ("inputs", drawable, lambda w: figures.inputs_figure(driving, study.reads, width=w)),
        ("lesions", study.lesions is not None, lambda w: figures.lesion_figure(lesions, width=w)),
        ("layers", blocks > 1, lambda w: figures.layers_figure(modules, width=w)),
        ("shares", blocks > 1, lambda w: figures.shares_figure(modules, width=w)),
        ("null", True, lambda w: figures.null_figure(modules, width=w)),
        ("spectrum", True, lambda w: figures.spectrum_figure(modules, width=w)),
    ]
    return [(name, draw) for name, there, draw in found if there]


def _drawn(
    found: list[tuple[str, Draw]], captions: Captions | GeneratorCaptions, number: int, *, alone: bool
) -> dict[str, Picture]:
    """Figures by name, numbered in the order in which they are shown."""
    drawn = {}
    for place, (name, draw) in enumerate(found, 1):
        narrow = image(draw(NARROW), name)
        wide = "" if name in BESIDE else image(draw(WIDE), name)
        which = str(place) if alone else f"{number}.{place}"
        anchor = f"fig-{number}-{name}"
        drawn[name] = Picture(which, anchor, captions.of(name), captions.alt(name), wide, narrow)
    return drawn


def image(figure: Figure, name: str) -> str:
    """A figure as a data URI: matrices and pictures as PNG, charts as SVG."""
    if name in ("matrix", "shares", *WHOLE_COLOURS):
        steps = None if name in WHOLE_COLOURS else 96
        return "data:image/png;base64," + base64.b64encode(figures.figure_png(figure, steps=steps)).decode()
    return "data:image/svg+xml;base64," + base64.b64encode(figures.figure_svg(figure)).decode()


def _row(study: Study, b: int) -> Row:
    modules, block = study.modules, study.modules.blocks[b]
    inside, outside = _overlaps(study, b)
    members = study.members[b] if study.members else ()
    return Row(
        number=b,
        colour=colours(b + 1)[b],
        size=len(block),
        percent=f"{len(block) / len(modules.labels):.0%}",
        layers=words.layers_of(modules, block),
        stability=f"{float(modules.stability[b]):.2f}",
        share=f"{float(modules.shares[block, b].mean()):.2f}",
        inside=inside,
        outside=outside,
        lesions=_lesions(study, b),
        members=members,
        more=len(block) - sum(len(part.names) for part in members),
    )


def _overlaps(study: Study, b: int) -> tuple[str, str]:
    """Mean squared correlation of sampled neurons of a module with each other, and with those of other modules."""
    label = study.modules.labels[study.modules.sample]
    own, other = label == b, (label >= 0) & (label != b)
    within, across = study.modules.overlap[own][:, own], study.modules.overlap[own][:, other]
    pairs = len(within) * (len(within) - 1)
    inside = f"{float(within.sum()) / pairs:.3f}" if pairs else "–"  # the diagonal is 0
    return inside, f"{float(across.mean()):.3f}" if across.numel() else "–"


def _lesions(study: Study, b: int) -> tuple[str, ...]:
    if study.lesions is None:
        return ()
    effect, control = study.lesions.effect[b], study.lesions.control[b].double().mean(0)
    stars = beyond(study.lesions)[b]
    return tuple(
        f"{words.number(float(e))}{'*' if star else ''} ({words.number(float(c))})"
        for e, c, star in zip(effect, torch.as_tensor(control), stars, strict=True)
    )
