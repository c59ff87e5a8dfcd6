"""What the report shows of a network trained to be modular."""

from pushforward.page import Verdict, listed
from pushforward.page.studies import ModularityStudy
from pushforward.show.modular.matrices import modular_figure
from pushforward.show.part import Part, Plate, described

# The damage of a side to its own part from which on its work is called its own, where that to the other is small.
SPECIFIC = 0.6
SMALL = 0.05


def modularity_part(study: ModularityStudy) -> Part:
    """All that is said of the two networks."""
    under = (
        "Squared correlations of the neurons of both networks, each ordered by its own communities. Frames: those that "
        "were found; the colour scale is the same."
    )
    plate = Plate(
        "matrices",
        lambda w: modular_figure(study.plain.modules, study.modular.modules, width=w),
        under,
        described("Two matrices", under),
        "matrix",
    )
    a, b = study.plain.modularity, study.modular.modularity
    more = b.score - a.score > 2 * (a.error**2 + b.error**2) ** 0.5
    return Part(
        study=study,
        subject="modular training",
        template="modularity.html.jinja",
        verdict=Verdict(
            "more modular than plain training" if more else "no more modular than plain training", _told(study)
        ),
        good=more,
        tiles=(
            ("Modularity", f"{b.score:.2f}", f"plain {a.score:.2f}; 0 is chance"),
            ("Newman's Q", f"{b.Q:.2f}", f"plain {a.Q:.2f}"),
            ("Score of the task", f"{_mean(study.modular.scores):.3f}", f"plain {_mean(study.plain.scores):.3f}"),
        ),
        plates=(plate,),
        told={"rows": study.rows},
    )


def _told(study: ModularityStudy) -> tuple[str, ...]:
    told = [
        f"Both networks started from the same weights and saw the same {study.steps:,} batches; strength "
        f"{study.strength:g}.",
        f"The score of {listed(list(study.plain.scores))} went from {_mean(study.plain.scores):.3f} to "
        f"{_mean(study.modular.scores):.3f}.",
    ]
    split = study.modular.split
    if split is None:
        return (*told, "Whether modules are functional cannot be said: there are no two sides that do two parts.")
    own = split.own >= SPECIFIC and split.other <= SMALL
    fate = "Cut in two, each side does one part of the task" if own else "Cut in two, the sides share work"
    return (
        *told,
        f"{fate}: without it its own part loses {split.own:.2f} or more, the other {split.other:.2f} or less.",
    )


def _mean(scores: object) -> float:
    values = list(scores.values())  # pyright: ignore[reportAttributeAccessIssue]
    return sum(values) / len(values)
