"""What the template shows of one generator."""

from typing import NamedTuple, cast

from torch import Tensor

from pushforward import page as common
from pushforward.manifold import Density, Dimension
from pushforward.page import are_pictures
from pushforward.page import generators as words
from pushforward.page.studies import GeneratorStudy
from pushforward.show.densities import density_figure
from pushforward.show.dimensions import dimension_figure
from pushforward.show.generator.captions import GeneratorCaptions
from pushforward.show.generator.samples import ranked_figure, samples_figure
from pushforward.show.part import Draw, Part, Plate


class DensityRow(NamedTuple):
    """A line of the table of densities."""

    input: int
    log_density: str
    percentile: str
    preimages: int
    largest: str
    smallest: str
    residual: str


def generator_part(study: GeneratorStudy) -> Part:
    """All that is said of a generator."""
    quality, known, captions = study.quality, study.dimension, GeneratorCaptions(study)
    return Part(
        study=study,
        subject="generator",
        template="generator.html.jinja",
        verdict=words.verdict(quality, known, shown=len(study.index), off=len(study.off)),
        good=quality is not None and not words.faults(quality) and (known is None or known.agrees),
        tiles=words.tiles(quality, known, study.facts.dim),
        plates=tuple(
            Plate(name, draw, captions.of(name), captions.alt(name), "chart" if name == "dimension" else "photograph")
            for name, draw in _wanted(study)
        ),
        told={
            "quality": () if quality is None else words.rows(quality),
            "densities": density_rows(study.density, study.index),
        },
    )


def _wanted(study: GeneratorStudy) -> list[tuple[str, Draw]]:
    """The figures of a study by name, in the order in which they are shown."""
    drawings: list[tuple[str, Draw]] = [("samples", lambda w: samples_figure(study.samples, study.real, width=w))]
    density, inputs = cast(Density, study.density), cast(Tensor, study.inputs)
    if study.density is not None:
        if are_pictures(study.gen.shape) and len(study.index) > 1:
            drawings.append(("ranked", lambda w: ranked_figure(density, inputs, width=w)))
        drawings.append(("density", lambda w: density_figure(density, study.gen, width=w)))
    if study.dimension is not None:
        drawings.append(("dimension", lambda w: dimension_figure(cast(Dimension, study.dimension), width=w)))
    return drawings


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
