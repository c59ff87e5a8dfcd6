"""Topology by training: from which latents can a one-to-one generator of the data be trained?"""

from pushforward.manifold.latent_trials.proposals import candidates
from pushforward.manifold.latent_trials.readings import Readings
from pushforward.manifold.latent_trials.result import LatentTrial, LatentTrials
from pushforward.manifold.latent_trials.run import try_latents
from pushforward.manifold.latent_trials.verdict import LEAST, LIMITS, MOST

__all__ = [
    "LEAST",
    "LIMITS",
    "MOST",
    "LatentTrial",
    "LatentTrials",
    "Readings",
    "candidates",
    "try_latents",
]
