"""A graph of what a generator makes, through which the first rough paths are found."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from torch import Tensor

from pushforward.generator import Generator
from pushforward.generator.candidates import CHUNK, said
from pushforward.latents import Latent
from pushforward.manifold.geometry.between import between
from pushforward.manifold.geometry.immersion import Immersion
from pushforward.rng import Seed

SAMPLES = 1000
NEIGHBOURS = 10
BRIDGES = 3
"""In so many other pieces the encoder looks for each sample."""
JUMP = 3.0
"""How many times its length a link between pieces counts: there is nothing of the manifold under it."""


@dataclass(frozen=True, eq=False)
class Roadmap:
    """Latent points (N, width) and their images (N, d); neighbours are linked."""

    z: Tensor
    X: Tensor
    latent: Latent

    def chains(self, z: Tensor, X: Tensor, pairs: Tensor, steps: int) -> Tensor:
        """Rough paths between pairs (p, 2) of the points z (n, width) with images X.  -> (p steps + 1 width)"""
        nodes, images = torch.cat([z, self.z]), torch.cat([X, self.X])
        graph = _graph(self.latent, nodes, images)
        sources, which = pairs[:, 0].unique(return_inverse=True)
        _, previous = dijkstra(graph, directed=False, indices=sources.tolist(), return_predecessors=True)
        paths = [_back(previous[i], a, b) for i, (a, b) in zip(which.tolist(), pairs.tolist(), strict=True)]
        return _resampled(self.latent, nodes, images, paths, steps)


@torch.no_grad()
def roadmap(im: Immersion, *, seed: Seed) -> Roadmap:
    """Random samples of the generator and, where an encoder tells, where else in the latent each is made, nearly."""
    assert im.gen is not None
    z = im.latent.sample(SAMPLES, seed=seed).to(im.gen.scaling.scale)
    if im.gen.encoder is not None and im.latent.pieces > 1:
        z = torch.cat([z, elsewhere(im.gen, im.points(z))])
    return Roadmap(z, im.points(z), im.latent)


def elsewhere(gen: Generator, X: Tensor) -> Tensor:
    """What the encoder says of points X (n, d) in its likeliest pieces.  -> (n · pieces width)"""
    assert gen.encoder is not None
    inside = gen.scaling.inside(X.reshape(-1, *gen.shape))
    points, logits = said(gen.latent, gen.encoder, inside)
    likely = logits.topk(min(BRIDGES + 1, logits.shape[1]), dim=1).indices
    return points[torch.arange(len(X), device=X.device)[:, None], likely].flatten(0, 1)


def _graph(latent: Latent, z: Tensor, X: Tensor) -> csr_matrix:
    """Links to the nearest points, as long as they are; those between pieces count more."""
    few = min(NEIGHBOURS + 1, len(X))
    X = X - X.mean(0)  # distances by products lose what is small against the norms
    near = [torch.cdist(part, X).topk(few, largest=False) for part in X.split(CHUNK)]
    length, to = (torch.cat(column).flatten() for column in zip(*near, strict=True))
    start = torch.arange(len(X), device=X.device).repeat_interleave(few)
    apart = torch.isinf(latent.distance(z[start], z[to]))
    weight = (length * torch.where(apart, JUMP, 1.0)).double().clamp_min(1e-12).cpu().numpy()
    return csr_matrix((weight, (start.cpu().numpy(), to.cpu().numpy())), shape=(len(X), len(X)))


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
