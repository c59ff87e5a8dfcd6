"""`check_latent` passes every latent we ship, and catches every way we know to get one wrong."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from every_latent import CONNECTED, OTHERS
from pushforward.errors import BadInput
from pushforward.latents import (
    Annulus,
    Circle,
    Cube,
    Decoded,
    Disjoint,
    Gaussian,
    Interval,
    Klein,
    Latent,
    Sphere,
    Torus,
    check_latent,
    load,
    save,
    wrap,
)
from pushforward.rng import Seed


@pytest.mark.parametrize("latent", [*CONNECTED, *OTHERS], ids=repr)
def test_what_we_ship_obeys_all_laws(latent: Latent) -> None:
    check_latent(latent, seed=0)


METHODS = (
    "sample", "features", "decode", "miss", "project", "frame", "metric", "move", "distance", "log_density",
)  # fmt: skip


def passed_on(name: str) -> Callable[..., Any]:
    """A method that does what the inner latent does, or what is put in its place."""

    def method(self: "Twisted", *args: Any, **knobs: Any) -> Any:
        right, wrong = getattr(self.inner, name), CHANGES[self.change].get(name)
        return right(*args, **knobs) if wrong is None else wrong(right, *args, **knobs)

    return method


class Twisted(Latent):
    """A right latent in which one method, or several, are replaced by a wrong one."""

    def __init__(self, inner: Latent, change: str):
        self.inner, self.change = inner, change
        self.dim, self.width, self.pieces = inner.dim, inner.width, inner.pieces
        self.feature_count, self.code_count = inner.feature_count, inner.code_count

    sample, features, decode, miss, project, frame, metric, move, distance, log_density = map(passed_on, METHODS)

    def weighted(self, shares: Sequence[float]) -> Latent:
        return Twisted(self.inner.weighted(shares), self.change)

    @property
    def spread(self) -> Tensor:
        wrong = CHANGES[self.change].get("spread")
        return self.inner.spread if wrong is None else wrong(self.inner.spread)

    def spec(self) -> dict[str, Any]:
        right = {"inner": save(self.inner), "change": self.change}
        wrong = CHANGES[self.change].get("spec")
        return right if wrong is None else wrong(right)


def first(z: Tensor) -> Tensor:
    return z[:, 0]


def bent(z: Tensor, v: Tensor) -> Tensor:
    """Not a geodesic, but it starts like one."""
    return z + v + v.square()


def careless(z: Tensor, v: Tensor) -> Tensor:
    """A great circle whose derivative at 0 is 0/0."""
    u = (Sphere(2).frame(z) @ v[:, :, None])[:, :, 0]
    length = u.square().sum(1, keepdim=True).sqrt()
    return torch.where(length > 0, length.cos() * z + length.sin() / length * u, z)


def branching(right: Callable[..., Tensor], z: Tensor, v: Tensor) -> Tensor:
    return right(z, v) if float(v.abs().max()) >= 0 else z


def unwrapped(z: Tensor) -> Tensor:
    """Half a turn of the Klein bottle, but the circle does not come back mirrored."""
    return torch.stack([z[:, 0].remainder(torch.pi), z[:, 1].remainder(2 * torch.pi)], 1)


def naive_angle(codes: Tensor) -> Decoded:
    angle = torch.atan2(codes[:, 1:], codes[:, :1]).remainder(2 * torch.pi)
    return Decoded(angle[:, None], codes.new_zeros(len(codes), 1))


def points_of(right: Any, codes: Tensor, change: Callable[[Tensor], Tensor]) -> Decoded:
    return Decoded(change(right(codes).points), right(codes).logits)


def undefined_at_0(codes: Tensor) -> Decoded:
    return Decoded((codes / codes.norm(dim=1, keepdim=True))[:, None], codes.new_zeros(len(codes), 1))


def by_radius(right: Any, n: int, *, seed: Seed) -> Tensor:
    """A uniform radius: too many points near the hole."""
    z = right(n, seed=seed)
    r = z.norm(dim=1, keepdim=True)
    return z / r * (0.5 + 0.5 * (r.square() - 0.25) / 0.75)


def by_latitude(right: Any, n: int, *, seed: Seed) -> Tensor:
    """Uniform latitude and longitude: too many points near the poles."""
    z = right(n, seed=seed)
    tilt = torch.pi / 2 * z[:, 2]
    ring = z[:, :2] / z[:, :2].norm(dim=1, keepdim=True) * tilt.cos()[:, None]
    return torch.cat([ring, tilt.sin()[:, None]], 1)


def mostly_first(right: Any, n: int, *, seed: Seed) -> Tensor:
    """Points of component 1 become points of component 0, every other one."""
    z = right(n, seed=seed)
    z[::2, 0] = 0
    return z


CHANGES: dict[str, dict[str, Callable[..., Any]]] = {
    "nothing": {},
    "a shape": {"log_density": lambda right, z: right(z)[:, None]},
    "a spread too long": {"spread": lambda s: torch.cat([s, s])},
    "no empty sample": {"sample": lambda right, n, seed: right(max(n, 1), seed=seed)},
    "single precision": {"log_density": lambda right, z: right(z).float()},
    "in place": {"log_density": lambda right, z: right(z.mul_(1.5))},
    "always the same": {"sample": lambda right, n, seed: right(n, seed=3)},
    "a stuck generator": {"sample": lambda right, n, seed: right(n, seed=seed if isinstance(seed, int) else 3)},
    "the global generator": {"sample": lambda right, n, seed: 2 * torch.pi * torch.rand(n, 1)},
    "a touched generator": {"sample": lambda right, n, seed: [right(n, seed=seed), torch.rand(1)][0]},
    "an argument left out": {"spec": lambda right: {"inner": right["inner"]}},
    "another latent saved": {"spec": lambda right: {**right, "inner": save(Circle())}},
    "forgotten radii": {"spec": lambda right: {**right, "inner": save(Torus(2))}},
    "no JSON": {"spec": lambda right: {**right, "inner": Circle()}},
    "off the sphere": {"sample": lambda right, n, seed: 1.1 * right(n, seed=seed)},
    "not finite": {"sample": lambda right, n, seed: right(n, seed=seed) / 0},
    "half way back": {"project": lambda right, z: z / z.norm(dim=1, keepdim=True).sqrt()},
    "a wrong seam": {"project": lambda right, z: unwrapped(z)},
    "angles as features": {"features": lambda right, z: torch.cat([z, z.square()], 1)},
    "long frame": {"frame": lambda right, z: 2 * right(z)},
    "long metric": {"metric": lambda right, z: 2 * right(z)},
    "a skew metric": {"metric": lambda right, z: right(z) + torch.tensor([[0, 1.0], [-1, 0]]).to(z)},
    "another frame": {"frame": lambda right, z: right(z).flip(2)},
    "drift": {"move": lambda right, z, v: right(z, v) + 0.1},
    "0/0": {"move": lambda right, z, v: careless(z, v)},
    "a branch": {"move": branching},
    "bent": {"move": lambda right, z, v: bent(z, v)},
    "offset": {"distance": lambda right, z, y: right(z, y) + 0.1},
    "no length": {"distance": lambda right, z, y: 0 * right(z, y)},
    "one way": {"distance": lambda right, z, y: right(z, y) * (1 + 0.1 * (first(z) > first(y)))},
    "squared": {"distance": lambda right, z, y: right(z, y).square()},
    "halved": {"distance": lambda right, z, y: right(z, y) / 2},
    "not round": {"distance": lambda right, z, y: (wrap(z) - wrap(y)).abs()[:, 0]},
    "not the same": {"distance": lambda right, z, y: right(z, y) + ((z - torch.pi).abs() > 9).any(1)},
    "chords": {"distance": lambda right, z, y: (z - y).norm(dim=1)},
    "the hole forgotten": {"distance": lambda right, z, y: (z - y).norm(dim=1)},
    "half the circle": {"features": lambda right, z: right(2 * z)},
    "flat features": {"features": lambda right, z: right(z) * z.new_tensor([1, 1, 1e-4])},
    "a shifted decoder": {"decode": lambda right, codes: points_of(right, codes, lambda z: z + 0.5)},
    "unwrapped codes": {"decode": lambda right, codes: points_of(right, codes, lambda z: z + 2 * torch.pi)},
    "an unlikely component": {"decode": lambda right, codes: Decoded(right(codes).points, -right(codes).logits)},
    "no derivative at 0": {"decode": lambda right, codes: naive_angle(codes)},
    "no slope at 0": {"miss": lambda right, codes, z: right(codes, z) + 0 * codes.square().sum(1).sqrt()},
    "nothing from nothing": {"decode": lambda right, codes: undefined_at_0(codes)},
    "an offset of miss": {"miss": lambda right, codes, z: right(codes, z) + 0.1},
    "hardly a miss": {"miss": lambda right, codes, z: 1e-6 * right(codes, z)},
    "no miss": {"miss": lambda right, codes, z: 0 * right(codes, z)},
    "too dense": {"log_density": lambda right, z: right(z) + 0.2},
    "too thin": {"log_density": lambda right, z: right(z) - 0.2},
    "not as uniform": {"log_density": lambda right, z: right(z) + 0.3 * first(z).sin()},
    "uniform radius": {"sample": by_radius},
    "uniform latitude": {"sample": by_latitude},
    "wrong weights": {"sample": mostly_first},
    "narrow": {"sample": lambda right, n, seed: 0.95 * right(n, seed=seed)},
}  # fmt: skip

two_circles = Disjoint([Circle(), Circle()])
WRONG: list[tuple[Latent, str, str]] = [
    (Circle(), "a shape", r"shape of `log_density` must be \(8,\). But it is \(8, 1\). Mend log_density"),
    (Circle(), "a spread too long", r"shape of `spread` must be \(1,\)"),
    (Circle(), "no empty sample", r"the shape of `sample\(0\)` must be \(0, 1\). But it is \(1, 1\)"),
    (Circle(), "single precision", r"`log_density` must have the type and device of the points. But it gives"),
    (Circle(), "in place", r"its input must not be changed"),
    (Circle(), "always the same", r"another seed must draw other points"),
    (Circle(), "a stuck generator", r"a `torch.Generator` must go on from draw to draw"),
    (Circle(), "the global generator", r"one seed must always draw the same.* draw by `pushforward.rng`"),
    (Circle(), "a touched generator", r"torch's own random state must be left alone"),
    (Circle(), "an argument left out", r"`load\(save\(latent\)\)` must make the same.*'change'.*Mend spec"),
    (Sphere(1), "another latent saved", r"must make the same latent.*by way of JSON. But Twisted.*draws other points"),
    (Torus(2, radii=(2, 1)), "forgotten radii", r"by way of JSON. But `frame` of Twisted\(inner=Torus.*is another"),
    (Circle(), "no JSON", r"by way of JSON. But this happened: TypeError: .*not JSON serializable"),
    (Sphere(2), "off the sphere", r"samples must be points.*it moves one by .*Mend sample or project"),
    (Sphere(2), "not finite", r"samples must be finite"),
    (Sphere(2), "half way back", r"`project\(project\(z\)\)` must be `project\(z\)`"),
    (Klein(), "a wrong seam", r"`project` must give the nearest point"),
    (Circle(), "angles as features", r"features must be equal for all z that mean the same point"),
    (Torus(2), "long frame", r"the frame must be orthonormal in the metric: Fᵀ g F = I. But it is off by 3"),
    (Sphere(2), "long metric", r"the frame must be orthonormal in the metric: Fᵀ g F = I. But it is off by 1"),
    (Torus(2), "a skew metric", r"`metric` must be symmetric"),
    (Sphere(2), "another frame", r"the frame must be tangent: features must change along it as they do"),
    (Torus(2), "drift", r"`move\(z, 0\)` must be z"),
    (Sphere(2), "0/0", r"the frame must be tangent.*they differ by 1. Mend frame or move \(smooth at v = 0\?"),
    (Torus(2), "a branch", r"`move` and `features` must work under `torch.func.vmap` and `jvp`. But they raise: vmap"),
    (Torus(2), "bent", r"`move\(z, t v\)` must have the speed \|v\| at all times t"),
    (Circle(), "offset", r"`distance\(z, z\)` must be 0"),
    (Sphere(2), "no length", r"`distance` of different points must be positive"),
    (Sphere(2), "one way", r"`distance` must be the same there and back"),
    (Circle(), "squared", r"`distance` must obey the triangle inequality"),
    (Sphere(2), "halved", r"`distance\(z, move\(z, v\)\)` must be \|v\| for small v"),
    (Circle(), "not round", r"`distance` must not exceed the length of any path"),
    (Torus(3), "not the same", r"points with the same features must have distance 0"),
    (Sphere(2), "chords", r"`distance` must be the length of a path"),
    (Annulus(), "the hole forgotten", r"`distance` must be the length of a path"),
    (Circle(), "half the circle", r"features must tell points apart"),
    (Sphere(2), "flat features", r"features must tell points apart"),
    (Cube(2), "a shifted decoder", r"`decode` must give z back where `miss` is 0"),
    (Circle(), "unwrapped codes", r"`decode` must give points for any codes.*`project` changes some"),
    (two_circles, "an unlikely component", r"`decode` must give z back where `miss` is 0. But it is inf away"),
    (Circle(), "no derivative at 0", r"`decode` must have finite derivatives for any codes.*But some in forward"),
    (Circle(), "no slope at 0", r"`miss` must have finite derivatives for any codes.*But some in reverse"),
    (Sphere(2), "nothing from nothing", r"`decode` must give points for any codes.*NaN or infinite"),
    (Circle(), "an offset of miss", r"`miss` must be 0 where codes say z"),
    (Circle(), "no miss", r"`decode` must give z back where `miss` is 0"),
    (Circle(), "hardly a miss", r"`miss` must be positive where codes say another point"),
    (Torus(2), "too dense", r"`log_density` must integrate to 1, and samples.*0\.8.* times as dense"),
    (Gaussian(3), "too thin", r"`log_density` must integrate to 1, and samples.*1\.2.* times as dense"),
    (Circle(), "not as uniform", r"samples must follow `log_density`.*must keep their means"),
    (Annulus(), "uniform radius", r"samples must follow `log_density`"),
    (Sphere(2), "uniform latitude", r"samples must follow `log_density`"),
    (Cube(8), "narrow", r"samples must follow `log_density`"),
    (two_circles, "wrong weights", r"samples must be as dense as it says.*Mend log_density or sample"),
]  # fmt: skip


@pytest.mark.parametrize(("inner", "change", "message"), WRONG, ids=[change for _, change, _ in WRONG])
def test_every_broken_law_is_caught(inner: Latent, change: str, message: str) -> None:
    with pytest.raises(BadInput, match=rf"^`check_latent\(Twisted\)`: .*{message}"):
        check_latent(Twisted(inner, change), seed=0)


@pytest.mark.parametrize("inner", [Circle(), Sphere(2), Disjoint([Circle(), Interval()])], ids=repr)
def test_what_is_right_passes_by_descent_too(inner: Latent) -> None:
    check_latent(Twisted(inner, "nothing"), seed=0)


def test_every_change_is_looked_for() -> None:
    assert {change for _, change, _ in WRONG} | {"nothing"} == set(CHANGES)


def test_twisted_latents_load_by_name() -> None:
    twisted = load({"latent": "Twisted", "inner": {"latent": "Circle"}, "change": "nothing"})
    assert isinstance(twisted, Twisted)
    assert repr(twisted) == "Twisted(inner=Circle(), change='nothing')"


def test_the_verdict_depends_on_the_seed_alone() -> None:
    message = []
    for _ in range(2):
        with pytest.raises(BadInput, match="times as dense") as caught:
            check_latent(Twisted(Torus(2), "too dense"), seed=4)
        message.append(str(caught.value))
    assert message[0] == message[1]


def test_only_latents_are_checked() -> None:
    with pytest.raises(BadInput, match=r"a latent is needed. Give an instance of a subclass of `Latent`"):
        check_latent(Circle, seed=0)  # pyright: ignore[reportArgumentType]
