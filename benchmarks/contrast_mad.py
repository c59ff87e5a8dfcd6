"""Maximum differentiation competition (MAD; Wang, Simoncelli 2008) against contrasts, on pairs of digits, by `plenoptic`.

MAD changes an input so that one measure of change stays and another becomes as small as it can. Here the first is how far
A has moved and the second how far B has. Both ways get equally many passes through the network.
"""

import contextlib
import importlib.util
import io
import warnings
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

import pushforward as pf
from contrast_rivals import values
from pushforward.modules.contrasts.blocks import staged
from pushforward.modules.contrasts.density import Unbounded
from pushforward.modules.contrasts.factors import Pair, Probe
from pushforward.modules.contrasts.traverse import Course, traverse

DISTANCE, MODULES, POOL = 0.5, 4, 258
STEP, TRADE = 0.003, 30.0
"""Adam's step (ten times that in the chart) and the weight of A's measure: of these, (0.003, 3) and (0.01, 3), which came
out much alike, the best on pairs of seed 100."""
REASON = "plenoptic is not installed: `pip install --no-deps plenoptic` and what it imports, beside this torch"


class Counted(Probe):
    """A probe that counts passes: one for each input that is looked at, two for each Jacobian product."""

    rows = 0

    def values(self, X: object) -> Pair[Tensor]:
        found = super().values(X)
        self.rows += len(found.moved)
        return found

    @property
    def passes(self) -> int:
        return self.rows + 2 * self.products


def mad(seed: int) -> dict:
    """Of the plain MLP on pairs of digits, by seed: off-target change of a contrast and of MAD, from the same inputs."""
    if importlib.util.find_spec("plenoptic") is None:
        return {"seed": seed, "skipped": REASON}
    return {"seed": seed, "version": importlib.import_module("plenoptic").__version__, "rows": list(_rows(seed))}


def _rows(seed: int) -> Iterator[dict]:
    X = pf.datasets.pairs(2000, seed=seed).images
    net, inputs = pf.Neurons(pf.datasets.pair_classifier(), example=X[0]), pf.Gaussian.fit(X, rank=64)
    for p in net.model.parameters():
        p.requires_grad_(False)
    blocks = pf.find_modules(net, inputs, X[:POOL], seed=seed, count=MODULES, nulls=19).blocks
    for i, (a, b) in enumerate(combinations(range(len(blocks)), 2)):
        scene = staged(net, inputs, blocks[a], blocks[b], X[:POOL], seed=seed, starts=None)
        chart = scene.charts[i][1]
        probe = Counted(net, scene.probe.blocks, scene.probe.every)
        ours = traverse(probe, Unbounded(scene.place), chart, Course(DISTANCE, frames=9, directions=3), seed=0)
        steps, row = probe.passes // 2, {"start": i, "modules": [a, b], "passes": probe.passes}
        row |= {"ours": float(ours.leaked[-1]), "ours_moved": float(ours.moved[-1])}
        for space in ("pixels", "chart"):
            leak, moved = synthesised(probe, chart, space, steps, seed=1000 * seed + i)
            row |= {space: leak, f"{space}_moved": moved}
        yield row


def synthesised(probe: Probe, chart: Any, space: str, steps: int, *, seed: int) -> tuple[float, float]:
    """The off-target change that MAD comes to, and how far A is moved, in pixels or in the chart's coordinates."""
    from plenoptic import MADCompetition

    shape = chart.point.shape
    place = (lambda v: v.reshape(1, *shape)) if space == "pixels" else (lambda v: chart(v.reshape(1, -1)))
    origin = chart.point[None] if space == "pixels" else torch.zeros(1, 1, 1, chart.rank)
    first = Pair(*(part.detach() for part in values(probe, chart.point[None])))
    last: list[Any] = [None, None]

    def measure(which: int) -> Callable[[Tensor, Tensor], Tensor]:
        def change(x: Tensor, y: Tensor) -> Tensor:
            if torch.equal(x, y):
                return (x - y).square().sum()
            key = (y.data_ptr(), y._version, torch.is_grad_enabled())
            if last[0] != key:  # one pass for both measures
                last[:] = [key, values(probe, place(y))]
            return (last[1][which] - first[which]).square().sum().clamp_min(1e-20).sqrt()

        return change

    torch.manual_seed(seed)
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        task = MADCompetition(origin, measure(1), measure(0), "min", TRADE, penalty_lambda=0.0)
        noise = _noise(probe, place, origin, first, seed)
        torch.manual_seed(seed)
        task.setup(noise, optimizer_kwargs={"lr": STEP if space == "pixels" else 10 * STEP, "amsgrad": True})
        task.synthesize(steps, stop_criterion=0.0)
    here = values(probe, place(task.mad_image.detach()))
    moved, fixed = (float((a - b).norm()) for a, b in zip(here, first, strict=True))
    return fixed / moved, moved


def _noise(probe: Probe, place: Callable[[Tensor], Tensor], origin: Tensor, first: Pair, seed: int) -> float:
    """The size of the noise at which A has moved by the distance: MAD keeps what the noise does."""
    low, high = 0.0, 8.0
    for _ in range(30):
        size = (low + high) / 2
        torch.manual_seed(seed)
        with torch.no_grad():
            here = values(probe, place(origin + size * torch.randn_like(origin)))
        low, high = (low, size) if float((here.moved - first.moved).norm()) > DISTANCE else (size, high)
    return (low + high) / 2
