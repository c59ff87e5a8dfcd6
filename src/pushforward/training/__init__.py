"""What every training shares: checkpoints, interruption, draws that are the same after a restart."""

from pushforward.process import repeatable
from pushforward.training.calls import IDLE, follows_from
from pushforward.training.checkpoint import expect, resumable, resume, write
from pushforward.training.digests import describe, identity, same_draws
from pushforward.training.interrupt import delayed_interrupt
from pushforward.training.packing import packed, under, unpack
from pushforward.training.parts import Parts

__all__ = [
    "IDLE",
    "Parts",
    "delayed_interrupt",
    "describe",
    "expect",
    "follows_from",
    "identity",
    "packed",
    "repeatable",
    "resumable",
    "resume",
    "same_draws",
    "under",
    "unpack",
    "write",
]
