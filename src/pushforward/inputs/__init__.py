"""What "near x" means: the inputs a network meets, as charts around any of them."""

from pushforward.inputs.gaussian import Gaussian, LinearChart

__all__ = [
    "Gaussian",
    "LinearChart",
]
