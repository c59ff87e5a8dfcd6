"""What every training shares: checkpoints, interruption, draws that are the same after a restart."""

from pushforward.training.checkpoint import resume, weights, write
from pushforward.training.interrupt import held_back
from pushforward.training.random_state import repeatable

__all__ = [
    "held_back",
    "repeatable",
    "resume",
    "weights",
    "write",
]
