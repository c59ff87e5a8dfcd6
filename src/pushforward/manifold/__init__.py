"""What a generator or data says about the manifold the data lie on."""

from pushforward.manifold.densities import Density, density, density_at
from pushforward.manifold.dimensions import Dimension, dimension
from pushforward.manifold.geometry import (
    Effect,
    Holonomy,
    Path,
    PropertyTransfer,
    Relaxation,
    carry,
    distances,
    exponential,
    geodesic,
    holonomy,
    metric,
    straight_line,
    transport,
)
from pushforward.manifold.latent_trials import LatentTrial, LatentTrials, candidates, try_latents
from pushforward.manifold.topologies import Topology, fit_atlas, topology

__all__ = [
    "Density",
    "Dimension",
    "Effect",
    "Holonomy",
    "LatentTrial",
    "LatentTrials",
    "Path",
    "PropertyTransfer",
    "Relaxation",
    "Topology",
    "candidates",
    "carry",
    "density",
    "density_at",
    "dimension",
    "distances",
    "exponential",
    "fit_atlas",
    "geodesic",
    "holonomy",
    "metric",
    "straight_line",
    "topology",
    "transport",
    "try_latents",
]
