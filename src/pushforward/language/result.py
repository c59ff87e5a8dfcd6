"""`Swaps`: single tokens replaced so that one set of neurons moves and another stays, beside random ones."""

from dataclasses import dataclass

from torch import Tensor

from pushforward.result import Columns, Result

# Rows of a summary, at most.
ROWS = 10
# A swap stands out if its off-target change is at most this share of that of random ones.
APART = 0.2


@dataclass(frozen=True)
class Swap:
    """One token of a prompt replaced: the number of the prompt, its tokens, the position, and the new token there.

    `moved`: the root mean square change of A's neurons, in σ; `off_target`: that of B's, divided by it; `chance`: the
    median off-target change of the random swaps that move A as much.
    """

    prompt: int
    tokens: tuple[str, ...]
    position: int
    token: str
    moved: float
    off_target: float
    chance: float

    @property
    def old(self) -> str:
        """The token that is replaced."""
        return self.tokens[self.position]

    @property
    def ratio(self) -> float:
        """The off-target change over that of random swaps that move A as much."""
        return self.off_target / max(self.chance, 1e-300)

    def __str__(self) -> str:
        parts = [*self.tokens]
        parts[self.position] = f"[{self.old.strip()} → {self.token.strip()}]"
        return " ".join(part.strip() for part in parts)


@dataclass(frozen=True, eq=False, repr=False)
class Swaps(Result):
    """Real token swaps that move A and leave B, each measured by a forward pass.

    First comes the one whose off-target change is the smallest share of that of random swaps that move A as much.

    `random_moved`, `random_off_target` (k,): the same of swaps drawn at random from all `total`, whether they move A or
    not. `measured`: how many swaps were, those included. `distance`: how far A had to move, in σ. `sizes`: how many
    neurons of A and of B were looked at.

    >>> import torch
    >>> import pushforward as pf
    >>> from pushforward.language.result import Swap
    >>> best = Swap(0, ("the", "cat", "sat"), 1, "dog", moved=0.9, off_target=0.05, chance=0.6)
    >>> others = torch.full((20,), 0.6)
    >>> swaps = pf.results.Swaps((best,), others, others, 0.5, total=30, measured=21, sizes=(4, 4))
    >>> print(swaps.swaps[0], round(swaps.ratio, 2))
    the [cat → dog] sat 0.08
    """

    swaps: tuple[Swap, ...]
    random_moved: Tensor
    random_off_target: Tensor
    distance: float
    total: int
    measured: int
    sizes: tuple[int, int]

    @property
    def ratio(self) -> float:
        """The off-target change of the best swap, over that of random swaps that move A as much; NaN for no swap."""
        return self.swaps[0].ratio if self.swaps else float("nan")

    @property
    def verdict(self) -> str:
        """What came out, in words."""
        if not self.swaps:
            return f"no swap that was measured moves A by {self.distance:g} σ"
        best = self.swaps[0]
        said = (
            f"a token that moves A by {best.moved:.2f} σ changes B by {best.off_target:.1%} of that; "
            f"random ones that move A as much by {best.chance:.1%}"
        )
        return said if self.ratio <= APART else f"no token moves A alone: {said}"

    def columns(self) -> Columns:
        """A row for each swap, best first."""
        names = ("prompt", "position", "old", "token", "moved", "off_target", "chance")
        return {name: [getattr(swap, name) for swap in self.swaps] for name in names}

    def _brief(self) -> str:
        best = f", best {self.swaps[0].off_target:.1%}, {self.ratio:.2f} of random" if self.swaps else ""
        return f"{len(self.swaps)} of {self.total:,} single tokens{best}"

    def summary(self) -> str:
        """What came out, and the best swaps with their numbers."""
        lines = [
            self.verdict,
            f"  {self.sizes[0]} neurons of A, {self.sizes[1]} of B; {self.measured:,} of {self.total:,} swaps "
            f"measured, {len(self.random_moved)} of them drawn at random",
        ]
        if self.swaps:
            lines.append("  moved σ  off-target   random")
        lines += [f"  {s.moved:7.2f}  {s.off_target:10.1%}  {s.chance:7.1%}   {s}" for s in self.swaps[:ROWS]]
        return "\n".join(lines)
