"""Latents of one piece: an encoder gives features, and the nearest point is the answer."""

from abc import abstractmethod
from collections.abc import Sequence

from torch import Tensor

from pushforward.latents.latent import Decoded, Latent


class Connected(Latent):
    """A latent of one piece. The codes of its encoder are features; `from_features` finds the nearest point."""

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

    def weighted(self, shares: Sequence[float]) -> "Connected":  # noqa: ARG002 (there is one piece to share)
        """The same: all of it is one piece."""
        return self

    def miss(self, codes: Tensor, z: Tensor) -> Tensor:
        """Squared distance of the features."""
        return (codes - self.features(z)).square().sum(-1)
