"""The training of generators: a game between generator, critic and encoder."""

from pushforward.generator.adversarial.losses import AdversarialLoss, NonSaturating, Relativistic, energy
from pushforward.generator.adversarial.pieces import choose
from pushforward.generator.adversarial.run import POINTS, Fitted, fit
from pushforward.generator.adversarial.settings import Training
from pushforward.generator.adversarial.state import COLUMNS

__all__ = [
    "COLUMNS",
    "POINTS",
    "AdversarialLoss",
    "Fitted",
    "NonSaturating",
    "Relativistic",
    "Training",
    "choose",
    "energy",
    "fit",
]
