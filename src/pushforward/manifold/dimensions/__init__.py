"""`dimension`: how many directions points can move in."""

from pushforward.manifold.dimensions.rank import Generates, jacobian_rank
from pushforward.manifold.dimensions.result import Dimension
from pushforward.manifold.dimensions.run import dimension

__all__ = [
    "Dimension",
    "Generates",
    "dimension",
    "jacobian_rank",
]
