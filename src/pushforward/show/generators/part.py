"""What the template shows of one generator."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from matplotlib.figure import Figure
from torch import Tensor

from pushforward.manifold import Density, Dimension
from pushforward.show import words as common
from pushforward.show.generators import words
from pushforward.show.generators.captions import GeneratorCaptions
from pushforward.show.generators.density import density_figure
from pushforward.show.generators.dimension import dimension_figure
from pushforward.show.generators.mosaic import are_pictures
from pushforward.show.generators.ranked import ranked_figure
from pushforward.show.generators.samples import samples_figure
from pushforward.show.generators.study import GeneratorStudy

Draw = Callable[[float], Figure]


class DensityRow(NamedTuple):
    """A line of the table of densities."""

    input: int
    log_density: str
    percentile: str
    preimages: int
    largest: str
    smallest: str
    residual: str


@dataclass(frozen=True)
class GeneratorPart:
    """What the template shows of one study of a generator."""

    number: int
    anchor: str
    study: GeneratorStudy
    verdict: common.Verdict
    good: bool
    tiles: tuple[tuple[str, str, str], ...]
    quality: tuple[tuple[str, str, str], ...]
    densities: tuple[DensityRow, ...]
    pictures: dict[str, Any]
    template: str = "generator.html.jinja"


def generator_part(study: GeneratorStudy, number: int, pictures: dict[str, Any]) -> GeneratorPart:
    """All that is said, with the pictures that were drawn."""
    quality, known = study.quality, study.dimension
    return GeneratorPart(
        number=number,
        anchor=f"study-{number}",
        study=study,
        verdict=words.verdict(quality, known, shown=len(study.index), off=len(study.off)),
        good=quality is not None and not words.faults(quality) and (known is None or known.agrees),
        tiles=words.tiles(quality, known, study.facts.dim),
        quality=() if quality is None else words.rows(quality),
        densities=density_rows(study.density, study.index),
        pictures=pictures,
    )


def wanted(study: GeneratorStudy) -> tuple[GeneratorCaptions, list[tuple[str, Draw]]]:
    """The captions, and the figures of a study in the order in which they are shown."""
    found: list[tuple[str, Draw]] = [("samples", lambda w: samples_figure(study.samples, study.real, width=w))]
    density, inputs = cast(Density, study.density), cast(Tensor, study.inputs)
    if study.density is not None:
        if are_pictures(study.gen.shape) and len(study.index) > 1:
            found.append(("ranked", lambda w: ranked_figure(density, inputs, width=w)))
        found.append(("density", lambda w: density_figure(density, study.gen, width=w)))
    if study.dimension is not None:
        found.append(("dimension", lambda w: dimension_figure(cast(Dimension, study.dimension), width=w)))
    return GeneratorCaptions(study), found


def density_rows(density: Density | None, index: tuple[int, ...]) -> tuple[DensityRow, ...]:
    """One line for each input."""
    if density is None:
        return ()
    s = density.singular_values
    return tuple(
        DensityRow(
            input=number,
            log_density=common.number(float(density.log_density[i]), 2),
            percentile=f"{float(density.percentile[i]):.0%}",
            preimages=int(density.multiplicity[i]),
            largest=f"{float(s[i, 0]):.3g}",
            smallest=f"{float(s[i, -1]):.3g}",
            residual=f"{float(density.residual[i]):.2g}",
        )
        for i, number in enumerate(index)
    )
