"""`carry`: a property of one input is taken to another along the manifold, and what it does there is measured."""

import math
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from pushforward import structure
from pushforward.ambient import steady
from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.inputs import LinearChart
from pushforward.manifold.geometry.frames import Settled, settled
from pushforward.manifold.geometry.immersion import Immersion, Map, Points
from pushforward.manifold.geometry.parallel_transport import along, ambient
from pushforward.manifold.geometry.relax import Relaxation
from pushforward.manifold.geometry.result import Path
from pushforward.manifold.geometry.shortest_paths import METHOD, tight_paths
from pushforward.manifold.geometry.transfer import Effect, PropertyTransfer
from pushforward.manifold.geometry.trust import doubt
from pushforward.net import Neurons, push
from pushforward.rng import Seed, generator, normal
from pushforward.runs import Folder, recorded


class Directions:
    """Inputs that move along given directions (m, d): x(w) = x + w D."""

    def __init__(self, rows: Tensor):
        self.rows = rows

    def chart(self, x: object) -> LinearChart:
        """The chart at one input."""
        return LinearChart(x, len(self.rows), lambda start, stop: self.rows[start:stop])


def block_of(net: Neurons, x: Tensor, block: Tensor | str | None) -> Tensor | None:
    """Which neurons are meant: numbers, a mask, a layer's name; None for all."""
    if not isinstance(net, Neurons):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise BadInput(
            f"`carry(net=...)`: a `pf.Neurons` is needed, not {type(net).__name__}; use `pf.Neurons(model)`."
        )
    net.expect(x)
    if block is None:
        return None
    chosen = net.select(block) if isinstance(block, str) else torch.as_tensor(block)
    if chosen.dtype == torch.bool and len(chosen) == len(net):
        chosen = chosen.nonzero()[:, 0]
    wrong = chosen.is_floating_point() or chosen.dtype == torch.bool or chosen.ndim != 1 or not len(chosen)
    if wrong or int(chosen.min()) < 0 or int(chosen.max()) >= len(net):
        raise BadInput(
            f"`carry(block=...)`: {tuple(chosen.shape)} of {str(chosen.dtype)[6:]} was given; numbers of some of the "
            f"{len(net)} neurons, a mask of them, or the name of a layer is needed: {', '.join(net.layers)}."
        )
    return chosen


def responses(net: Neurons, x: Tensor, rows: Tensor, block: Tensor | None) -> Tensor:
    """How the neurons change along directions (m, d) at x.  -> (m a)"""
    F = push(net, Directions(rows.to(x)), x).factor.T
    return F if block is None else F[:, block.to(F.device)]


# Random tangent directions with which an effect is compared.
RANDOM = 64
# At how many points of the path before its end a network is asked.
LOOKS = 8


@recorded
@torch.no_grad()
@steady
@checked
def carry(
    mapping: Map,
    v: Tensor,
    x0: Points,
    x1: Points,
    *,
    net: Neurons | None = None,
    block: Tensor | str | None = None,
    steps: int = 16,
    latents: bool = False,
    path: Path | None = None,
    method: Relaxation = METHOD,
    seed: Seed,
    run: Folder | None = None,  # noqa: ARG001 (taken by `recorded`)
    progress: bool = False,
) -> PropertyTransfer:
    """A change v of x0, say what moves a module there, taken along a geodesic to x1, and what it does there.

    v (*shape) is a change of the input: a direction that `contrast` found, a gradient, a difference of class means. x0,
    x1 and the knobs of the path are those of `geodesic`; a `path` of your own is taken as it is. With a `net` (of the
    map's points), the response of the neurons `block` (numbers, a mask, a layer's name; all by default) to `vector` at
    x₁ is compared with that to `start` at x₀, with that to `start` copied unchanged, and with those to random tangent
    directions. Responses are taken at the ends of the path, which are what the generator makes nearest to x0 and x1.

    `trust` is the cosine that the carried change is expected to have with the same property's own change at x₁, from
    how much transport depends on the way, and from the network's own Jacobian along it; `verdict` says whether the
    property is kept, and with a network also whether that responds to it as it did.

    With `run=`, a folder, the result is kept there, and read when the same is asked again.

    Raises `BadInput` for other shapes, and for a change that is not tangent to the manifold at all.

    >>> sphere = lambda z: torch.stack([z[:, 0].cos() * z[:, 1].cos(), z[:, 0].cos() * z[:, 1].sin(), z[:, 0].sin()], 1)
    >>> north, away = torch.tensor([0.0, 0.0, 1.0]), torch.tensor([0.0, 1.0, 0.0])
    >>> there = carry(sphere, away, torch.zeros(2), torch.tensor([0.0, 1.5]), seed=0)
    >>> round(there.angle, 2), round(there.copy_tangent, 2)
    (1.5, 0.07)
    """
    draws = generator(seed)
    if path is None:
        ends = structure.tensors(x0)[None], structure.tensors(x1)[None]
        options = {"steps": steps, "latents": latents, "method": method, "density": False, "progress": progress}
        path = tight_paths(mapping, *ends, seed=draws, **options)[0]
    im, z = along(mapping, path)
    return _carried(im, ambient(im, v, z), path, settled(im, z), net, block, draws)


