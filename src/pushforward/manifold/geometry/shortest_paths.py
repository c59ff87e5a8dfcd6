"""`geodesic`: the shortest path on a manifold between two points, as a chain pulled tight in the space around."""

from typing import Annotated

import torch
from torch import Tensor

from pushforward import structure
from pushforward.ambient import steady
from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.kinds import Own
from pushforward.manifold.geometry.constrained import above
from pushforward.manifold.geometry.generator_paths import crossing
from pushforward.manifold.geometry.immersion import Immersion, Map, Points, batched, encoded
from pushforward.manifold.geometry.path import paths
from pushforward.manifold.geometry.refinement import Group, lengths, resolved
from pushforward.manifold.geometry.relax import Relaxation
from pushforward.manifold.geometry.result import Path
from pushforward.manifold.geometry.straight import straight
from pushforward.rng import Seed
from pushforward.runs import Folder, recorded

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
    line = straight(im, z, y, steps)
    if likely:
        groups = [Group(which, above(im, line, method, progress=progress))]
    else:
        draft = None if start is None else _draft(im, z, y, start, steps)
        options = {"steps": steps, "method": method, "seed": seed, "progress": progress}
        groups = tight(im, torch.cat([z, y]), pairs, draft, line, **options)
    residual = None if latents or im.gen is None else torch.stack([_off(im, z, X0), _off(im, y, X1)], 1)
    return in_order(im, groups, line, density=density, residual=residual)


def tight(
    im: Immersion,
    z: Tensor,
    pairs: Tensor,
    start: Tensor | None,
    line: Tensor,
    *,
    steps: int,
    method: Relaxation,
    seed: Seed,
    progress: bool = False,
) -> list[Group]:
    """Tight chains between pairs (p, 2) of latent points z (n, width), by how many points they have.

    `line` (p, steps + 1, width) are the straight ones.
    """
    if im.gen is None:
        ends = z[pairs[:, 0]], z[pairs[:, 1]]
        return resolved(im, *ends, start, steps=steps, method=method, progress=progress)
    which = torch.arange(len(pairs), device=z.device)
    chains = crossing(im, z, pairs, start, line, steps=steps, method=method, seed=seed, progress=progress)
    return [Group(which, chains)]


def in_order(
    im: Immersion, groups: list[Group], line: Tensor, *, density: bool, residual: Tensor | None = None
) -> tuple[Path, ...]:
    """The paths of all groups in the order in which they were asked for, with the lengths of the straight lines."""
    measured, out = lengths(im, line), {}
    for which, chains in groups:
        own = None if residual is None else residual[which]
        some = paths(im, chains.z, chains.converged, density=density, residual=own, straight=measured[which])
        out |= dict(zip(which.tolist(), some, strict=True))
    return tuple(out[i] for i in range(len(line)))


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
