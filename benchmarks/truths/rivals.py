"""Rivals of `pf.find_modules`: what activations or weights alone say. Each gives labels (a,), −1 for none.

Those that need a number of modules have the true one unless told otherwise, which is more than is known in earnest.
"""

import numpy as np
import torch
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.cluster import KMeans, SpectralClustering
from torch import Tensor, nn

import pushforward as pf
from pushforward.errors import BadInput
from pushforward.modules.finding import communities
from truths.blocks import Transformer
from truths.experts import Experts
from truths.truth import NONE, TINY, Truth

STARTS = 10
"""Of k-means."""


def kmeans_activations(truth: Truth, *, seed: int, count: int | None = None) -> Tensor:
    """k-means of neurons by their standardised activations at all inputs."""
    Z, alive = _standardised(truth)
    k = _count(truth, count)
    means = KMeans(k, n_init=STARTS, random_state=seed)  # pyright: ignore[reportArgumentType]
    return _placed(means.fit_predict(Z[:, alive].T.numpy()), alive)


def leiden_activations(truth: Truth, *, seed: int, resolution: float = 1.0) -> Tensor:
    """Leiden communities of the graph of squared correlations of activations in excess of chance (1 / inputs)."""
    Z, alive = _standardised(truth)
    Z = Z[:, alive]
    graph = ((Z.T @ Z / len(Z)).square() - 1 / len(Z)).clamp_min(0).fill_diagonal_(0)
    return _placed(communities(graph, resolution, seed=seed).numpy(), alive)


def spectral_weights(truth: Truth, *, seed: int, count: int | None = None) -> Tensor:
    """Normalised cuts of the graph of absolute weights between neurons of consecutive layers (Filan et al. 2021)."""
    graph = wiring(truth)
    linked = graph.sum(1) > 0
    part = graph[linked][:, linked] + 1e-6 * graph.max()  # connected: else the solver warns
    clusters = SpectralClustering(_count(truth, count), affinity="precomputed", random_state=seed)
    return _placed(clusters.fit_predict(part.double().numpy()), linked)


def linked_gradients(truth: Truth, *, points: int = 24, threshold: float = 0.01) -> Tensor:
    """Connected parts of the graph of neurons whose gradients' mean squared cosine is above a threshold.

    The mean is over inputs at which both are alive. Not a rival but a ceiling: where modules read nothing in common,
    what anything that looks at gradients could find; where they leak at all, everything is one part.
    """
    net, inputs = truth.net, truth.inputs
    total = torch.zeros(len(truth.labels), len(truth.labels), dtype=torch.float64)
    together = torch.zeros_like(total)
    for x in truth.X[:points]:
        F = pf.push(net, inputs, x).factor.double()
        length = F.norm(dim=1)
        alive = length > TINY * length.max()
        U = F / length.clamp_min(1e-30)[:, None] * alive[:, None]
        total += (U @ U.T).square()
        together += torch.outer(alive.double(), alive.double())
    alive = total.diagonal() > 0
    graph = (total / together.clamp_min(1) > threshold)[alive][:, alive]
    return _placed(connected_components(csr_matrix(graph.numpy()), directed=False)[1], alive)


def wiring(truth: Truth) -> Tensor:
    """Absolute weights between neurons (a, a), symmetric: direct ones of MLPs, those through the residual stream of
    transformers. Raises `BadInput` of networks whose neurons are positions or that are of neither kind.
    """
    model = truth.model
    if truth.unit == "position" and truth.X.ndim > 2:
        raise BadInput(f"`wiring({truth!r})`: weights join channels, not positions. Use `unit='channel'`.")
    if isinstance(model, Transformer):
        between = _stream(model, truth.layers)
    elif isinstance(model, Experts):
        between = {(i - 1, i): model.get_buffer(f"W{i + 1}") for i in range(1, model.depth)}
    elif isinstance(model, nn.Sequential):
        Ws = [m.weight for m in model if isinstance(m, nn.Linear | nn.Conv2d)][: len(truth.layers)]
        flat = [W.detach().abs().flatten(2).sum(2) if W.ndim == 4 else W.detach() for W in Ws]
        between = {(i - 1, i): W for i, W in enumerate(flat) if i}
    else:
        raise BadInput(f"`wiring({truth!r})`: {type(model).__name__} has no known wiring. Use an MLP or a transformer.")
    table = truth.net.table
    graph = torch.zeros(len(truth.labels), len(truth.labels))
    for (i, j), W in between.items():
        a, b = (slice(table[k].start, table[k].stop) for k in (i, j))
        graph[b, a] += W.abs()
    return graph + graph.T


def _stream(model: Transformer, layers: tuple[str, ...]) -> dict[tuple[int, int], Tensor]:
    """From each layer to each later one, what the one writes times what the other reads.  -> (later, earlier)"""
    reads, writes = [], []
    for name in layers:
        _, i, part = name.split(".")
        block = model.blocks[int(i)]
        reads.append(block.get_buffer("V" if part == "mix" else "W"))
        writes.append(block.get_buffer("P" if part == "mix" else "U"))
    return {(i, j): (writes[i] @ reads[j]).T for j in range(len(layers)) for i in range(j)}


def _standardised(truth: Truth) -> tuple[Tensor, Tensor]:
    """Activations (n, a) of mean 0 and variance 1, and which neurons vary (a,)."""
    A = truth.activations().double()
    deviation = A.std(0, correction=0)
    alive = deviation > 1e-6 * deviation.max()
    return (A - A.mean(0)) / deviation.clamp_min(1e-30), alive


def _count(truth: Truth, count: int | None) -> int:
    count = truth.count if count is None else count
    if count < 1:
        raise BadInput(f"`count={count}` for {truth!r}: it has no modules of its own to be counted. Say a `count=`.")
    return count


def _placed(labels: np.ndarray, where: Tensor) -> Tensor:
    """Labels of some neurons among all; the others are in none."""
    whole = torch.full((len(where),), NONE)
    whole[where] = torch.from_numpy(np.asarray(labels, dtype=np.int64))
    return whole
