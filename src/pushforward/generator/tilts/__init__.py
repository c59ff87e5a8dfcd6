"""Laws on a latent, learned once the map is there: how much likelier each point is than the latent says."""

from pushforward.generator.tilts.learning import learn
from pushforward.generator.tilts.registry import restored, suited
from pushforward.generator.tilts.tilt import Tilt

__all__ = [
    "Tilt",
    "learn",
    "restored",
    "suited",
]
