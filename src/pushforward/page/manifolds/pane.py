"""The pane of a manifold: points laid out by the recovered coordinates, the barcode, and shortest paths."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pushforward.manifold import LatentTrials, Path, Topology
from pushforward.page.arrays import digits, finite, packed
from pushforward.page.pictures import Painter
from pushforward.page.schema import Bar, ManifoldPane, PathFacts, Picture
from pushforward.page.words import listed

# Points of the layout that have a picture, at most.
PICTURES = 60


def manifold_pane(
    topology: Topology | None, trials: LatentTrials | None, paths: Sequence[Path], X: Tensor | None
) -> ManifoldPane:
    """What is known of a manifold: its topology, the latents that fit, paths on it; X are the data of the topology."""
    laid = topology is not None and len(topology.layout) > 0
    return ManifoldPane(
        name=(topology.name or "undetermined") if topology is not None else _fits(trials),
        verdict=_verdict(topology, trials),
        words="\n".join(str(part) for part in (topology, trials, *paths) if part is not None),
        coordinates=packed(topology.layout, "f32") if topology is not None and laid else None,
        pictures=_pictures(topology, X) if topology is not None and X is not None else [],
        barcode=[] if topology is None else [_bar(bar) for bar in topology.bars.tolist()],
        paths=[path_facts(path) for path in paths],
    )


def path_facts(path: Path) -> PathFacts:
    """A path with its frames; what its ends are among laid-out points is not known: −1.

    `straight` is the length of the straight line between its ends.
    """
    painter, last = Painter(path.points), len(path) - 1
    return PathFacts(
        ends=(-1, -1),
        length=digits(path.length),
        straight=finite(float((path.points[-1] - path.points[0]).double().norm())),
        frames=painter.pictures(path.points, [f"point {i} of {last} on the path" for i in range(len(path))]),
    )


def _fits(trials: LatentTrials | None) -> str:
    fits = [] if trials is None else [row.name for row in trials.rows if row.verdict == "fits"]
    return listed(fits) if fits else ""


def _verdict(topology: Topology | None, trials: LatentTrials | None) -> str:
    if topology is None:
        return "" if trials is None else "fits" if trials.fits else "none fits"
    if topology.name is None:
        return "undetermined"
    return "confident" if topology.confident else "not confident"


def _pictures(topology: Topology, X: Tensor) -> list[tuple[int, Picture]]:
    """Inputs at landmarks, evenly many of these."""
    if not len(topology.which) or bool((topology.which < 0).any()) or int(topology.which.max()) >= len(X):
        return []
    at = torch.linspace(0, len(topology.which) - 1, min(PICTURES, len(topology.which))).long().unique().tolist()
    painter = Painter(X[topology.which[at]])
    return [(i, painter.picture(X[n], f"input {n}")) for i, n in zip(at, topology.which[at].tolist(), strict=True)]


def _bar(bar: Sequence[float]) -> Bar:
    degree, birth, death = bar
    return Bar(degree=int(degree), birth=digits(birth), death=finite(death))
