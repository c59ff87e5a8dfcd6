"""What is said of a dimension."""

from pushforward.manifold import Dimension


def agreement(d: Dimension) -> str:
    """Whether the readings agree, and if not, which say what.

    For a generator the second reading is that of its samples' neighbours; for data it is the classical estimates.
    """
    if d.agrees:
        return "the readings agree"
    if d.source == "generator":
        return f"the readings DISAGREE, neighbours of its samples say {d.calibrated}"
    return "the readings DISAGREE, no classical estimate is near"
