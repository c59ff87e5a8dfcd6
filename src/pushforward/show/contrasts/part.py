"""What the report shows of one contrast."""

from typing import NamedTuple

from pushforward.modules import Contrast, Traversal
from pushforward.page import contrasts as words
from pushforward.page.studies import ContrastStudy, Members
from pushforward.show.contrasts.captions import caption
from pushforward.show.contrasts.figure import contrast_figure
from pushforward.show.contrasts.kinds import view_of
from pushforward.show.part import Part, Plate, described


class CandidateRow(NamedTuple):
    """A line of the table of inputs considered."""

    start: int
    overlap: str
    percentile: str
    chosen: bool


class DirectionRow(NamedTuple):
    """A line of the table of directions."""

    number: int
    speed: str
    held: str
    leak: str
    chance: str
    followed: bool


class Side(NamedTuple):
    """One traversal in tables: its directions, its frames, and the neurons that leak."""

    title: str
    directions: tuple[DirectionRow, ...]
    frames: tuple[tuple[str, tuple[str, ...]], ...]
    worst: tuple[tuple[str, str], ...]


class SetRow(NamedTuple):
    """One of the two sets: what it is, how many neurons, in which layers."""

    letter: str
    name: str
    size: int
    dead: int
    members: tuple[Members, ...]


def contrast_part(study: ContrastStudy, sets: tuple[int, int] = (-1, -1)) -> Part:
    """All that is said of a contrast; `sets` are the modules that A and B are, by number, −1 for none."""
    c = study.contrast
    view = view_of((c.a, c.b), study.tokens)
    under = caption(study, view.kind)
    plate = Plate(
        "strips",
        lambda w: contrast_figure(c, tokens=study.tokens, sets=sets, width=w),
        under,
        described("Two strips of frames with curves", under),
        "photograph" if view.photograph else "chart",
    )
    return Part(
        study=study,
        subject="contrast",
        template="contrast.html.jinja",
        verdict=words.verdict(c),
        good=words.told_apart(c),
        tiles=words.tiles(c),
        plates=(plate,),
        told={"sets": _sets(study), "candidates": _candidates(c), "sides": (_side(c.a), _side(c.b))},
    )


def _sets(study: ContrastStudy) -> tuple[SetRow, ...]:
    together = zip("AB", study.names, study.members, study.contrast.dead, strict=True)
    return tuple(SetRow(who, name, sum(m.neurons for m in parts), dead, parts) for who, name, parts, dead in together)


def _candidates(c: Contrast) -> tuple[CandidateRow, ...]:
    return tuple(
        CandidateRow(one.start, f"{one.overlap:.3f}", words.percent(one.percentile), i == c.chosen)
        for i, one in enumerate(c.candidates)
    )


def _side(t: Traversal) -> Side:
    shares = lambda values: tuple(words.percent(float(v)) for v in values)  # noqa: E731
    return Side(
        title=f"{t.names[0]} moves, {t.names[1]} is kept fixed",
        directions=tuple(
            DirectionRow(
                i + 1,
                f"{d.speed:.3g}",
                f"{d.fixed:.3g}",
                words.percent(d.leak),
                words.percent(d.chance),
                i == t.followed,
            )
            for i, d in enumerate(t.directions)
        ),
        frames=(
            ("moved σ", tuple(f"{float(v):.3f}" for v in t.moved)),
            ("leak", shares(t.leaked)),
            ("to first order", shares(t.predicted)),
            ("worst neuron", shares(t.peak)),
            ("EPR", tuple(words.ratio(float(v)) for v in t.epr)),
            ("percentile", shares(t.percentile)),
            ("z", tuple(words.ratio(float(v)) for v in t.z)),
        ),
        worst=tuple((leak.name, f"{leak.moved:.2f} σ") for leak in t.worst),
    )
