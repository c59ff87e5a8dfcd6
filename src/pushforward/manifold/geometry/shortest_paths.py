"""`geodesic`: the shortest path on a manifold between two points, as a chain pulled tight in the space around."""

from dataclasses import replace
from typing import Annotated

import torch
from torch import Tensor

from pushforward import structure
from pushforward.ambient import steady
from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.kinds import Own
from pushforward.manifold.geometry.chain import energy
from pushforward.manifold.geometry.constrained import above
from pushforward.manifold.geometry.immersion import Immersion, Map, Points, batched, encoded
from pushforward.manifold.geometry.path import measured, paths
from pushforward.manifold.geometry.relax import Chains, Relaxation
from pushforward.manifold.geometry.result import Path
from pushforward.manifold.geometry.sample_graph import roadmap
from pushforward.manifold.geometry.straight import doubled, straight
from pushforward.rng import Seed
from pushforward.runs import Folder, recorded

# Links at first, or a few more: the coarsest chain whose links can be halved into those asked for.
COARSE = 4
# Steps with which drafts are compared.
SCOUT = 2
# A draft through the graph with less than so many times the straight line's energy is tried, too.
DOUBT = 1.5
# A chain with a link so many times as long as the mean leaps: it is drafted again, with all its links.
LEAP = 3.0
# Of chains whose energies and longest links differ by less than this factor the shorter one is better.
ALIKE = 1.25
# A chain that is longer than the straight line gets at least so many steps, with Jacobians made so often.
PATIENT, RENEW = 30, 5
# A path that is longer than the straight line by a smaller share is as long.
SAME = 1e-4
METHOD = Relaxation()


@recorded
@steady
@checked
def geodesic(
    mapping: Annotated[Map, Own],
    x0: Points,
    x1: Points,
    *,
    steps: int = 16,
    latents: bool = False,
    start: Tensor | None = None,
    method: Relaxation = METHOD,
    likely: bool = False,
    density: bool = True,
    seed: Seed | None = None,
    run: Folder | None = None,  # noqa: ARG001 (taken by `recorded`)
    progress: bool = False,
) -> Path | tuple[Path, ...]:
    r"""A shortest path on the manifold from x0 to x1, in `steps` steps of equal length; of n pairs of points n paths.

    Of all $z_1 \dots z_{t-2}$ those that minimise the energy $\sum_i |f(z_{i+1}) - f(z_i)|^2$ in the space around: its
    minima are chains along geodesics of the pullback metric, equally spaced.

    - A generator: x0 and x1 are inputs (*shape), or latent points (width,) with `latents=True`. There are two drafts,
      the shortest way through a graph of 1,000 samples and the `straight_line`, and the better one is kept. The graph
      is the same in every call, unless a `seed` draws another. Paths may
      cross from chart to chart (or component to component) where the encoder finds what comes next in another. Such a
      jump costs as its square: with more `steps` wide gaps become dear.
    - Any function from latent points (n, k) to points (n, ...): x0 and x1 are latent points (k,). The draft is the
      straight line in the latent, or `start` (t, k), which decides which way round a path goes: a geodesic is shortest
      among those near it.
    - With a batch axis, (n, *shape) or (n, width), these are the ends of n paths, tightened together; a `start`
      then has that axis, too.

    With `likely` (generators only) no point may be less dense than the least dense one of the `straight_line`: that is
    pulled tight as far as it goes, and the path is never longer. It is not `converged`, for a shorter way is there.

    With `density` the log density along the path is computed too, for generators. Lengths are of the curves between
    points, not of chords. A draft that is no path (nothing known between two components) leaves a path with a jump; see
    `Path.gap`.

    With `run=`, a folder, the result is kept there, and read when the same is asked again.

    Raises `BadInput` for points of another shape, fewer than two steps, and `likely` of a function or with a `start`;
    `NotFinite` for NaN.

    >>> sphere = lambda z: torch.stack([z[:, 0].sin() * z[:, 1].cos(), z[:, 0].sin() * z[:, 1].sin(), z[:, 0].cos()], 1)
    >>> path = geodesic(sphere, torch.tensor([1.0, 0.0]), torch.tensor([1.0, 1.5]))
    >>> round(path.length, 3), path.converged  # the parallel at this latitude is 1.262 long
    (1.222, True)

    Source: Shao, Kumar, Fletcher (2018).
    """
    X0, X1 = structure.tensors(x0), structure.tensors(x1)
    alone = not batched(mapping, X0, latents=latents)
    if alone:
        X0, X1, start = X0[None], X1[None], None if start is None else start[None]
    options = {"steps": steps, "latents": latents, "density": density, "seed": seed or 0, "progress": progress}
    geodesics = tight_paths(mapping, X0, X1, start, method=method, likely=likely, **options)
    return geodesics[0] if alone else geodesics


