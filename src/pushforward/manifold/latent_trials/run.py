"""`pf.try_latents`: from which latents can a one-to-one generator of the data be trained?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from pushforward.ambient import learning
from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.generator import Generator
from pushforward.latents import Connected, Latent, save
from pushforward.manifold.latent_trials.dimension import Growth, growth, usual_dimension
from pushforward.manifold.latent_trials.evenness import evened
from pushforward.manifold.latent_trials.match import Match, MetricSpace, match, of_data
from pushforward.manifold.latent_trials.proposals import candidates, shapes
from pushforward.manifold.latent_trials.readings import EXACT, FAR, SAME, TAIL, Readings, readings
from pushforward.manifold.latent_trials.result import LatentTrial, LatentTrials
from pushforward.manifold.latent_trials.subjects import as_generator, in_cloud
from pushforward.manifold.latent_trials.train import Nets, begun, trained
from pushforward.manifold.latent_trials.trial_data import TrialData, trial_data
from pushforward.manifold.latent_trials.verdict import LIMITS, Judgement, judgement_of, near, reason, together
from pushforward.points import nearest, read
from pushforward.progress import track
from pushforward.rng import Seed, generator, integers
from pushforward.runs import Folder, recorded
from pushforward.training import Parts, describe, identity, resumable

Candidate = Latent | Generator
# Points from which on verdicts are given.
FEW = 200
# Share of outliers from which on none is given any more.
STRAY = 0.1
# How many starts a candidate gets beyond those asked for, if it comes near and does not fit.
MORE = 4
# Share of the diameter that far latent points may at most be apart for seams to be looked for at all.
COARSE = 0.5


@recorded
@learning
@resumable
@checked
def try_latents(
    X: object,
    latents: Sequence[Candidate] | None = None,
    *,
    seed: Seed,
    starts: int = 2,
    steps: int = 1500,
    checkpoint: str | Path | None = None,
    run: Folder | None = None,  # noqa: ARG001 (taken by `recorded`)
    progress: bool = False,
) -> LatentTrials:
    r"""A table of latents with a verdict each: can a one-to-one generator of the data be trained from it?

    A generator G that makes what the data are and is one to one is a homeomorphism, so its latent has the data's
    topology. For each candidate landmarks are matched with the data's by their distances (in the best of several
    proportions of the latent), G and its left inverse E are trained from that match in `steps` steps, `starts` times
    from different matches (up to four times more if one comes near and none fits), and read on points that were kept
    out: gaps, bridges beside the data, seams, multiplicity.

    - "fits": one start at least has no defect that this many points could show.
    - "rejected": every start has a clear one, which `reason` names; or dimension or number of parts are wrong.
    - "undetermined": neither; or the data are too few, too noisy or of mixed dimension.

    With a `checkpoint` every verdict is written there when it is made, and the same call resumes from that file; rows
    that were read have no `generator`.

    `X` (n, ...): some thousand points. `latents`: what to try; a trained `Generator` is read as it is; by default
    `candidates` of the data's dimension. `docs/topology.md` has the argument, and what no verdict can see.

    With `run=`, a folder, the result is kept there, and read when the same is asked again.

    Raises `BadInput` for fewer than 48 different points and what is not points, `NotFinite` for NaN or infinity.

    >>> import torch
    >>> from pushforward.latents import Sphere
    >>> line = torch.linspace(0, 1, 300)[:, None] * torch.ones(3)
    >>> print(try_latents(line, [Sphere(2)], seed=0)[0])
    Sphere 2: rejected: wrong dimension: the data have 1, the latent 2

    Sources: Mémoli (2011) for the match; the reading follows from covering theory, Hatcher (2002), chapter 1.3.
    """
    if starts < 1 or steps < 1:
        raise BadInput(f"`pf.try_latents(starts={starts}, steps={steps})`: at least 1 of each is needed; 2 and 1500.")
    first, *roots = integers(2**62, (1 + starts + MORE,), seed=generator(seed)).tolist()
    points, size = _known(X, seed=first)
    options = _checked(candidates(size.low) if latents is None else latents)
    doubt = _doubt(points, size)
    marks = _Marks(points, roots)
    same, names = {}, [str(i) for i in range(len(options))]
    if checkpoint is not None:
        same = identity(points=points.cloud, seed=str([first, *roots]), starts=starts, steps=steps)
        names = [f"{i} {_named(one)}" for i, one in enumerate(options)]
    trials = Parts(checkpoint, same, LatentTrial)
    rows = [
        trials.get(name) or trials.put(name, _trial(one, points, size, doubt, marks, starts=starts, steps=steps))
        for one, name in track([*zip(options, names, strict=True)], "latents", show=progress)
    ]
    return LatentTrials(tuple(rows), points.cloud.given, points.parts, size, _smallest(points, size), _notes(points))


def _known(X: object, *, seed: int) -> tuple[TrialData, Growth]:
    """The points, evened where their density varies, and their dimension."""
    x = read(X, "`pf.try_latents(X)`")
    points = trial_data(x, seed=seed)
    dim = usual_dimension(points, seed=seed)
    if points.cloud.outliers and dim < points.y.shape[1]:  # what is sparse may be part of the space
        points = trial_data(x, seed=seed, dim=dim)
        dim = usual_dimension(points, seed=seed)
    points = evened(points, dim)
    return points, growth(points, seed=seed)


def _checked(latents: Sequence[Candidate]) -> list[Candidate]:
    wrong = [one for one in latents if not isinstance(one, Latent | Generator)]  # pyright: ignore[reportUnnecessaryIsInstance]
    if wrong or not latents:
        what = f"{wrong[0]!r} is no latent" if wrong else "nothing to try"
        raise BadInput(
            f"`pf.try_latents(latents=...)`: {what}. Give latents, `[pf.latents.Circle(), pf.latents.Interval()]`, or "
            "trained generators; or leave it out for those of the data's dimension."
        )
    return list(latents)


def _named(one: Candidate) -> str:
    """What a candidate is, for a checkpoint: a latent by its arguments, a generator by all of it."""
    return f"{save(one.latent if isinstance(one, Generator) else one)} {describe(one, 'a candidate')}"


def _doubt(points: TrialData, size: Growth) -> str | None:
    """Why no verdict could be trusted."""
    n = len(points.y)
    if n < FEW:
        return f"too few points: {n} different ones, {FEW} are the least"
    if points.cloud.outliers > STRAY * (n + points.cloud.outliers):
        return (
            f"outliers: {points.cloud.outliers} points are far from all others and continue none of their surroundings"
        )
    if not points.parts:
        return "too many parts: none holds a fiftieth of the points"
    if size.mixed:
        return "mixed dimension: the data have different dimensions in different places"
    if FAR * SAME * points.spacing > COARSE * size.diameter:
        share = points.spacing / size.diameter
        return f"too few points or too much noise: neighbours are {share:.1%} of the diameter apart"
    return None


def _without_training(latent: Latent, points: TrialData, size: Growth, doubt: str | None) -> LatentTrial | None:
    if doubt:
        return LatentTrial(latent, "undetermined", doubt)
    if not size.low <= latent.dim <= size.high:
        return LatentTrial(latent, "rejected", f"wrong dimension: the data have {size}, the latent {latent.dim}")
    pieces = 1 if isinstance(latent, Connected) else latent.pieces
    if points.parts > pieces:
        return LatentTrial(
            latent, "rejected", f"too few parts: the data fall into {points.parts}, the latent has {pieces}"
        )
    return None


def _trial(
    one: Candidate, points: TrialData, size: Growth, doubt: str | None, marks: "_Marks", *, starts: int, steps: int
) -> LatentTrial:
    """What comes out for one candidate."""
    latent = one.latent if isinstance(one, Generator) else one
    without = _without_training(latent, points, size, doubt)
    if without is not None:
        return without
    if isinstance(one, Generator):
        return _read(one, points, seed=marks.roots[0])
    return _trained(one, points, marks, starts=starts, steps=steps)


def _read(gen: Generator, points: TrialData, *, seed: int) -> LatentTrial:
    """A trained generator, as it is."""
    values = readings(in_cloud(gen, points.cloud), points, seed=seed)
    end = judgement_of(values)
    return LatentTrial(gen.latent, end.verdict, reason(end, values), values, None, 1, 1, gen)


class _End(NamedTuple):
    """Where one start came to."""

    judgement: Judgement
    readings: Readings
    nets: Nets


@dataclass
class _Marks:
    """The data's landmarks for each start, found when they are needed: all candidates have the same."""

    points: TrialData
    roots: list[int]
    spaces: list[MetricSpace] = field(default_factory=list)

    def __getitem__(self, start: int) -> MetricSpace:
        """Those of one start."""
        for root in self.roots[len(self.spaces) : start + 1]:
            self.spaces.append(of_data(self.points, seed=generator(root)))
        return self.spaces[start]


