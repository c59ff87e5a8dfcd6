"""The pane of a generator: samples beside the data, its card, its singular directions, how dense inputs are."""

import math

import torch
from torch import Tensor

from pushforward.generator import Generator, Quality
from pushforward.manifold import Density, Dimension
from pushforward.page.arrays import digits, row
from pushforward.page.generators.strips import DIRECTIONS, STEPS, strip
from pushforward.page.generators.words import rows, verdict
from pushforward.page.pictures import Painter
from pushforward.page.schema import DirectionFacts, GeneratorPane, Picture
from pushforward.page.studies import GeneratorStudy

# Samples, and real inputs beside them, that are shown.
SHOWN = 24


def generator_pane(
    study: GeneratorStudy | None, *, quality: Quality | None, density: Density | None, dimension: Dimension | None
) -> GeneratorPane:
    """What is known of a generator: its study, or the results of which one is given alone."""
    if study is not None:
        quality, density, dimension = quality or study.quality, density or study.density, dimension or study.dimension
    shown, off = (0, 0) if study is None else (len(study.index), len(study.off))
    said = verdict(quality, dimension, shown=shown, off=off)
    painter = None if study is None else Painter(_all(study))
    return GeneratorPane(
        words=" ".join((f"{said.headline}.", *said.sentences)),
        latent="" if study is None else study.facts.latent,
        samples=[] if painter is None or study is None else _some(painter, study.samples, "sample"),
        data=[] if painter is None or study is None or study.real is None else _some(painter, study.real, "real input"),
        card=[] if quality is None else list(rows(quality)),
        point=_point(study, painter),
        directions=_directions(study, painter),
        dimension="" if dimension is None else str(dimension),
        percentiles=[] if density is None else [digits(p) for p in density.percentile.tolist() if math.isfinite(p)],
    )


def _all(study: GeneratorStudy) -> Tensor:
    """All that is shown, which shares one scale."""
    parts = [study.samples[:SHOWN], *([] if study.real is None else [study.real[:SHOWN].to(study.samples)])]
    return torch.cat(parts)


def _some(painter: Painter, X: Tensor, what: str) -> list[Picture]:
    return painter.pictures(X[:SHOWN], [f"{what} {i}" for i in range(min(len(X), SHOWN))])


def _point(study: GeneratorStudy | None, painter: Painter | None) -> Picture | None:
    """The input whose directions are walked."""
    if study is None or painter is None or study.density is None or study.inputs is None or not len(study.inputs):
        return None
    return painter.picture(study.inputs[0], f"input {study.index[0]} of {study.asked}")


def _directions(study: GeneratorStudy | None, painter: Painter | None) -> list[DirectionFacts]:
    if study is None or painter is None or study.density is None:
        return []
    values = study.density.singular_values[0].tolist()[:DIRECTIONS]
    return [_direction(study.gen, study.density, painter, j, value) for j, value in enumerate(values)]


def _direction(gen: Generator, density: Density, painter: Painter, j: int, value: float) -> DirectionFacts:
    alts = [f"direction {j + 1} at {step:+d} times the latent's spread" for step in STEPS]
    frames = painter.pictures(strip(density, gen, 0, j).inputs, alts)
    return DirectionFacts(value=digits(value), frames=frames, at=row(map(float, STEPS)))
