"""The caption of a contrast's figure, with the numbers it shows."""

from pushforward.show.contrast.study import ContrastStudy
from pushforward.show.contrast.words import percent

SHOWN = {
    "pictures": (
        "Upper rows: frames on one grey scale, equally far apart in the moved set's own σ. Below them what has changed "
        "since the first, on one scale, orange where the input grew and blue where it fell. "
    ),
    "profiles": "Lines: the first, the middle and the last of the frames. ",
    "tokens": "Words: the nearest tokens, bold where they are others than at the start. ",
}


def caption(study: ContrastStudy, kind: str) -> str:
    """What stands under both traversals, drawn as `kind` says."""
    c = study.contrast
    a, b = c.a, c.b
    return (
        f"A moves while B is held (leak at most {percent(a.leak)}), then B moves while A is held "
        f"({percent(b.leak)}). {SHOWN[kind]}"
        "Curves: how far both sets moved, root mean square over neurons in units of each one's standard deviation, "
        "measured by running the network on the frames; dashed, what the held set would do if the other were moved in "
        f"random directions (leak {percent(a.chance)} and {percent(b.chance)}). Percentile: the share of inputs "
        f"that are less dense than the frame, {a.place}."
    )
