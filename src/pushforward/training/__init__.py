"""What every training shares: checkpoints, interruption, draws that are the same after a restart."""

from pushforward.process import repeatable
from pushforward.training.checkpoint import fingerprint, resume, weights, write
from pushforward.training.interrupt import delayed_interrupt
from pushforward.training.packing import packed, under, unpack
from pushforward.training.parts import Parts

__all__ = [
    "Parts",
    "delayed_interrupt",
    "fingerprint",
    "packed",
    "repeatable",
    "resume",
    "under",
    "unpack",
    "weights",
    "write",
]
