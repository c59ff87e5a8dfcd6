"""What the report shows of one study of a network and its modules."""

from math import isnan
from typing import Any, NamedTuple, cast

import torch

from pushforward.modules.exemplars import TopInputs
from pushforward.modules.lesions import Lesions
from pushforward.page import modules as words
from pushforward.page import number
from pushforward.page.studies import ModulesStudy
from pushforward.show.modules.captions import ModulesCaptions
from pushforward.show.modules.charts import layers_figure, null_figure, shares_figure, spectrum_figure
from pushforward.show.modules.glance import glances
from pushforward.show.modules.lesions import beyond, lesions_figure
from pushforward.show.modules.matrix import modules_figure
from pushforward.show.modules.top_inputs import shape_of, top_inputs_figure
from pushforward.show.palette import colours
from pushforward.show.part import Draw, Part, Plate

# How figures are kept, if not as charts.
KINDS = {"matrix": "matrix", "shares": "matrix", "inputs": "photograph"}
BESIDE = ("null", "spectrum")


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


def network_part(study: ModulesStudy) -> Part:
    """All that is said of a study's modules."""
    modules, captions = study.modules, ModulesCaptions(study)
    return Part(
        study=study,
        subject="network",
        template="study.html.jinja",
        verdict=words.verdict(modules),
        good=modules.significant,
        tiles=words.tiles(modules),
        plates=tuple(
            Plate(
                name, draw, captions.of(name), captions.alt(name), cast(Any, KINDS.get(name, "chart")), name in BESIDE
            )
            for name, draw in _wanted(study)
        ),
        told={
            "rows": tuple(_row(study, b) for b in range(len(modules.blocks))),
            "left_out": words.left_out(modules),
            "groups": words.groups(modules),
            "criteria": words.criteria(modules),
            "glances": glances(study),
        },
    )


def _wanted(study: ModulesStudy) -> list[tuple[str, Draw]]:
    """The figures of a study by name, in the order in which they are shown."""
    modules, lesions, driving = study.modules, cast(Lesions, study.lesions), study.driving
    blocks = int(modules.candidate.max()) + 1
    drawable = bool(modules.blocks) and driving is not None and (bool(driving.words) or shape_of(driving.examples))
    driving = cast(TopInputs, driving)  # each figure is drawn only if there is what it shows
    drawings: list[tuple[str, bool, Draw]] = [
        ("matrix", True, lambda w: modules_figure(modules, width=w)),
        ("inputs", bool(drawable), lambda w: top_inputs_figure(driving, study.reads, width=w)),
        ("lesions", study.lesions is not None, lambda w: lesions_figure(lesions, width=w)),
        ("layers", blocks > 1, lambda w: layers_figure(modules, width=w)),
        ("shares", blocks > 1, lambda w: shares_figure(modules, width=w)),
        ("null", True, lambda w: null_figure(modules, width=w)),
        ("spectrum", True, lambda w: spectrum_figure(modules, width=w)),
    ]
    return [(name, draw) for name, there, draw in drawings if there]


def _row(study: ModulesStudy, b: int) -> Row:
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


def _overlaps(study: ModulesStudy, b: int) -> tuple[str, str]:
    """See `overlaps`, as words."""
    inside, outside = ("–" if isnan(value) else f"{value:.3f}" for value in words.overlaps(study.modules, b))
    return inside, outside


def _lesions(study: ModulesStudy, b: int) -> tuple[str, ...]:
    if study.lesions is None:
        return ()
    effect, control = study.lesions.effect[b], study.lesions.control[b].double().mean(0)
    stars = beyond(study.lesions)[b]
    return tuple(
        f"{number(float(e))}{'*' if star else ''} ({number(float(c))})"
        for e, c, star in zip(effect, torch.as_tensor(control), stars, strict=True)
    )
