"""Exemplars: the inputs that activate each module most."""

from pushforward.modules.exemplars.result import TopInputs
from pushforward.modules.exemplars.run import reading, top_inputs

__all__ = [
    "TopInputs",
    "reading",
    "top_inputs",
]
