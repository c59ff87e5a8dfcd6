"""Topology by training: from which latents can a one-to-one generator of the data be trained?"""

from pushforward.manifold.latent_trials.proposals import candidates
from pushforward.manifold.latent_trials.result import LatentTrial, LatentTrials
from pushforward.manifold.latent_trials.run import try_latents

__all__ = [
    "LatentTrial",
    "LatentTrials",
    "candidates",
    "try_latents",
]
