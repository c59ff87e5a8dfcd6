"""What a generator makes, seen from inside: points, the directions they can move in, and the way between them."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from pushforward.generator import CHUNK, Generator, jacobians
from pushforward.manifold.dimensions import Generates
from pushforward.points import Landmarks, coordinates, farthest, neighbour_graph, spread_evenly
from pushforward.rng import Seed, sample

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# Share of the variance in the coordinates that distances are measured in.
VARIANCE = 0.9999


@dataclass(frozen=True, eq=False)
class Sample:
    """Points y (n, d) of a generator, orthonormal frames (n, d, dim) of tangent spaces, and the neighbour graph.

    `marks`: landmarks spread along the graph, once there are any.
    """

    y: Tensor
    frames: Tensor
    graph: "csr_matrix"
    marks: Landmarks | None = None

    @property
    def dim(self) -> int:
        """Of the tangent spaces."""
        return self.frames.shape[2]

    @property
    def landmarks(self) -> Landmarks:
        """The landmarks of a sample that is `marked`."""
        assert self.marks is not None
        return self.marks

    def part(self, which: np.ndarray) -> "Sample":
        """Some of the points, with what there is of the graph among them."""
        return Sample(self.y[which], self.frames[which], self.graph[which][:, which])

    def marked(self, count: int, *, seed: Seed) -> "Sample":
        """The same with `count` landmarks, each as far as can be from those before it."""
        return replace(self, marks=farthest(self.graph, count, seed=seed))


@dataclass(frozen=True, eq=False)
class Sampler:
    """A generator, latent points z (n, width) of it, the dimension of its image, and how many points are read."""

    gen: Generates | Generator
    z: Tensor
    dim: int
    points: int

    def draw(self, share: float = 1.0, *, seed: Seed) -> Sample:
        """Points of the generator at a share of the latent points, evenly spread."""
        z = self.z if share == 1 else self.z[sample(len(self.z), int(share * len(self.z)), seed=seed)]
        return spread(self.gen, z, dim=self.dim, points=self.points, seed=seed)


@torch.no_grad()
def images(gen: Generates | Generator, z: Tensor) -> Tensor:
    """What is made at latent points, as rows.  (n width) -> (n d)"""
    return torch.cat([gen(part).flatten(1) for part in z.split(CHUNK)])


def spread(gen: Generates | Generator, z: Tensor, *, dim: int, points: int, seed: Seed) -> Sample:
    """`points` of the generator's points at z, evenly spread, with the `dim` directions its Jacobian is largest in."""
    y = images(gen, z).float().cpu()
    which = torch.as_tensor(spread_evenly(coordinates_of(y), points, seed=seed))
    y, z = y[which], z[which.to(z.device)]
    frames = [_frames(jacobians(gen, gen.latent, part) * gen.latent.spread.to(z), dim) for part in z.split(CHUNK)]
    return Sample(y, torch.cat(frames), neighbour_graph(coordinates_of(y)))


def coordinates_of(y: Tensor) -> Tensor:
    """Principal coordinates, in which distances are fast and are not lost beside the mean.  (n d) -> (n p)"""
    centred = y.double() - y.double().mean(0)
    scores = centred @ coordinates(centred)[0].T
    shares = scores.square().sum(0).cumsum(0) / scores.square().sum().clamp_min(1e-300)
    return scores[:, : int((shares < VARIANCE).sum()) + 1].float()


def _frames(J: Tensor, dim: int) -> Tensor:
    U = torch.linalg.svd(J.float(), full_matrices=False).U
    return U[..., :dim].cpu()  # (n d k) -> (n d dim)
