"""What stands under the strips of a contrast."""

from pushforward.page.contrasts import percent
from pushforward.page.studies import ContrastStudy

SHOWN = {
    "pictures": (
        "Upper rows: frames on one grey scale, equally far apart in the moved set's own σ. Below them what has changed "
        "since the first, on one scale, purple where the input grew and dark grey where it fell. "
    ),
    "profiles": "Lines: the first, the middle and the last of the frames. ",
    "tokens": "Words: the nearest tokens, bold where they are others than at the start. ",
}


def caption(study: ContrastStudy, kind: str) -> str:
    """What stands under both traversals, drawn as `kind` says."""
    c = study.contrast
    a, b = c.a, c.b
    return (
        f"A moves while B is kept fixed (off-target change at most {percent(a.leak)}), then B moves while A is kept "
        f"fixed ({percent(b.leak)}). {SHOWN[kind]}"
        "Curves: how far both sets moved, root mean square over neurons in units of each one's standard deviation, "
        "measured by running the network on the frames; dashed, what the set kept fixed would do if the other were "
        f"moved in random directions (change {percent(a.chance)} and {percent(b.chance)}). Worst: the neuron kept "
        "fixed that moves most, as a share of the moved set. EPR: the mean change of the moved neurons over that of "
        "all others. "
        f"Percentile: the share of inputs that are less dense than the frame, {a.place}. z: where the frame lies along "
        "the way from the first to the last, in standard deviations of the inputs from their mean."
    )