@torch.no_grad()
def tight_paths(
    mapping: Map,
    X0: Tensor,
    X1: Tensor,
    start: Tensor | None = None,
    *,
    steps: int,
    latents: bool,
    method: Relaxation,
    likely: bool = False,
    density: bool,
    seed: Seed,
    progress: bool,
) -> tuple[Path, ...]:
    """Shortest paths between n pairs of points (n, ...), together; otherwise like `geodesic`."""
    X0, X1 = torch.as_tensor(X0), torch.as_tensor(X1)
    im, z, y = _ends(mapping, X0, X1, steps, latents=latents)
    which = torch.arange(len(z), device=z.device)
    pairs = torch.stack([which, which + len(z)], 1)
    if likely and (im.gen is None or start is not None):
        raise BadInput(
            "`geodesic(likely=True)` keeps above the density of a generator's straight line; a function has no law, "
            "and a `start` is another line. Give a `pf.Generator` and no `start`, or leave `likely` out."
        )
    draft = None if start is None else _draft(im, z, y, start, steps)
    if likely:
        chains = above(im, straight(im, z, y, steps), method, progress=progress)
    else:
        chains = tight(im, torch.cat([z, y]), pairs, draft, steps=steps, method=method, seed=seed, progress=progress)
    residual = None if latents or im.gen is None else torch.stack([_off(im, z, X0), _off(im, y, X1)], 1)
    return paths(im, chains.z, chains.converged, density=density, residual=residual)


@torch.no_grad()
@steady
@checked
def straight_line(
    mapping: Map, x0: Points, x1: Points, *, steps: int = 16, latents: bool = False, density: bool = True
) -> Path | tuple[Path, ...]:
    """The path one would draw without a metric, to compare a geodesic with; of n pairs of points n paths.

    Straight on in the latent (along its own geodesics) where both ends lie in one chart or component. Between two,
    straight to where the cross-fade of the two ends looks most alike in both, over, and straight on; without an encoder
    every step of the cross-fade is inverted. Arguments are those of `geodesic`.

    >>> straight_line(lambda z: z, torch.zeros(2), torch.tensor([3.0, 4.0])).length
    5.0
    """
    X0, X1 = structure.tensors(x0), structure.tensors(x1)
    alone = not batched(mapping, X0, latents=latents)
    if alone:
        X0, X1 = X0[None], X1[None]
    im, z, y = _ends(mapping, X0, X1, steps, latents=latents)
    lines = paths(im, straight(im, z, y, steps), torch.zeros(len(z), dtype=torch.bool), density=density)
    return lines[0] if alone else lines


def _ends(mapping: Map, X0: Points, X1: Points, steps: int, *, latents: bool) -> tuple[Immersion, Tensor, Tensor]:
    if steps < 2:
        raise BadInput(f"`geodesic(steps={steps})`: at least 2 are needed.")
    if len(X0) != len(X1) or not len(X0):
        raise BadInput(
            f"{len(X0)} and {len(X1)} ends were given; a pair of ends for every path is needed, at least one."
        )
    im, z = encoded(mapping, X0, "x0", latents=latents)
    _, y = encoded(mapping, X1, "x1", latents=latents)
    return im, z, y


def _draft(im: Immersion, z: Tensor, y: Tensor, start: Tensor, steps: int) -> Tensor:
    if start.shape != (len(z), steps + 1, im.latent.width):
        raise BadInput(
            f"`geodesic(start=...)`: {structure.describe(start)} was given; latent points for every step are needed, "
            f"({steps + 1}, {im.latent.width}) each. Choose `steps=` to fit."
        )
    start = start.detach().to(z, copy=True)
    start[:, 0], start[:, -1] = z, y
    return start


def _off(im: Immersion, z: Tensor, x: Tensor) -> Tensor:
    """Root mean square distance of inputs from what is generated."""
    return (im.points(z) - x.flatten(1).to(z)).square().mean(1).sqrt()


