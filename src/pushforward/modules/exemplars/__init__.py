"""Exemplars: the inputs that activate each module most."""

from pushforward.modules.exemplars.result import Others, TopInputs
from pushforward.modules.exemplars.run import Decode, joined, reading, top_inputs

__all__ = [
    "Decode",
    "Others",
    "TopInputs",
    "joined",
    "reading",
    "top_inputs",
]
