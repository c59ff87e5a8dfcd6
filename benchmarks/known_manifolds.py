"""Points of known manifolds in few dimensions, uniform where nothing else is said."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from pushforward.rng import normal, permutation, uniform

TURN = 2 * math.pi
Draw = Callable[[int, torch.Generator], Tensor]


# -- curves ------------------------------------------------------------------------------------


def ring(a: Tensor, radius: float = 1.0) -> Tensor:
    return radius * torch.stack([a.cos(), a.sin()], 1)


def angles(n: int, draws: torch.Generator) -> Tensor:
    return TURN * uniform((n,), seed=draws)


def circle(n: int, draws: torch.Generator) -> Tensor:
    return ring(angles(n, draws))


def uneven_circle(n: int, draws: torch.Generator) -> Tensor:
    """The density falls 20 : 1 from one side to the other."""
    return ring(tilted(n, draws))


def tilted(n: int, draws: torch.Generator, ratio: float = 20.0) -> Tensor:
    """Angles whose density is ∝ e^(κ cos a), with a ratio of `ratio` between its ends."""
    a, keep = angles(16 * n, draws), uniform((16 * n,), seed=draws)
    kept = a[keep < ((math.log(ratio) / 2) * (a.cos() - 1)).exp()]
    assert len(kept) >= n
    return kept[:n]


def stretched(ratio: float) -> Draw:
    return lambda n, draws: circle(n, draws) * torch.tensor([1.0, ratio])


def gapped(n: int, draws: torch.Generator) -> Tensor:
    return ring(0.3 + (TURN - 0.6) * uniform((n,), seed=draws))


def spiral(n: int, draws: torch.Generator) -> Tensor:
    t = 1 + 2 * uniform((n, 1), seed=draws)
    return t * torch.cat([(TURN * t).cos(), (TURN * t).sin()], 1)


def trefoil(n: int, draws: torch.Generator) -> Tensor:
    a = angles(n, draws)
    return torch.stack([a.sin() + 2 * (2 * a).sin(), a.cos() - 2 * (2 * a).cos(), -(3 * a).sin()], 1)


def hopf(n: int, draws: torch.Generator) -> Tensor:
    one, two = circle(n // 2, draws), circle(n - n // 2, draws)
    zero = torch.zeros_like
    return torch.cat([torch.cat([one, zero(one[:, :1])], 1), torch.cat([zero(two[:, :1]), two], 1)[:, [1, 0, 2]] + torch.tensor([1.0, 0, 0])])  # fmt: skip


def circles(sizes: tuple[int, ...], radii: tuple[float, ...]) -> Draw:
    """Circles of so many points in 1,500 and of these radii, side by side."""

    def draw(n: int, draws: torch.Generator) -> Tensor:
        shares = [round(n * size / sum(sizes)) for size in sizes]
        return torch.cat([ring(angles(k, draws), r) + torch.tensor([5.0 * i, 0.0]) for i, (k, r) in enumerate(zip(shares, radii, strict=True))])  # fmt: skip

    return draw


# -- surfaces ----------------------------------------------------------------------------------


def sphere(n: int, draws: torch.Generator, d: int = 3) -> Tensor:
    x = normal((n, d), seed=draws)
    return x / x.norm(dim=1, keepdim=True)


def uneven_sphere(n: int, draws: torch.Generator) -> Tensor:
    x = sphere(16 * n, draws)
    kept = x[uniform((len(x),), seed=draws) < ((math.log(20) / 2) * (x[:, 0] - 1)).exp()]
    assert len(kept) >= n
    return kept[:n]


def holed_sphere(holes: int, angle: float) -> Draw:
    """A sphere without caps of polar angle `angle` (in degrees) round some of the axes."""

    def draw(n: int, draws: torch.Generator) -> Tensor:
        x, limit = sphere(3 * n, draws), math.cos(math.radians(angle))
        axes = torch.cat([torch.eye(3), -torch.eye(3)])[:holes]
        return x[((x @ axes.T) < limit).all(1)][:n]

    return draw


def torus(ring_: float, tube: float = 1.0) -> Draw:
    """In space, uniform in area."""

    def draw(n: int, draws: torch.Generator) -> Tensor:
        a, b, keep = (uniform((6 * n,), seed=draws) for _ in range(3))
        b = TURN * b
        inside = keep < (ring_ + tube * b.cos()) / (ring_ + tube)
        return _round(TURN * a[inside], b[inside], ring_, tube)[:n]

    return draw


def _round(a: Tensor, b: Tensor, ring_: float, tube: float) -> Tensor:
    out = ring_ + tube * b.cos()
    return torch.stack([out * a.cos(), out * a.sin(), tube * b.sin()], 1)


def uneven_torus(n: int, draws: torch.Generator) -> Tensor:
    """The density falls 20 : 1 round the ring."""
    return _round(tilted(n, draws), angles(n, draws), 2.0, 0.8)


def genus(g: int) -> Draw:
    """A surface of genus g: the boundary of a thickened chain of g rings, as a level set, uniform in area."""

    def level(x: Tensor) -> Tensor:
        rings = [((x[:, 0] - 2.2 * i).square() + x[:, 1].square()).sqrt() - 1.1 for i in range(g)]
        to = torch.stack([(r.square() + x[:, 2].square()) for r in rings]).add(1e-9).sqrt()
        return -0.12 * (-to / 0.12).logsumexp(0) - 0.4

    return lambda n, draws: on_level(level, n, draws, low=(-1.8, -1.8, -0.7), high=(2.2 * g - 0.4, 1.8, 0.7))


def dumbbell(neck: float) -> Draw:
    """Two balls of radius 1 and a neck of this radius between them."""

    def level(x: Tensor) -> Tensor:
        across = x[:, 1:].norm(dim=1)
        balls = torch.stack([(x - torch.tensor([s * 1.6, 0, 0])).norm(dim=1) - 1 for s in (-1, 1)])
        tube = torch.maximum(across - neck, x[:, 0].abs() - 1.6)
        return -0.05 * (-torch.cat([balls, tube[None]]) / 0.05).logsumexp(0)

    return lambda n, draws: on_level(level, n, draws, low=(-2.8, -1.2, -1.2), high=(2.8, 1.2, 1.2))


def handle(thickness: float) -> Draw:
    """A sphere with a handle of this radius: a torus."""

    def level(x: Tensor) -> Tensor:
        ball = x.norm(dim=1) - 1
        out = ((x[:, 0] - 1).square() + x[:, 1].square()).sqrt() - 0.6
        tube = (out.square() + x[:, 2].square()).add(1e-9).sqrt() - thickness
        return -0.03 * (-torch.stack([ball, tube]) / 0.03).logsumexp(0)

    return lambda n, draws: on_level(level, n, draws, low=(-1.2, -1.2, -1.2), high=(1.9, 1.2, 1.2))


def on_level(
    f: Callable[[Tensor], Tensor], n: int, draws: torch.Generator, *, low: tuple[float, ...], high: tuple[float, ...]
) -> Tensor:
    """Points of f = 0, uniform in area: those of a thin shell, brought to it along the gradient."""
    a, b = torch.tensor(low), torch.tensor(high)
    parts: list[Tensor] = []
    while sum(map(len, parts)) < n:
        x = a + (b - a) * uniform((200_000, 3), seed=draws)
        x = x[(f(x).abs() < 0.02)]
        parts.append(x)
    x = torch.cat(parts)
    x = x[permutation(len(x), seed=draws)[:n]]
    for _ in range(6):
        x = x.detach().requires_grad_()
        values = f(x)
        (slope,) = torch.autograd.grad(values.sum(), x)
        x = x - (values / slope.square().sum(1).clamp_min(1e-6))[:, None] * slope
    return x.detach()


def disc(n: int, draws: torch.Generator) -> Tensor:
    return uniform((n, 1), seed=draws).sqrt() * circle(n, draws)


def bent(x: Tensor) -> Tensor:
    """A plane in space, bent a little."""
    return torch.cat([x, 0.3 * x[:, :1].square() - 0.2 * x[:, :1] * x[:, 1:2]], 1)


def two_discs(gap: float) -> Draw:
    def draw(n: int, draws: torch.Generator) -> Tensor:
        x = disc(n, draws)
        x[n // 2 :, 0] += 2 + gap
        return bent(x)

    return draw


def rectangle(ratio: float) -> Draw:
    return lambda n, draws: bent(uniform((n, 2), seed=draws) * torch.tensor([ratio, 1.0]) / ratio * 2)


def annulus(inner: float) -> Draw:
    def draw(n: int, draws: torch.Generator) -> Tensor:
        r = (inner**2 + (1 - inner**2) * uniform((n, 1), seed=draws)).sqrt()
        return bent(r * circle(n, draws))

    return draw


def klein(n: int, draws: torch.Generator) -> Tensor:
    a, b = angles(n, draws), angles(n, draws)
    out = 2 + b.cos()
    return torch.stack([out * a.cos(), out * a.sin(), b.sin() * (a / 2).cos(), b.sin() * (a / 2).sin()], 1)


def moebius(n: int, draws: torch.Generator) -> Tensor:
    a, w = angles(n, draws), uniform((n,), seed=draws) - 0.5
    out = 1 + w * (a / 2).cos()
    return torch.stack([out * a.cos(), out * a.sin(), w * (a / 2).sin()], 1)


def projective_plane(n: int, draws: torch.Generator) -> Tensor:
    x, y, z = sphere(n, draws).unbind(1)
    return torch.stack([x * y, x * z, y * z, (x * x - y * y) / 2, (x * x + y * y - 2 * z * z) / 12**0.5], 1)


# -- of three dimensions -----------------------------------------------------------------------


def three_sphere(n: int, draws: torch.Generator) -> Tensor:
    return sphere(n, draws, 4)


def three_torus(n: int, draws: torch.Generator) -> Tensor:
    return torch.cat([circle(n, draws) for _ in range(3)], 1)


def sphere_times_circle(n: int, draws: torch.Generator) -> Tensor:
    return torch.cat([sphere(n, draws), circle(n, draws)], 1)


def rotations(n: int, draws: torch.Generator) -> Tensor:
    w, x, y, z = three_sphere(n, draws).unbind(1)
    rows = [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)]
    rows += [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)]
    rows += [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)]
    return torch.stack(rows, 1)


def ball(n: int, draws: torch.Generator) -> Tensor:
    return sphere(n, draws) * uniform((n, 1), seed=draws) ** (1 / 3)


def shell(inner: float) -> Draw:
    """Between two spheres, the outer one of radius 1."""

    def draw(n: int, draws: torch.Generator) -> Tensor:
        cubes = inner**3 + (1 - inner**3) * uniform((n, 1), seed=draws)
        return sphere(n, draws) * cubes ** (1 / 3)

    return draw


def solid_torus(tube: float) -> Draw:
    """What a torus of radius 1 with a tube of this radius encloses."""

    def draw(n: int, draws: torch.Generator) -> Tensor:
        box = torch.tensor([1 + tube, 1 + tube, tube])
        x = (2 * uniform((8 * n, 3), seed=draws) - 1) * box
        return x[(x[:, :2].norm(dim=1) - 1).square() + x[:, 2].square() < tube**2][:n]

    return draw
