"""From results to what is sent to a page."""

import math

import torch

from pushforward.errors import BadInput
from pushforward.modules.contrasts import Traversal, Way
from pushforward.modules.lesions import Lesions
from pushforward.page import Frame, LesionTable, Painter, TraversalFacts


def frame_of(way: Way, at: float, moves: str, painter: Painter) -> Frame:
    """A position of a way, measured now."""
    shot = way.shot(at)
    return {
        "at": at,
        "picture": painter.picture(shot.input, f"{moves} moved by {at:+.2f} σ", start=way.start),
        "moved": shot.moved,
        "leaked": shot.leaked,
        "peak": _finite(shot.peak),
        "predicted": _finite(shot.predicted),
        "percentile": _finite(shot.percentile),
        "z": _finite(shot.z),
        "worst": [(leak.name, leak.moved) for leak in shot.worst],
    }


def traversal_facts(way: Way, names: tuple[str, str], painter: Painter) -> TraversalFacts:
    """A way with frames at all of its points; its verdict is that of the sense that came out worse."""
    worse = max(way.forth.traversal, way.back.traversal, key=_badness)
    return {
        "moves": names[0],
        "fixed": names[1],
        "verdict": str(worse.verdict),
        "kind": worse.verdict.kind,
        "chance": worse.chance,
        "reach": _finite(worse.reach),
        "place": worse.place,
        "frames": [frame_of(way, at, names[0], painter) for at in way.positions],
    }


def _badness(t: Traversal) -> tuple[bool, bool, float]:
    """Whether it failed, whether it ended too early, and how much leaked."""
    return not t.verdict.good, not t.reached, t.leak


def lesion_table(lesions: Lesions) -> LesionTable:
    """Lesions as numbers. Raises `BadInput` where the metric gave none."""
    for numbers in (lesions.baseline, lesions.effect, lesions.control):
        if not bool(torch.isfinite(numbers).all()):
            raise BadInput(
                f"the metric ({', '.join(lesions.metrics)}) gave NaN or infinity. Let it return finite numbers for any "
                "model, also for one with neurons at zero."
            )
    return {
        "metrics": list(lesions.metrics),
        "base": lesions.baseline.tolist(),
        "effect": lesions.effect.tolist(),
        "control": lesions.control.tolist(),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
