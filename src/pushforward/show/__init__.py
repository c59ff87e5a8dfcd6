"""Figures and the report."""

from pushforward.show.contrast import ContrastStudy as ContrastStudy
from pushforward.show.drive import Driving as Driving
from pushforward.show.drive import driving_inputs as driving_inputs
from pushforward.show.generators import GeneratorStudy as GeneratorStudy
from pushforward.show.modular import ModularityStudy as ModularityStudy
from pushforward.show.report import report as report
from pushforward.show.study import Study as Study
