"""Generators: maps from a latent manifold onto data, with a left inverse."""

from pushforward.generator.generator import Generator as Generator
from pushforward.generator.losses import AdversarialLoss as AdversarialLoss
from pushforward.generator.losses import NonSaturating as NonSaturating
from pushforward.generator.losses import Relativistic as Relativistic
from pushforward.generator.quality import Quality as Quality
from pushforward.generator.quality import quality as quality
from pushforward.generator.training import Training as Training