def _trained(latent: Latent, points: TrialData, marks: _Marks, *, starts: int, steps: int) -> LatentTrial:
    """The best of all starts, and what all of them say."""
    first = _matched(latent, marks[0], seed=marks.roots[0])
    ends: list[_End] = []
    for i, root in enumerate(marks.roots):
        fits = any(end.judgement.verdict == "fits" for end in ends)
        if i >= starts and (fits or not any(near(end.readings) for end in ends)):
            break
        start = match(first.latent, marks[i], seed=generator(root)) if i else first
        end = _end(points, begun(points, start, seed=root), steps=steps, seed=root)
        if end.judgement.hopeful:
            end = _end(points, end.nets, steps=2 * steps, seed=root)
        if end.judgement.verdict == "undetermined":  # it ends below a limit or clearly beyond one
            end = _end(points, end.nets, steps=4 * steps, seed=root)
        ends.append(end)
    best = min(ends, key=lambda end: end.judgement.doubt)
    verdict = together([end.judgement for end in ends])
    agreed = sum(end.judgement.verdict == verdict for end in ends)
    why, gen = reason(best.judgement, best.readings), as_generator(best.nets, points)
    return LatentTrial(best.nets.latent, verdict, why, best.readings, first.cost, len(ends), agreed, gen)


