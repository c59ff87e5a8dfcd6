"""A network trained plainly and trained to be modular, side by side."""

from pushforward.show.modular.study import ModularityStudy as ModularityStudy
