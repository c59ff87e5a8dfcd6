"""What is said of a contrast: the verdict, its numbers, and every reason for doubt."""

from math import isinf, isnan

from pushforward.modules import Contrast, Traversal
from pushforward.modules.contrasts import FIXED, WORST_FIXED
from pushforward.page.words import Verdict, counted, listed


def percent(share: float) -> str:
    """A share in percent, with a decimal where that can be read.

    >>> percent(0), percent(0.0688), percent(1.08), percent(0.0004), percent(float("inf"))
    ('0%', '6.9%', '108%', '<0.1%', '∞')
    """
    if share == 0 or share == float("inf"):
        return "0%" if share == 0 else "∞"
    if isnan(share):
        return "–"
    if share < 0.0005:
        return "<0.1%"
    return f"{share:.1%}" if share < 0.9995 else f"{share:.0%}"


def ratio(value: float) -> str:
    """A number that may be infinite or unknown, with about three digits.

    >>> ratio(2.345), ratio(-0.5), ratio(401.2), ratio(float("inf")), ratio(float("nan"))
    ('2.35', '-0.50', '401', '∞', '–')
    """
    if isnan(value) or isinf(value):
        return "–" if isnan(value) else "∞"
    return f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"


def told_apart(c: Contrast) -> bool:
    """Whether either block moved as far as it should while the other was kept fixed."""
    return all(t.verdict.good and t.reached for t in (c.a, c.b))


def heading(t: Traversal) -> str:
    """Who moves, and what that does to the other."""
    far = ", as far as it came" if t.verdict.good and not t.reached else ""
    return f"{t.names[0]} moves, {_fate(t)}{far}"


def _fate(t: Traversal) -> str:
    """What happens to the set that was to stay."""
    other = t.names[1]
    return {
        "kept fixed": f"{other} is kept fixed",
        "off-target change": f"{other} leaks",
        "not separated": f"{other} is not separated from it",
        "no such direction": f"{other} with it: there is no such direction",
    }[t.verdict.kind]


def numbers(t: Traversal) -> str:
    """The numbers that belong to every strip: leak, chance, distance, place in the distribution, reason."""
    where = f"frames at percentiles {span(t)} {t.place}{_along(t)}"
    reason = f"{t.verdict.reason[:1].upper()}{t.verdict.reason[1:]}."
    if t.verdict.kind == "not separated" or (not t.reached and t.verdict.kind != "no such direction"):
        return f"{reason} Random directions leak {percent(t.chance)}; {where}."
    far = f"{t.names[0]} came {float(t.moved[-1]):.2f} of {t.distance:.2f} σ"
    leak = f"Leak at most {percent(t.leak)} (random directions {percent(t.chance)})"
    if not isnan(float(t.peak.max())):
        leak += f", worst neuron {percent(t.worst_leak)}"
    return f"{leak}; {far}; {where}." + (f" {reason}" if t.verdict.kind == "no such direction" else "")


def _along(t: Traversal) -> str:
    """How far out the frames lie along the way, if that is known."""
    farthest = float(t.z.abs().max())
    return "" if isnan(farthest) else f", up to {farthest:.1f} σ out along the way, where inputs reach {t.reach:.1f}"


def leaked(t: Traversal) -> str:
    """The leak, if there is one."""
    return percent(t.leak) if float(t.moved[-1]) > 0 else f"{t.names[0]} does not move"


def span(*traversals: Traversal) -> str:
    """The least and the largest percentile of any frame."""
    low = min(float(t.percentile.min()) for t in traversals)
    high = max(float(t.percentile.max()) for t in traversals)
    return percent(low) if low == high else f"{percent(low)} … {percent(high)}"


def verdict(c: Contrast) -> Verdict:
    """Headline and sentences."""
    return Verdict(_headline(c), tuple(_sentences(c)))


def _headline(c: Contrast) -> str:
    if told_apart(c):
        return f"Separable: off-target change {percent(c.a.leak)} when A moves, {percent(c.b.leak)} when B moves"
    return "; ".join(f"{heading(t)} ({leaked(t)})" for t in (c.a, c.b))


def _sentences(c: Contrast) -> list[str]:
    lines = []
    for t in (c.a, c.b):
        parts = (f"When {t.names[0]} moves, {_fate(t)}: {t.verdict.reason}", t.verdict.advice)
        lines += [f"{part.rstrip('.')}." for part in parts if part]
    lines.append(
        f"On the input found the overlap of the two sets is {c.overlap:.3f}: 0 means that they work with different "
        "properties of it, 1 with the same."
    )
    if c.copies:
        lines.append(f"Copies, or nearly so, in both sets: {listed([str(copy) for copy in c.copies])}.")
    if not c.usual:
        lines.append("That input itself lies outside the distribution.")
    dead = [f"{counted(n, 'neuron')} of {who}" for who, n in zip("AB", c.dead, strict=True) if n]
    if dead:
        lines.append(f"{listed(dead)} never moved and {'was' if c.dead in ((1, 0), (0, 1)) else 'were'} left out.")
    return lines


def tiles(c: Contrast) -> tuple[tuple[str, str, str], ...]:
    """The main numbers: what, how much, compared with what."""
    lines = [("overlap", f"{c.overlap:.3f}", "0: different properties, 1: the same")]
    for t in (c.a, c.b):
        who = t.names[0]
        leak = percent(t.leak) if float(t.moved[-1]) > 0 else "–"
        lines.append((f"leak, {who} moves", leak, f"of {who}'s movement; {FIXED:.0%} or less is kept fixed"))
    worst = " / ".join(percent(t.worst_leak) if not isnan(float(t.peak.max())) else "–" for t in (c.a, c.b))
    lines.append(("worst neuron", worst, f"of the same, A / B moves; {WORST_FIXED:.0%} or less is kept fixed"))
    epr = " / ".join(ratio(float(t.epr[-1])) for t in (c.a, c.b))
    lines.append(("EPR", epr, "mean change of A / B over that of all other neurons, last frame"))
    chances = [percent(t.chance) for t in (c.a, c.b)]
    lines.append(("by chance", " / ".join(chances), "leak of random directions, A / B moves"))
    far = " / ".join(f"{float(t.moved[-1]):.2f}" for t in (c.a, c.b))
    lines.append(("moved (σ)", far, f"A / B, of {c.a.distance:g} asked for"))
    lines.append(("percentiles", span(c.a, c.b), "of all frames; density among the inputs"))
    return tuple(lines)