def _end(points: TrialData, nets: Nets, *, steps: int, seed: int) -> _End:
    nets = trained(points, nets, steps=steps, seed=seed)
    values = readings(nets, points, seed=seed)
    return _End(judgement_of(values), values, nets)


def _matched(latent: Latent, marks: MetricSpace, *, seed: int) -> Match:
    """The best match in the proportions that suit the data best."""
    matches = [match(shape, marks, seed=generator(seed), climbs=1) for shape in shapes(latent)]
    best = min(matches, key=lambda one: one.cost)
    return min(best, match(best.latent, marks, seed=generator(seed + 1)), key=lambda one: one.cost)


def _smallest(points: TrialData, size: Growth) -> float:
    """The width of the widest gap that could hide: points beside it are as far as may be."""
    apart, widest = nearest(points.y[points.validation], points.y[points.train]).distances[:, 0], 1.0
    if points.scale is not None:
        apart, widest = apart / points.scale[points.validation], float(points.scale.max())
    tail = max(EXACT, float(apart.quantile(TAIL))) * widest
    return 2 * max(LIMITS["coverage"] * tail, SAME * points.spacing / 2) / size.diameter


def _notes(points: TrialData) -> tuple[str, ...]:
    notes = []
    if points.cloud.copies:
        notes.append(f"{points.cloud.copies:,} points occur again and were left out")
    if points.cloud.outliers:
        notes.append(f"{points.cloud.outliers:,} outliers, far from all neighbours, were left out")
    if points.weight is not None:
        ratio = float(points.weight.max() / points.weight.min())
        notes.append(f"their density varies by 1 : {ratio:.0f}; they are compared as if they lay evenly")
    return tuple(notes)
