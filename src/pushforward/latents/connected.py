"""Connected latents: an encoder gives features, and the nearest point is the answer."""

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from pushforward.latents.latent import Decoded, Latent


class Connected(Latent):
    """A connected latent. The codes of its encoder are features; `from_features` finds the nearest point.

    >>> import torch
    >>> import pushforward as pf
    >>> circle = pf.latents.Circle()
    >>> isinstance(circle, pf.latents.Connected), circle.decode(torch.tensor([[0.0, 2.0]])).points
    (True, tensor([[[1.5708]]]))
    """

    pieces = 1

    @property
    def code_count(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """As many as there are features."""
        return self.feature_count

    @abstractmethod
    def from_features(self, features: Tensor) -> Tensor:
        """The points whose features are nearest, or nearly.  (n feature_count) -> (n width)"""

    def decode(self, codes: Tensor) -> Decoded:
        """One candidate, certain."""
        return Decoded(self.from_features(codes)[:, None], codes.new_zeros(len(codes), 1))

    def weighted(self, shares: Sequence[float]) -> "Connected":  # noqa: ARG002 (nothing to weigh)
        """The same: it is connected, so there is nothing to weigh."""
        return self

    def miss(self, codes: Tensor, z: Tensor) -> Tensor:
        """Squared distance of the features."""
        return (codes - self.features(z)).square().sum(-1)


class Flat(Connected):
    """A latent with `width = dim` coordinates and the metric diag(scales²): geodesics are straight lines.

    >>> import torch
    >>> import pushforward as pf
    >>> torus = pf.latents.Torus(2, radii=(2, 1))
    >>> isinstance(torus, pf.latents.Flat), torus.metric(torch.zeros(1, 2))
    (True, tensor([[[4., 0.],
             [0., 1.]]]))
    """

    scales: tuple[float, ...]
    """How long a unit of each coordinate is."""

    def frame(self, z: Tensor) -> Tensor:
        """The axes, divided by their scales."""
        return torch.diag_embed(1 / self._scales(z)).expand(len(z), -1, -1)

    def metric(self, z: Tensor) -> Tensor:
        """diag(scales²)."""
        return torch.diag_embed(self._scales(z).square()).expand(len(z), -1, -1)

    def move(self, z: Tensor, v: Tensor) -> Tensor:
        """Straight on."""
        return z + v / self._scales(z)

    def _scales(self, z: Tensor) -> Tensor:
        return torch.tensor(self.scales, dtype=z.dtype, device=z.device)


class Euclidean(Flat):
    """A part of space with its own metric: features are the points.

    >>> import torch
    >>> import pushforward as pf
    >>> cube = pf.latents.Cube(2)
    >>> isinstance(cube, pf.latents.Euclidean), cube.features(torch.tensor([[0.5, -0.5]]))
    (True, tensor([[ 0.5000, -0.5000]]))
    """

    def features(self, z: Tensor) -> Tensor:
        """The points themselves."""
        return z

    def from_features(self, features: Tensor) -> Tensor:
        """The features themselves: outside the latent too, where `project` brings them back."""
        return features
