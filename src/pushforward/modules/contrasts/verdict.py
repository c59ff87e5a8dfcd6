"""What a traversal shows, in words."""

from dataclasses import dataclass, field
from typing import Literal

from pushforward.modules.contrasts.overlap import Shared
from pushforward.schema import coded

# Up to the first of these off-target changes a block is called kept fixed; beyond the second, not separated.
FIXED, LEAKS = 0.05, 0.20
# A traversal has reached its distance at this share of it.
FULL = 0.98

Kind = Literal["kept fixed", "off-target change", "not separated", "no such direction"]
# Words of version 0.1.
OLD = {"held": "kept fixed", "leaks": "off-target change"}


@dataclass(frozen=True)
class Verdict:
    """What came out, the reason, and what to try if it is not what one hoped for."""

    kind: Kind = field(metadata=coded(str, lambda kind: OLD.get(kind, kind)))
    reason: str
    advice: str = ""

    @property
    def good(self) -> bool:
        """Whether the one block moved and the other was kept fixed."""
        return self.kind == "kept fixed"

    def __str__(self) -> str:
        return ": ".join(part for part in (self.kind, self.reason) if part) + (
            f". {self.advice}" if self.advice else ""
        )


def impossible(who: str, other: str, common: Shared, least: float, *, everywhere: bool) -> Verdict:
    """No direction moves one block alone."""
    if everywhere:
        reason = f"at every one of the inputs, {who} is a linear function of {other}"
    else:
        reason = f"at this x the blocks share {common.shared} of {common.moving} directions, all that move {who}"
    return Verdict(
        "no such direction",
        f"{reason}; the least possible off-target change, to first order, is {least:.2g}",
        f"Try another candidate, inputs with more directions (`rank=`), or neurons of {who} that {other} does not fix.",
    )


def measured(who: str, other: str, *, leak: float, moved: float, distance: float, stopped: str) -> Verdict:
    """By how much the fixed block moved against the moved one, at the worst frame, and how far that one came."""
    if moved <= 0:
        return Verdict(
            "not separated", f"{who} does not move at all ({stopped})", "Try another candidate or a larger `starts=`."
        )
    kind: Kind = "kept fixed" if leak <= FIXED else "off-target change" if leak <= LEAKS else "not separated"
    reason = f"{other} moved at most {leak:.1%} as much as {who}"
    if moved < FULL * distance:
        reason += f", which came {moved:.2f} of {distance:.2f} σ far: {stopped}"
        return Verdict(kind, reason, "Try a smaller `distance=` or another candidate.")
    advice = {
        "kept fixed": "",
        "off-target change": "Try another candidate, a smaller `distance=`, or more `directions=`.",
        "not separated": "Try another candidate, more `starts=`, or inputs with more directions (`rank=`).",
    }
    return Verdict(kind, reason, advice.get(kind, ""))
