"""What is said of modules in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.modules.finding.evidence import AGREEMENT, LEVEL

if TYPE_CHECKING:
    from pushforward.modules.finding.result import Modules


def summary(m: Modules) -> str:
    """The modules and their evidence, in a few lines."""
    e, neurons = m.evidence, len(m.candidate)
    odds = f"score {e.score:.1f}, rotated networks {e.mean:.1f}, {e.needed:.1f} needed, p = {e.p_value:.3f}"
    if m.forced:
        told = "significant" if m.significant else f"not significant{why_not(m)}"
        lines = [f"{len(m.blocks)} blocks among {neurons} neurons, as asked for; {told} ({odds})"]
    elif not m.significant:
        head = f"no significant modules among {neurons} neurons{why_not(m)} ({odds})"
        lines = [head, f"  {reach(m)}"]
    else:
        lines = [f"{len(m.blocks)} modules among {neurons} neurons{at(m)} ({odds})"]
    for b, block in enumerate(m.blocks):
        names = [m.layers[i] for i in m.layer[block].unique().tolist()]
        shown = ", ".join(names[:4]) + (f", … ({len(names)} layers)" if len(names) > 4 else "")
        lines.append(f"  module {b}: {len(block)} neurons, stability {float(m.stability[b]):.2f}, in {shown}")
    left = ", ".join(f"{count} {why}" for why, count in m.left_out.items() if count)
    if m.blocks:
        lines.append(
            f"  in no module: {left or 'none'}; leakage {m.leakage:.1%} (chance {m.chance_leakage:.1%}), "
            f"{m.leakage_all:.1%} with the neurons left out"
        )
    if m.copies:
        lines.append(f"  {m.copies} of {len(m.sample)} neurons looked at are copies of others, which count once")
    lines.append(f"  {coverage(m)}")
    lines += [f"  group {g.blocks}: overlap {g.inside:.2f} inside, {abs(g.outside):.2f} outside" for g in m.groups]
    if m.linearity.at:
        lines.append(f"  {m.linearity}")
    return "\n".join(lines)


def at(m: Modules) -> str:
    """The leak; nothing where an earlier version found the modules."""
    return f" at leak {m.leak:g}" if m.curve.leaks else ""


def why_not(m: Modules) -> str:
    """What is missing, after a colon."""
    e = m.evidence
    if e.p_value > LEVEL or e.effect < 1:
        return ""
    if len(m.stability) < 2:
        return ": more structure than chance, but no two sets that keep apart"
    again = int((m.stability >= AGREEMENT).sum())
    return f": {len(m.stability)} sets beat the null, but only {again} are found again from other inputs and neurons"


def reach(m: Modules) -> str:
    """What would have been found."""
    if m.power is None:
        return "what would have been found was not looked at"
    if m.power.reach is None:
        return (
            f"cannot tell: modules planted into this network were found in less than 80 % of {m.power.trials} trials, "
            f"up to {m.power.sizes[-1]} of {m.power.neurons} neurons each"
        )
    size, leak = m.power.reach
    told = (
        f"two modules of {size} of the {m.power.neurons} neurons looked at, leak up to {leak:g}, would have been found"
    )
    return told if leak else f"{told}; of modules that leak at all this says nothing"


def coverage(m: Modules) -> str:
    """Coverage at the chosen leak, beside the nulls."""
    c = m.curve
    if not c.leaks:
        return "coverage at other leaks: not looked at by the version that made this file"
    i = min(range(len(c.leaks)), key=lambda k: abs(c.leaks[k] - m.leak))
    null = sorted(row[i] for row in c.null)
    twin = f"untrained twin {max(row[i] for row in c.twin):.1%}" if c.twin else f"no untrained twin ({c.no_twin})"
    return (
        f"coverage beyond the largest set at leak {c.leaks[i]:g}: {c.coverage[i]:.1%}; rotated networks "
        f"{null[0]:.1%} … {null[-1]:.1%}, {twin}"
    )
