"""Whether points are fit for an atlas, and of which dimension."""

from pushforward.errors import BadInput
from pushforward.manifold.topology.cloud import Cloud
from pushforward.manifold.topology.local import CLEAR, Local, local_dimension
from pushforward.rng import Seed

FEWEST = 200
"""Distinct points that are needed at least."""
SPOILT = 0.2
"""With a larger share of outliers nothing is said."""
MOST = 3
"""The highest dimension."""


def allowed(asked: str, dim: int | None, charts: int | None) -> None:
    """Raises `BadInput` for what cannot be a dimension or a number of charts."""
    for what, value, most in (("dim", dim, MOST), ("charts", charts, 10**6)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most):
            raise BadInput(
                f"`pf.{asked}({what}={value!r})`: a whole number from 1 to {most} is needed, or leave it out."
            )


def readied(points: Cloud, dim: int | None, *, seed: Seed) -> tuple[int | None, str | None]:
    """The dimension of points, the one that is given or else read, and why no atlas can be fitted to them, if so."""
    reason = unfit(points)
    if reason or dim is not None:
        return dim, reason
    local = local_dimension(points.y, seed=seed)
    return local.dim, unclear(local)


def unfit(points: Cloud) -> str | None:
    """Why nothing can be fitted to the points, if so."""
    if len(points.y) < FEWEST:
        return (
            f"there are {len(points.y)} distinct points with neighbours; at least {FEWEST} are needed, "
            "thousands are better"
        )
    if points.outliers > SPOILT * points.given:
        return spoilt(points.outliers / points.given)
    return None


def spoilt(share: float) -> str:
    """The reason where so many points are outliers."""
    return f"{share:.0%} of the points are far from all others or from the atlas. Remove outliers, or give more points"


def unclear(local: Local) -> str | None:
    """Why the dimension is not to be trusted, if so."""
    if local.dim is None:
        return (
            f"no dimension is clear: local variances fall by {local.gap:.1f} : 1 at most, {CLEAR:g} : 1 is needed "
            "(noise as large as the shape, or too few points). `dim=` gives it if you know it"
        )
    if local.mixed:
        parts_ = ", ".join(f"{d} at {share:.0%}" for d, share in local.shares)
        return f"the dimension is mixed: {parts_} of the points. Look at the parts one by one"
    if local.dim is not None and local.dim > MOST:
        return f"the dimension is {local.dim}; atlases are fitted and homology is computed up to dimension {MOST}"
    return None