def _carried(
    im: Immersion,
    change: Tensor,
    path: Path,
    way: Settled,
    net: Neurons | None,
    block: Tensor | str | None,
    draws: Seed,
) -> PropertyTransfer:
    last = way.spaces.bases[-1]
    start, share = _tangent(change, way.spaces.bases[0])
    vector = way.spaces.coefficients(start) @ last.mT
    effect = None if net is None else _effect(im, net, block, path, way, start, vector, draws)
    unsure = doubt(im, way.z, start, draws)
    trust = unsure.trust
    if effect is not None and effect.along is not None:
        trust = unsure.read_by(effect.reading, effect.best, float(effect.along.min()))
        effect = replace(effect, expected=_expected(effect, trust))
    return PropertyTransfer(
        start=start[0].reshape(im.shape),
        vector=vector[0].reshape(im.shape),
        tangent=share,
        drift=float(vector.norm() / start.norm()),
        angle=_angle(start[0], vector[0]),
        copy_tangent=float(_onto(last, start).norm() / start.norm()),
        turn=float(way.spaces.cosines.min()),
        path=path,
        effect=effect,
        converged=way.converged,
        trust=trust,
        detour=unsure.detour,
    )


def _tangent(change: Tensor, basis: Tensor) -> tuple[Tensor, float]:
    """What of one change (1, d) is tangent to the manifold, and its share of the length. Raises `BadInput`."""
    if len(change) != 1:
        raise BadInput(f"`carry`: {len(change)} changes were given; one is needed. Call it for each.")
    start = _onto(basis, change)
    share = float(start.norm() / change.norm().clamp_min(torch.finfo(basis.dtype).tiny))
    if not share > 1e-6:
        raise BadInput(
            "`carry(v)`: v is 0, or nothing of it is tangent to the manifold at x0: no nearby input differs in this "
            "way. Give a change that the generator can make, such as `gen.chart(x0).tangents(0, 1)[0]`."
        )
    return start, share


def _onto(U: Tensor, v: Tensor) -> Tensor:
    return v @ U @ U.mT


def _angle(a: Tensor, b: Tensor) -> float:
    """Exact also where it is near 0 or π (Kahan 2006)."""
    a, b = a / a.norm(), b / b.norm().clamp_min(torch.finfo(b.dtype).tiny)
    return 2 * math.atan2(float((a - b).norm()), float((a + b).norm()))


def _effect(
    im: Immersion,
    net: Neurons,
    block: Tensor | str | None,
    path: Path,
    way: Settled,
    start: Tensor,
    vector: Tensor,
    draws: Seed,
) -> Effect:
    x0, x1, last = path.points[0], path.points[-1], way.spaces.bases[-1]
    chosen = block_of(net, x0, block)
    random = normal((RANDOM, im.latent.dim), seed=draws).to(vector) @ last.mT
    rows = torch.cat([vector, start, random])
    rows = rows / rows.norm(dim=1, keepdim=True).clamp_min(torch.finfo(rows.dtype).tiny) * start.norm()
    first = responses(net, x0, start, chosen)[0]
    there = responses(net, x1, rows, chosen)
    reading, best = _reading(responses(net, x1, last.mT, chosen), first, vector[0] @ last)
    strength = there.square().mean(1).sqrt()
    alike = torch.cosine_similarity(there, first[None])
    return Effect(
        strength_start=float(first.square().mean().sqrt()),
        strength_carried=float(strength[0]),
        strength_copied=float(strength[1]),
        alike_carried=float(alike[0]),
        alike_copied=float(alike[1]),
        chance_strength=strength[2:],
        chance_alike=alike[2:],
        along=torch.stack([*_on_the_way(im, net, chosen, way, start, first), alike[0]]),
        reading=reading,
        best=best,
    )


def _reading(R: Tensor, first: Tensor, c: Tensor) -> tuple[float, float]:
    """The cosine of c (k,) with the change whose response is most like the `first` (a,), and how alike that is.

    R (k a) are the responses to the basis.
    """
    most = torch.linalg.pinv(R.mT) @ first
    return float(torch.cosine_similarity(most, c, dim=0)), float(torch.cosine_similarity(most @ R, first, dim=0))


def _on_the_way(
    im: Immersion, net: Neurons, chosen: Tensor | None, way: Settled, start: Tensor, first: Tensor
) -> Iterator[Tensor]:
    """How alike the response to the change is to the first one, at equal steps before the end."""
    spaces, c = way.spaces, start @ way.spaces.bases[0]
    stops = torch.linspace(0, len(spaces.carriers), LOOKS + 1).long()[:-1].tolist()
    for i, P in enumerate(spaces.carriers):
        if i in stops:
            x, v = im.points(way.z[way.kept][i]).reshape(im.shape), c @ spaces.bases[i].mT
            yield torch.cosine_similarity(responses(net, x, v, chosen), first[None])[0]
        c = c @ P.mT


def _expected(effect: Effect, trust: float) -> float:
    r"""The cosine of a response with that to a change that has an expected cosine with this one.

    The rest of that change is taken to be random: its response is as strong as random ones, and orthogonal.
    """
    own = effect.strength_carried * trust
    other = float(effect.chance_strength.square().mean().sqrt()) * math.sqrt(max(0.0, 1 - trust**2))
    return own / max(math.hypot(own, other), torch.finfo(torch.float32).tiny)
