"""What is shown of generators: samples, quality, inversion, and the part of a report about one."""

from pushforward.show.generator.inverse import inverse_figure
from pushforward.show.generator.part import density_rows, generator_part
from pushforward.show.generator.preimages import preimages_figure
from pushforward.show.generator.quality import quality_figure
from pushforward.show.generator.samples import ranked_figure, samples_figure

__all__ = [
    "density_rows",
    "generator_part",
    "inverse_figure",
    "preimages_figure",
    "quality_figure",
    "ranked_figure",
    "samples_figure",
]
