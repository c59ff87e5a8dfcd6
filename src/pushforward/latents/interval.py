"""An interval: the curve with two ends."""

from pushforward.latents.cube import Box


class Interval(Box):
    """[−1, 1] with the uniform law. Its one feature is the number itself.

    >>> import torch
    >>> Interval().project(torch.tensor([[-3.0]]))
    tensor([[-1.]])
    """

    dim = width = feature_count = 1
    scales = (1.0,)

    def spec(self) -> dict[str, object]:
        """Nothing to choose."""
        return {}
