"""Programs compiled to transformers, and several of them glued into one."""

from truths.programs import comparisons, counts, moves, tables
from truths.programs.compiler import Compiled, compiled
from truths.programs.gluing import STREAM, Glued, glue
from truths.programs.language import Stream
from truths.programs.parts import PROGRAMS, Program, Value

__all__ = ["PROGRAMS", "STREAM", "Compiled", "Glued", "Program", "Stream", "Value", "compiled", "glue"]

ROOMS = (comparisons, counts, moves, tables)
"""Files that fill the table of programs when they are loaded."""
