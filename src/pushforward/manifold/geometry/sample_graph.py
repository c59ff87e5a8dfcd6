"""A graph of what a generator makes, through which the first rough paths are found."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from pushforward.generator import CHUNK, encoder_points
from pushforward.latents import Latent
from pushforward.manifold.geometry.immersion import Immersion
from pushforward.manifold.geometry.straight import between
from pushforward.rng import Seed

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# How many samples, linked to how many neighbours each; lengths of so many links are computed at once.
SAMPLES, NEIGHBOURS, LINKS = 1000, 10, 10_000
# In so many other charts or components the encoder looks for each sample, and a link to them counts so many times its
# length: nothing of the manifold is under it.
BRIDGES, JUMP = 3, 3.0


@dataclass(frozen=True, eq=False)
class Roadmap:
    """Samples of a generator, each at c latent points (N, c, width) that make it or nearly, with images (N, c, d)."""

    im: Immersion
    z: Tensor
    X: Tensor

    def chains(self, z: Tensor, pairs: Tensor, steps: int) -> Tensor:
        """Rough paths between pairs (p, 2) of the points z (n, width).  -> (p steps + 1 width)"""
        from scipy.sparse.csgraph import dijkstra

        ends = copies(self.im, z)
        nodes, images = torch.cat([ends, self.z]), torch.cat([self.im.points(ends), self.X])
        graph = _graph(self.im.latent, nodes, images)
        pairs = pairs * nodes.shape[1]  # the first of the points of each
        sources, which = pairs[:, 0].unique(return_inverse=True)
        _, previous = dijkstra(graph, directed=False, indices=sources.tolist(), return_predecessors=True)
        paths = [_back(previous[i], a, b) for i, (a, b) in zip(which.tolist(), pairs.tolist(), strict=True)]
        return _resampled(self.im.latent, nodes.flatten(0, 1), images.flatten(0, 1), paths, steps)


@torch.no_grad()
def roadmap(im: Immersion, *, seed: Seed) -> Roadmap:
    """Random samples of the generator."""
    assert im.gen is not None
    z = copies(im, im.latent.sample(SAMPLES, seed=seed).to(im.gen.scaling.scale))
    return Roadmap(im, z, im.points(z))


def copies(im: Immersion, z: Tensor) -> Tensor:
    """Points z (n, width) and where else in the latent each is made, nearly, if an encoder tells.  -> (n c width)"""
    gen = im.gen
    if gen is None or gen.encoder is None or im.latent.pieces == 1:
        return z[:, None]
    points, logits = encoder_points(im.latent, gen.encoder, gen.scaling.inside(im.points(z).reshape(-1, *gen.shape)))
    likely = logits.topk(min(BRIDGES + 1, logits.shape[1]), dim=1).indices
    return torch.cat([z[:, None], points[torch.arange(len(z), device=z.device)[:, None], likely]], 1)


def _graph(latent: Latent, z: Tensor, X: Tensor) -> "csr_matrix":
    """Links as long as they are, those between charts or components counted more.  (n c width), (n c d) -> (n c, n c)

    Within one of these between the points of neighbouring samples; otherwise between those of one sample, and the first
    points of neighbours. Neighbours are those of samples: points of one sample would fill each other's lists.
    """
    from scipy.sparse import csr_matrix

    n, c, _ = z.shape
    first = X[:, 0] - X[:, 0].mean(0)  # distances by products lose what is small against the norms
    few = min(NEIGHBOURS + 1, n)
    near = torch.cat([torch.cdist(part, first).topk(few, largest=False).indices for part in first.split(CHUNK)])
    sample = torch.arange(n, device=z.device)[:, None].expand_as(near)
    point = torch.arange(c, device=z.device)
    over = (sample == near)[..., None, None] | (point + point[:, None] == 0)  # whether a link may leave its piece
    start, to = torch.broadcast_tensors(
        (c * sample)[..., None, None] + point[:, None], (c * near)[..., None, None] + point
    )
    nodes, images, start, to = z.flatten(0, 1), X.flatten(0, 1), start.flatten(), to.flatten()
    apart = torch.isinf(latent.distance(nodes[start], nodes[to]))
    links = ((over.flatten() | ~apart) & (start != to)).nonzero()[:, 0]
    start, to, apart = start[links], to[links], apart[links]
    parts = zip(start.split(LINKS), to.split(LINKS), strict=True)
    length = torch.cat([(images[i] - images[j]).norm(dim=1) for i, j in parts])
    weight = (length * torch.where(apart, JUMP, 1.0)).double().clamp_min(1e-12).cpu().numpy()
    return csr_matrix((weight, (start.cpu().numpy(), to.cpu().numpy())), shape=(n * c, n * c))


def _back(previous: np.ndarray, start: int, end: int) -> list[int]:
    """The nodes from start to end; these two alone where the graph does not lead there."""
    path = [end]
    while previous[path[-1]] >= 0:
        path.append(int(previous[path[-1]]))
    return path[::-1] if len(path) > 1 and path[-1] == start else [start, end]


def _resampled(latent: Latent, z: Tensor, X: Tensor, paths: list[list[int]], steps: int) -> Tensor:
    """Equally spaced points along paths of nodes.  -> (p steps + 1 width)"""
    starts, ends, shares = [], [], []
    for path in paths:
        nodes = torch.tensor(path, device=z.device)
        along = torch.cat([X.new_zeros(1), (X[nodes].diff(dim=0)).norm(dim=1).cumsum(0)])
        s = torch.linspace(0, 1, steps + 1, device=z.device, dtype=along.dtype) * along[-1]
        link = torch.searchsorted(along[1:].contiguous(), s).clamp_max(len(path) - 2)
        starts.append(nodes[link])
        ends.append(nodes[link + 1])
        shares.append((s - along[link]) / (along[link + 1] - along[link]).clamp_min(1e-30))
    a, b, share = torch.cat(starts), torch.cat(ends), torch.cat(shares).clamp(0, 1)
    return between(latent, z[a], z[b], share).reshape(len(paths), steps + 1, -1)
