"""What a generator makes, seen from inside: points, the directions they can move in, and the way between them."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from pushforward.generator import CHUNK, Generator, jacobians
from pushforward.manifold.dimensions import Generates
from pushforward.manifold.topologies.scales import connected, lengthwise, scaled
from pushforward.points import Landmarks, coordinates, farthest, farthest_first, neighbour_graph
from pushforward.rng import Seed, integers, sample

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# Share of the variance in the coordinates that distances are measured in.
VARIANCE = 0.9999


@dataclass(frozen=True, eq=False)
class Sample:
    """Points y (n, d) of a generator, orthonormal frames (n, d, dim) of tangent spaces, and the neighbour graph.

    Lengths in the graph are in scales of their places. `marks`: landmarks spread along it, once there are any.
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

    def marked(self, count: int, *, seed: Seed) -> "Sample":
        """The same with `count` landmarks, each as far as can be from those before it."""
        return replace(self, marks=farthest(self.graph, count, seed=seed))


@dataclass(frozen=True, eq=False)
class Place:
    """One connected part of what a generator makes: its latent points z (n, width), the scale (n,) at each of them.

    `points`: how many points of the data are in it; the others at z are between them.
    """

    gen: Generates | Generator
    z: Tensor
    scale: Tensor
    dim: int
    points: int

    def draw(self, count: int, share: float = 1.0, *, seed: Seed) -> Sample:
        """`count` points of the generator at a share of the latent points, evenly spread."""
        which = torch.arange(len(self.z))
        if share != 1:
            which = sample(len(self.z), int(share * len(self.z)), seed=seed)
        return spread(self.gen, self.z[which], self.scale[which], dim=self.dim, points=count, seed=seed)


@torch.no_grad()
def images(gen: Generates | Generator, z: Tensor) -> Tensor:
    """What is made at latent points, as rows.  (n width) -> (n d)"""
    return torch.cat([gen(part).flatten(1) for part in z.split(CHUNK)])


def spread(gen: Generates | Generator, z: Tensor, scale: Tensor, *, dim: int, points: int, seed: Seed) -> Sample:
    """`points` of the generator's points at z, evenly spread, with the `dim` directions its Jacobian is largest in.

    Spread is measured in the scale of each place: where points are sparse, these are too.
    """
    y = images(gen, z).float().cpu()
    at = coordinates_of(y)
    first = int(integers(len(at), (1,), seed=seed))
    order = farthest_first(lambda i: (at - at[i]).norm(dim=1) / scale, first, min(points, len(at)))
    which = torch.tensor(order)
    y, z, scale = y[which], z[which.to(z.device)], scale[which]
    frames = [_frames(jacobians(gen, gen.latent, part) * gen.latent.spread.to(z), dim) for part in z.split(CHUNK)]
    tangents, graph = torch.cat(frames), neighbour_graph(at[which])
    graph = lengthwise(y, tangents, scale, graph) if dim == 1 else graph
    return Sample(y, tangents, connected(at[which], scaled(graph, scale), scale, dim))


def coordinates_of(y: Tensor) -> Tensor:
    """Principal coordinates, in which distances are fast and are not lost beside the mean.  (n d) -> (n p)"""
    centred = y.double() - y.double().mean(0)
    scores = centred @ coordinates(centred)[0].T
    shares = scores.square().sum(0).cumsum(0) / scores.square().sum().clamp_min(1e-300)
    return scores[:, : int((shares < VARIANCE).sum()) + 1].float()


def _frames(J: Tensor, dim: int) -> Tensor:
    U = torch.linalg.svd(J.float(), full_matrices=False).U
    return U[..., :dim].cpu()  # (n d k) -> (n d dim)
