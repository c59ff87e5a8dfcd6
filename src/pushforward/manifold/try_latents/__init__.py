"""Topology by training: from which latents can a one-to-one generator of the data be trained?"""

from pushforward.manifold.try_latents.candidates import candidates as candidates
from pushforward.manifold.try_latents.result import LatentTrial as LatentTrial
from pushforward.manifold.try_latents.result import LatentTrials as LatentTrials
from pushforward.manifold.try_latents.run import try_latents as try_latents
