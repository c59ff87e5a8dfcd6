"""The pane of evidence: what an answer needs, and whether it is so."""

from pushforward.modules import Modules
from pushforward.modules.finding import AGREEMENT, LEVEL, reach
from pushforward.modules.lesions import Lesions
from pushforward.page.arrays import digits, loose, row
from pushforward.page.modules.words import nonlinearity
from pushforward.page.schema import Criterion, EvidencePane, LesionTable, PowerTable
from pushforward.page.words import number


def criteria(m: Modules) -> list[Criterion]:
    """What modules need, each with what was measured and what was needed; all are passed if and only if there are some.

    Where there are none, what makes an answer weaker is said as well: exact sets that do not count, too little power.
    """
    e = m.evidence
    needs = [
        Criterion(name="p-value", passed=e.p_value <= LEVEL, words=f"p = {e.p_value:.3f} ({LEVEL:g} or less needed)"),
        Criterion(
            name="score",
            passed=e.effect >= 1,
            words=f"score {number(e.score, 2)} ({number(e.needed, 2)} needed, rotated networks {number(e.mean, 2)})",
        ),
        _again(m),
    ]
    if m.significant:
        return needs
    if not e.exact:
        why = "rotated networks fall apart as well, or directions are mixed at random"
        said = f"sets that do not overlap at all do not count here: {why}"
        needs.append(Criterion(name="exact sets", passed=False, words=said))
    enough = m.power is not None and m.power.reach is not None
    return [*needs, Criterion(name="power", passed=enough, words=reach(m))]


def _again(m: Modules) -> Criterion:
    """Whether each set is found again from other inputs and neurons."""
    said = ", ".join(f"{value:.2f}" for value in m.stability.tolist())
    if len(m.stability) < 2:
        return Criterion(name="found again", passed=False, words="no two sets that keep apart")
    if not m.curve.leaks:
        return Criterion(name="found again", passed=True, words=f"not asked for by version 0.1: {said}")
    words = f"agreement {said} ({AGREEMENT:g} needed of each set)"
    return Criterion(name="found again", passed=bool((m.stability >= AGREEMENT).all()), words=words)


def evidence_pane(m: Modules, lesions: Lesions | None) -> EvidencePane:
    """Why the answer is what it is."""
    e = m.evidence
    return EvidencePane(
        criteria=criteria(m),
        score=digits(e.score),
        needed=digits(e.needed),
        null=row(e.null),
        power=_power(m),
        nearest=[loose(line) for line in m.nearest],
        layers=list(m.layers),
        linearity=nonlinearity(m),
        lesions=None if lesions is None else lesion_table(lesions),
    )


def _power(m: Modules) -> PowerTable | None:
    if m.power is None:
        return None
    return PowerTable(
        sizes=list(m.power.sizes),
        leaks=row(m.power.leaks),
        share=[row(line) for line in m.power.share],
        words=reach(m),
    )


def lesion_table(lesions: Lesions) -> LesionTable:
    """What ablating each module does, beside random sets."""
    return LesionTable(
        metrics=list(lesions.metrics),
        base=loose(lesions.baseline),
        effect=[loose(line) for line in lesions.effect],
        control=[[loose(line) for line in one] for one in lesions.control],
    )
