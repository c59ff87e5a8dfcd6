"""The projective plane: unit vectors up to their sign."""

import math

import torch
from torch import Tensor

from pushforward.latents.connected import Connected
from pushforward.latents.unit_vectors import along, angle, tangents, unit
from pushforward.rng import Seed, normal

PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))


class ProjectivePlane(Connected):
    r"""The lines through the origin of space, round (of curvature 1) and uniform.

    A point is a unit vector x whose first number that is not 0 is positive; x and −x mean the same. Features are the
    entries of $x x^\top$, those off the diagonal times √2, so that their distance is that of the matrices.

    >>> latent = ProjectivePlane()
    >>> latent.project(torch.tensor([[-2.0, 1.0, 2.0]]))
    tensor([[ 0.6667, -0.3333, -0.6667]])
    """

    dim, width, feature_count = 2, 3, 6

    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """Normal vectors, divided by their norms."""
        return self.project(normal((n, 3), seed=seed))

    def features(self, z: Tensor) -> Tensor:
        """Squares, and √2 times the products of two."""
        return torch.stack([z[:, i] * z[:, j] * (1 if i == j else 2**0.5) for i, j in PAIRS], 1)

    def from_features(self, features: Tensor) -> Tensor:
        """The nearest point: the leading eigenvector of the symmetric matrix that the features are."""
        xx, yy, zz, xy, xz, yz = (features / features.new_tensor([1, 1, 1, *[2**0.5] * 3])).unbind(1)
        return self.project(_leading(torch.stack([xx, xy, xz, xy, yy, yz, xz, yz, zz], 1).unflatten(1, (3, 3))))

    def project(self, z: Tensor) -> Tensor:
        """The unit vector of this line whose first number that is not 0 is positive."""
        sign = z.sign() @ z.new_tensor([4, 2, 1])  # the sign of the first that is not 0
        return unit(torch.where(sign < 0, -1, 1).to(z)[:, None] * z)

    def frame(self, z: Tensor) -> Tensor:
        """As of the sphere."""
        return tangents(z)

    def metric(self, z: Tensor) -> Tensor:
        """Euclidean in the space around."""
        return torch.eye(3, dtype=z.dtype, device=z.device).expand(len(z), -1, -1)

    def move(self, z: Tensor, v: Tensor) -> Tensor:
        """Along a great circle."""
        return along(z, (tangents(z) @ v[:, :, None])[:, :, 0])

    def distance(self, z: Tensor, y: Tensor) -> Tensor:
        """The angle between the lines, at most π/2."""
        return torch.minimum(angle(z, y), angle(z, -y))

    def log_density(self, z: Tensor) -> Tensor:
        """− log 2π: half the area of the sphere."""
        return z.new_full(z.shape[:-1], -math.log(2 * math.pi))

    @property
    def spread(self) -> Tensor:
        """1/√15: of the five coordinates of the Veronese surface, which has the same metric."""
        return torch.full((2,), 15**-0.5)

    def spec(self) -> dict[str, object]:
        """Nothing to choose."""
        return {}


def _leading(A: Tensor) -> Tensor:
    """The unit eigenvectors of the greatest eigenvalues, with their derivatives in A.  (n d d) -> (n d)

    Automatic derivatives of `eigh` are NaN where any two eigenvalues are equal, as the two least always are here.
    """
    whole, known = A.isfinite().all(2).all(1)[:, None, None], A.detach().to(torch.promote_types(A.dtype, torch.float32))
    values, vectors = (t.to(A) for t in torch.linalg.eigh(torch.where(whole, known, torch.eye(A.shape[1]).to(known))))
    first, rest = vectors[:, :, -1:], vectors[:, :, :-1]
    gaps = (values[:, -1:] - values[:, :-1]).clamp_min(1e-6)
    return torch.where(whole, first + rest @ (rest.mT @ A @ first / gaps[:, :, None]), torch.nan)[:, :, 0]
