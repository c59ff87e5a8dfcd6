"""What a traversal shows, in words."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from pushforward.modules.contrasts.near_copies import Copy
from pushforward.modules.contrasts.overlap import Shared
from pushforward.schema import coded

# Up to the first of these off-target changes a block is called kept fixed; beyond the second, not separated.
FIXED, LEAKS = 0.05, 0.20
# The same of its worst neuron alone. A copy of a single neuron moves at 1. Of 170 walks from digits whose off-target
# change is at most 0.05 (modules of MLPs and a CNN) the worst neuron came to 0.23 and 0.50, once more than 0.5.
WORST_FIXED, WORST_LEAKS = 0.5, 1.0
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


class Extreme(NamedTuple):
    """The neuron of the fixed block that moved most against the moved block: its name, number, σ, and that share."""

    name: str
    neuron: int
    moved: float
    share: float

    def __str__(self) -> str:
        return f"worst neuron {self.name}, number {self.neuron}: {self.moved:.2f} σ, {self.share:.1%}"


def measured(
    who: str,
    other: str,
    *,
    leak: float,
    moved: float,
    distance: float,
    stopped: str,
    worst: Extreme | None = None,
    copies: tuple[Copy, ...] = (),
) -> Verdict:
    """By how much the fixed block, and its worst neuron, moved against the moved one, and how far that one came.

    Two blocks of which one holds copies of the other's neurons are not separated, whatever their means do.
    """
    if moved <= 0:
        return Verdict(
            "not separated", f"{who} does not move at all ({stopped})", "Try another candidate or a larger `starts=`."
        )
    reason = f"{other} moved at most {leak:.1%} as much as {who}" + (f" ({worst})" if worst else "")
    if copies:
        reason = f"A and B have copies of a neuron, {copies[0]}; {reason}"
        return Verdict("not separated", reason, "Leave copies out of one of the sets, or contrast sets without them.")
    kind = _kind(leak, worst.share if worst else 0.0)
    if moved < FULL * distance:
        reason += f", which came {moved:.2f} of {distance:.2f} σ far: {stopped}"
        return Verdict(kind, reason, "Try a smaller `distance=` or another candidate.")
    advice = {
        "kept fixed": "",
        "off-target change": "Try another candidate, a smaller `distance=`, or more `directions=`.",
        "not separated": "Try another candidate, more `starts=`, or inputs with more directions (`rank=`).",
    }
    return Verdict(kind, reason, advice.get(kind, ""))


def _kind(leak: float, worst: float) -> Kind:
    if leak <= FIXED and worst <= WORST_FIXED:
        return "kept fixed"
    return "off-target change" if leak <= LEAKS and worst <= WORST_LEAKS else "not separated"
