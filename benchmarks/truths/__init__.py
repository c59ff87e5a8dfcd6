"""Networks whose modules are known, networks that have none, and rivals to compare with: what the benchmarks use."""

from truths.kinds import KINDS
from truths.programs import glue
from truths.superposition import Toy, mmcs, toy
from truths.truth import NONE, Truth
from truths.without import WITHOUT

__all__ = ["KINDS", "NONE", "WITHOUT", "Toy", "Truth", "glue", "mmcs", "toy"]
