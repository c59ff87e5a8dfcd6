"""What is shown of generators: samples, density, dimension, and the part of a report about one."""

from pushforward.show.generator.density import density_figure
from pushforward.show.generator.dimension import dimension_figure
from pushforward.show.generator.part import density_rows, generator_part
from pushforward.show.generator.samples import ranked_figure, samples_figure
from pushforward.show.generator.study import GeneratorStudy

__all__ = [
    "GeneratorStudy",
    "density_figure",
    "density_rows",
    "dimension_figure",
    "generator_part",
    "ranked_figure",
    "samples_figure",
]
