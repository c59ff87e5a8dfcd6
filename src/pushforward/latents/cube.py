"""A cube of numbers, uniform: the plainest latent with a boundary."""

from typing import Any

from pushforward.errors import BadInput
from pushforward.latents.box import Box


class Cube(Box):
    """[−1, 1]^dim with the uniform law.

    >>> Cube(3).sample(5, seed=0).shape
    torch.Size([5, 3])
    """

    def __init__(self, dim: int):
        if dim < 1:
            raise BadInput(f"`Cube({dim})`: the dimension must be at least 1. Use 1 or more.")
        self.dim = self.width = self.feature_count = dim
        self.scales = (1.0,) * dim

    def spec(self) -> dict[str, Any]:
        """The dimension."""
        return {"dim": self.dim}
