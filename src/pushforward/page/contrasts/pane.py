"""The pane of a contrast: the input, and the frames along which either set moves while the other is kept fixed."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from pushforward import structure
from pushforward.modules import Contrast, Traversal
from pushforward.page.arrays import digits, finite
from pushforward.page.contrasts.words import told_apart, verdict
from pushforward.page.pictures import Painter
from pushforward.page.schema import ContrastPane, Frame, TraversalFacts
from pushforward.page.studies import ContrastStudy, Members


def contrast_pane(
    part: Contrast | ContrastStudy, *, members: Sequence[Sequence[Members]] = (), names: Sequence[str] = ()
) -> ContrastPane:
    """A contrast; `members` are those of the modules on the same page, among which its sets are looked for by neurons.

    `names` are those of the features of vectors.
    """
    study = part if isinstance(part, ContrastStudy) else ContrastStudy(title="", contrast=part)
    c = study.contrast
    start = structure.item(c.a.frames, 0)
    painter = Painter(_frames(c.a, c.b), tokens=_vocabulary(study, start), names=names)
    return ContrastPane(
        names=study.names,
        sets=sets_of(study, members),
        input=painter.picture(start, f"the input, start {c.candidates[c.chosen].start}"),
        overlap=digits(c.overlap),
        verdict=verdict(c).headline,
        good=told_apart(c),
        traversals=[traversal_facts(t, painter, called=study.names) for t in (c.a, c.b)],
    )


def traversal_facts(t: Traversal, painter: Painter, *, called: tuple[str, str]) -> TraversalFacts:
    """The frames of a traversal, whose sets A and B have names, with what was measured on each."""
    names = dict(zip("AB", called, strict=True))
    moves, fixed = (names.get(name, name) for name in t.names)
    return TraversalFacts(
        moves=moves,
        fixed=fixed,
        verdict=str(t.verdict),
        kind=t.verdict.kind,
        chance=finite(t.chance),
        reach=finite(t.reach),
        place=t.place,
        frames=[_frame(t, i, painter, f"{moves} moved by {float(t.moved[i]):.2f} σ") for i in range(len(t.moved))],
    )


def _frame(t: Traversal, i: int, painter: Painter, alt: str) -> Frame:
    last = len(t.moved) - 1
    asked = t.distance * i / max(last, 1) if t.reached else float(t.moved[i])
    start = structure.item(t.frames, 0)
    return Frame(
        at=digits(asked),
        picture=painter.picture(structure.item(t.frames, i), alt, start=start),
        moved=digits(float(t.moved[i])),
        leaked=finite(float(t.leaked[i])),
        peak=finite(float(t.peak[i])),
        predicted=finite(float(t.predicted[i])),
        percentile=finite(float(t.percentile[i])),
        z=finite(float(t.z[i])),
        worst=[(leak.name, digits(leak.moved)) for leak in t.worst] if i == last else [],
    )


def _frames(a: Traversal, b: Traversal) -> object:
    """The frames of both, which share one scale."""
    others = structure.leaves(b.frames)
    return structure.rebuild(a.frames, lambda name, t: torch.cat([t, others[name].to(t)]))


def _vocabulary(study: ContrastStudy, x: object) -> Mapping[Any, Any] | Tensor | None:
    """The tokens, where the inputs are embeddings (l, d)."""
    return study.tokens if any(t.ndim == 2 for t in structure.moving(x).values()) else None


def sets_of(study: ContrastStudy, members: Sequence[Sequence[Members]]) -> tuple[int, int]:
    """The modules that A and B are, by number, −1 for what is none; `members` are those of all modules."""
    a, b = (_number(one, members) for one in study.members)
    return a, b


def _number(own: Sequence[Members], members: Sequence[Sequence[Members]]) -> int:
    """The module that has just these neurons, −1 if none has."""
    return next((b for b, those in enumerate(members) if own and tuple(those) == tuple(own)), -1)
