"""Generators: maps from a latent manifold onto data, with a left inverse."""

from pushforward.generator.adversarial import AdversarialLoss, NonSaturating, Relativistic, Training
from pushforward.generator.files import frozen
from pushforward.generator.generator import Generator
from pushforward.generator.inverse import CHUNK, encoder_points, likeliest
from pushforward.generator.layers import initialise
from pushforward.generator.networks import Architecture, are_images
from pushforward.generator.quality_card import quality
from pushforward.generator.result import Inverse, Preimages, Quality
from pushforward.generator.scaling import Scaling
from pushforward.generator.tangent import Paint, jacobians
from pushforward.generator.tilts import Tilt

__all__ = [
    "CHUNK",
    "AdversarialLoss",
    "Architecture",
    "Generator",
    "Inverse",
    "NonSaturating",
    "Paint",
    "Preimages",
    "Quality",
    "Relativistic",
    "Scaling",
    "Tilt",
    "Training",
    "are_images",
    "encoder_points",
    "frozen",
    "initialise",
    "jacobians",
    "likeliest",
    "quality",
]
