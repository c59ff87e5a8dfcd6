"""What is said of modules, in sentences: everything the report says of them that is not a picture."""

from torch import Tensor

from pushforward.modules import Modules
from pushforward.modules.finding import LEVEL, coverage, reach
from pushforward.net import SAMPLES
from pushforward.page.words import Verdict, counted, listed, number

# What modules do, by what they were found.
WORK = {"directions": "work with different directions of the input", "activity": "are active on different inputs"}


def shown_as_modules(modules: Modules) -> bool:
    """Whether blocks are presented as modules: they are significant, or were asked for."""
    return modules.significant or modules.forced


def blocks_of(modules: Modules) -> list[Tensor]:
    """The neurons of every candidate block, significant or not."""
    return [(modules.candidate == b).nonzero()[:, 0] for b in range(int(modules.candidate.max()) + 1)]


def odds(modules: Modules) -> str:
    """The evidence as numbers: p, the score, and what is needed."""
    e = modules.evidence
    return f"p = {e.p_value:.3f}, score {number(e.score, 2)} of {number(e.needed, 2)} needed"


def shortfall(modules: Modules) -> list[str]:
    """What was measured and what was needed, in a few short lines."""
    e = modules.evidence
    if e.significant:
        return [odds(modules), "but no two sets are found again"]
    return [f"p = {e.p_value:.3f} (≤ {LEVEL:g} needed)", f"score {number(e.score, 2)} (≥ {number(e.needed, 2)} needed)"]


def verdict(modules: Modules) -> Verdict:
    """The answer, with its numbers and its doubts."""
    neurons, assigned = len(modules.candidate), int((modules.labels >= 0).sum())
    if modules.significant:
        head = f"{counted(len(modules.blocks), 'module')}, {odds(modules)}"
        first = (
            f"{assigned:,} of {neurons:,} neurons ({assigned / neurons:.0%}) fall into {len(modules.blocks)} modules "
            f"that {WORK[modules.by]}. Any two overlap at most {modules.leak:.0%} as much as they do within."
        )
        return Verdict(head, (first, _evidence(modules), _curve(modules), _leaks(modules), nonlinearity(modules)))
    if modules.forced:
        head = f"{len(modules.blocks)} blocks, as asked for; not significant, {odds(modules)}"
        first = f"The neurons were split into {len(modules.blocks)} blocks because that number was asked for."
        lacking = f"{_sentence(_lacking(modules))}."
        return Verdict(head, (first, _evidence(modules), lacking, _leaks(modules), nonlinearity(modules)))
    blocks = int(modules.candidate.max()) + 1
    candidate = (
        f"The {blocks} best sets are drawn below, but should not be read as modules."
        if blocks > 1
        else "There are no two sets that keep apart."
    )
    head = "No modules" if modules.verdict == "none" else "Modules undetermined"
    reasons = (f"{_sentence(_lacking(modules))}.", _evidence(modules), f"{_sentence(reach(modules))}.", candidate)
    return Verdict(f"{head}, {odds(modules)}", (*reasons, nonlinearity(modules)))


def nonlinearity(modules: Modules) -> str:
    """How far the linear picture holds near some of the inputs used."""
    told = _sentence(str(modules.linearity))
    return f"{told}." if modules.linearity.missing else f"{told}, by {SAMPLES} samples a scale."


def _lacking(modules: Modules) -> str:
    """Why it is not significant."""
    e = modules.evidence
    if e.significant:
        return "more structure than chance, but its sets are not found again from other inputs and neurons"
    if e.p_value > LEVEL:
        return f"rotated networks often score as much (p above {LEVEL:g})"
    return f"hardly above rotated networks (score {number(e.score, 2)}, {number(e.needed, 2)} needed)"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _evidence(modules: Modules) -> str:
    e = modules.evidence
    as_much = sum(q >= e.score for q in e.null) or "none"
    return (
        f"How coherent and separate the second best set is scores {number(e.score, 3)}; {len(e.null)} networks with "
        f"rotated channels score {e.mean:.2f} on average, and {as_much} of them as much as this one."
    )


def _curve(modules: Modules) -> str:
    return f"{_sentence(coverage(modules))}."


def _leaks(modules: Modules) -> str:
    return (
        f"Of the squared correlation among their neurons {modules.leakage:.1%} lies between different blocks; it would "
        f"be {modules.chance_leakage:.1%} for random blocks of these sizes. With the neurons left out, "
        f"{modules.leakage_all:.1%} lies in no module."
    )


def effective_rank(modules: Modules) -> float:
    r"""How many directions the neurons work with: $(\sum \sigma^2)^2 / \sum \sigma^4$ of the unit rows' spectrum."""
    energy = modules.spectrum.double().square()
    return float(energy.sum().square() / energy.square().sum())


def tiles(modules: Modules) -> tuple[tuple[str, str, str], ...]:
    """The main numbers: what, how much, compared with what."""
    e, neurons = modules.evidence, len(modules.candidate)
    assigned = int((modules.labels >= 0).sum())
    first = [
        ("modules", str(len(modules.blocks)) if modules.significant else "0", f"among {neurons:,} neurons"),
        ("p-value", f"{e.p_value:.3f}", f"{LEVEL:g} or less needed"),
        ("score", number(e.score, 3), f"{number(e.needed, 2)} needed; rotated: {e.mean:.2f}"),
        ("leak", f"{modules.leak:g}", "allowed between modules"),
    ]
    if not shown_as_modules(modules):
        return tuple(first)
    return (
        *first,
        ("assigned", f"{assigned / neurons:.0%}", f"{assigned:,} neurons"),
        ("leakage", f"{modules.leakage:.1%}", f"chance: {modules.chance_leakage:.1%}"),
    )


def layers_of(modules: Modules, block: Tensor) -> str:
    """The layers a block runs through, with the number of its neurons in each."""
    numbers, counts = modules.layer[block].unique(return_counts=True)
    return ", ".join(f"{modules.layers[i]} ({n:,})" for i, n in zip(numbers.tolist(), counts.tolist(), strict=True))


def left_out(modules: Modules) -> tuple[str, ...]:
    """Who is in no module, and why."""
    if not shown_as_modules(modules):
        return ()
    out, neurons = modules.left_out, len(modules.candidate)
    total, reasons = sum(out.values()), []
    if n := out.get("dead", 0):
        reasons.append(f"{counted(n, 'neuron')} never moved at the inputs used (dead).")
    if n := out.get("load on several blocks", 0):
        reasons.append(
            f"{counted(n, 'neuron')} {'loads' if n == 1 else 'load'} on several blocks: none holds enough of them."
        )
    head = (
        f"{total:,} of {neurons:,} neurons ({total / neurons:.0%}) are in no module."
        if total
        else "No neuron is left out."
    )
    return (head, *reasons)


def groups(modules: Modules) -> tuple[str, ...]:
    """Blocks that overlap more with each other than with the rest."""
    if not shown_as_modules(modules):
        return ()
    return tuple(
        f"Modules {listed([str(b) for b in g.blocks])}: overlap {number(abs(g.inside), 2)} with each other, "
        f"{number(abs(g.outside), 2)} with the rest."
        for g in modules.groups
    )
