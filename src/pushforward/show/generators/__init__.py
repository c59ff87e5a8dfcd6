"""What is shown of generators: samples, density, dimension, and the part of a report about one."""

from pushforward.show.generators.study import GeneratorStudy as GeneratorStudy