def tight(
    im: Immersion,
    z: Tensor,
    pairs: Tensor,
    start: Tensor | None,
    *,
    steps: int,
    method: Relaxation,
    seed: Seed,
    progress: bool = False,
) -> Chains:
    """Tight chains between pairs (p, 2) of latent points z (n, width)."""
    if start is not None:
        return method.relax(im, start, progress=progress)
    doublings = 0
    while (steps >> doublings) % 2 == 0 and steps >> doublings >= 2 * COARSE:
        doublings += 1
    line = straight(im, z[pairs[:, 0]], z[pairs[:, 1]], steps)
    draft = line[:, :: 1 << doublings]
    if im.gen is None:
        return method.relax(im, draft, doublings=doublings, progress=progress)
    roads = roadmap(im, seed=seed)
    rough = roads.chains(z, pairs, steps >> doublings)
    best = _better(im, rough, draft, method)
    if doublings:  # with Jacobians of its own: those of a rough path's few points are not those between them
        best, doublings = doubled(im.latent, best), doublings - 1
    chains = method.relax(im, best, doublings=doublings, progress=progress)
    leaping = _leaps(im, chains.z).nonzero()[:, 0]
    if len(leaping):  # with few links a leap over a bend is cheap, and more of them later do not mend it
        again = method.relax(im, roads.chains(z, pairs[leaping], steps))
        _put(chains, leaping, again, _less(im, again, chains.z[leaping], chains.energy[leaping]))
    return _no_longer(im, chains, line, method)


def _leaps(im: Immersion, z: Tensor) -> Tensor:
    """Which chains have a link that is far longer than the others.  (n t width) -> (n)"""
    links = im.points(z).diff(dim=1).norm(dim=2)
    return links.amax(1) > LEAP * links.mean(1)


def _less(im: Immersion, one: Chains, z: Tensor, energies: Tensor) -> Tensor:
    """Which chains do not leap while the others z do, or else have less energy than those.  -> (n)"""
    mine, other = _leaps(im, one.z), _leaps(im, z)
    return torch.where(mine == other, one.energy < energies, other)


def _put(chains: Chains, at: Tensor, other: Chains, better: Tensor) -> None:
    """Write others over the chains `at` where they are better."""
    for column, new in zip(chains, other, strict=True):
        column[at[better]] = new[better]


def _better(im: Immersion, rough: Tensor, line: Tensor, method: Relaxation) -> Tensor:
    """Of two drafts of each path, the one that has less energy after a few steps; a line far ahead is not doubted."""
    doubt = (energy(im.points(rough)) < DOUBT * energy(im.points(line))).nonzero()[:, 0]
    scout = replace(method, iterations=min(SCOUT, method.iterations))
    best = scout.relax(im, line)
    if len(doubt):
        other = scout.relax(im, rough[doubt])
        _put(best, doubt, other, other.energy < best.energy[doubt])
    return best.z


def _no_longer(im: Immersion, chains: Chains, line: Tensor, method: Relaxation) -> Chains:
    """Where a chain has become longer than the straight line, that is tightened too, then both with more patience.

    What comes is kept if it does better: it has less energy, or is shorter with hardly more and hardly longer links,
    for a line that leaps is short as well. Where the end is longer still and the line leaps no more, that stays.
    """
    lengths = _lengths(im, line)
    patient = replace(method, iterations=max(PATIENT, method.iterations), renew=min(RENEW, method.renew))
    for start, how in ((line, method), (chains.z, patient), (line, patient)):
        longer = (_lengths(im, chains.z) > (1 + SAME) * lengths).nonzero()[:, 0]
        if not len(longer):
            return chains
        other, own = how.relax(im, start[longer]), chains.z[longer]
        even = _longest(im, other.z) < ALIKE * _longest(im, own)
        shorter = (_lengths(im, other.z) < _lengths(im, own)) & even & (other.energy < ALIKE * chains.energy[longer])
        _put(chains, longer, other, shorter | _less(im, other, own, chains.energy[longer]))
    over = _lengths(im, chains.z) > (1 + SAME) * lengths
    back = (over & (_longest(im, line) < ALIKE * _longest(im, chains.z))).nonzero()[:, 0]
    chains.z[back], chains.energy[back], chains.converged[back] = line[back], energy(im.points(line[back])), False
    return chains


def _lengths(im: Immersion, z: Tensor) -> Tensor:
    return measured(im, z, im.points(z)).double().sum(1)


def _longest(im: Immersion, z: Tensor) -> Tensor:
    return im.points(z).diff(dim=1).norm(dim=2).amax(1)
