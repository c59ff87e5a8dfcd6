"""Geometry through trained generators, of which lengths and rotations are known."""

import math
import time
from collections.abc import Callable

import torch
from torch import Tensor

import pushforward as pf
from pushforward.generator import Generator, Training
from pushforward.latents import Atlas, Latent, Moebius, Sphere, Torus
from surfaces import (
    ISOMETRY,
    TURN,
    latitude,
    many,
    off,
    sphere,
    torus,
    turns,
)

TRAINING = {"steps": 2500, "reconstruction": 10.0}
THETAS = (0.3, 0.7, math.pi / 3, 1.4)


def cases() -> dict[str, tuple[Callable[[Tensor], Tensor], Latent]]:
    """What generators are fitted to, in R⁵⁰, isometrically, and from which latent."""
    return {
        "sphere ← Sphere": (sphere_points, Sphere(2)),
        "sphere ← Atlas": (sphere_points, Atlas(8, 2)),
        "sphere ← Atlas, adversarial": (sphere_points, Atlas(8, 2)),
        "torus ← Torus": (torus, Torus(2)),
        "moebius ← Moebius": (Moebius().features, Moebius()),
        "moebius ← Moebius, adversarial": (Moebius().features, Moebius()),
    }


def fitted(name: str, X: Tensor, *, seed: int) -> Generator:
    """As one would: the atlas by least squares, a strip as `try_latents` does; adversarially for comparison and where
    that is enough.
    """
    latent = cases()[name][1]
    if name == "sphere ← Atlas":
        return pf.geometry.fit_atlas(X, seed=seed, dim=2)
    if name == "moebius ← Moebius":
        found = pf.try_latents(X, [latent], seed=seed)[0].generator
        assert found is not None
        return found
    return Generator.fit(X, latent, seed=seed, training=Training(**TRAINING))


def sphere_points(z: Tensor) -> Tensor:
    return z


def samples(name: str, n: int, seed: int) -> Tensor:
    own = {"sphere": Sphere(2), "torus": Torus(2), "moebius": Moebius()}[name.split()[0]]
    return many(cases()[name][0])(own.sample(n, seed=seed).double()).float()


def trained(case: tuple[str, int]) -> dict:
    """A generator trained on one surface: errors of lengths and rotations through it."""
    name, seed = case
    start = time.process_time()
    gen = fitted(name, samples(name, 4000, 1000 + seed), seed=seed)
    seconds = time.process_time() - start
    what = name.split()[0]
    start = time.process_time()
    measured = {"sphere": on_sphere, "torus": on_torus, "moebius": on_moebius}[what](gen)
    return {"name": name, "seed": seed, "training": seconds, "geometry": time.process_time() - start, **measured}


def ambient(x: Tensor) -> Tensor:
    return (x.double() @ ISOMETRY[: x.shape[1]]).float()


def far(
    n: int,
    make: Callable[[Tensor], Tensor],
    distance: Callable[[Tensor, Tensor], Tensor],
    low: float,
    high: float,
    seed: int,
) -> tuple[Tensor, Tensor, Tensor]:
    """Pairs of points with their distance, neither very near nor nearly opposite."""
    z = make(torch.tensor(seed))
    d = distance(z[::2], z[1::2])
    keep = ((d > low) & (d < high)).nonzero()[:n, 0]
    return z[::2][keep], z[1::2][keep], d[keep]


def relative(gen: Generator, x: Tensor, y: Tensor, truth: Tensor) -> dict:
    found = pf.geodesic(gen, ambient(x), ambient(y), steps=32)
    errors = torch.tensor([path.length for path in found]).double() / truth.double() - 1
    return {
        "length": float(errors.abs().median()),
        "length worst": float(errors.abs().max()),
        "bias": float(errors.mean()),
    }


def loop_error(gen: Generator, x: Tensor, truth: float) -> float:
    return off(pf.geometry.holonomy(gen, gen.encode(ambient(x))).angle, truth)


def on_sphere(gen: Generator) -> dict:
    make = lambda s: Sphere(2).sample(200, seed=int(s))  # noqa: E731
    x, y, d = far(20, make, Sphere(2).distance, 0.3, 2.5, 5)
    found = relative(gen, x, y, d)
    loops = {
        f"latitude {theta:.2f}": loop_error(
            gen, sphere(latitude(theta, 100)) @ TURN, 2 * math.pi * (1 - math.cos(theta))
        )
        for theta in THETAS
    }
    corners = ambient(TURN)
    round_ = pf.geodesic(gen, corners, corners.roll(-1, 0), steps=32)
    octant_length = max(abs(side.length / (math.pi / 2) - 1) for side in round_)
    loops["octant"] = off(pf.geometry.holonomy(gen, torch.cat([side.latents for side in round_])).angle, math.pi / 2)
    return {**found, "octant length": octant_length, "rotations": loops}


def on_torus(gen: Generator) -> dict:
    make = lambda s: Torus(2).sample(200, seed=int(s))  # noqa: E731
    x, y, d = far(20, make, Torus(2).distance, 0.3, 3.2, 5)
    found = relative(gen, torus(x), torus(y), d)
    t = turns(100)
    loops = {
        "one way": torch.stack([t, 0.3 + 0 * t], 1),
        "both ways": torch.stack([t, t], 1),
        "none": torch.stack([t.sin(), t.cos()], 1),
    }
    return {**found, "rotations": {name: loop_error(gen, torus(z), 0.0) for name, z in loops.items()}}


def on_moebius(gen: Generator) -> dict:
    t = turns(100)
    core = Moebius().features(torch.stack([t / 2, 0 * t], 1))
    around = pf.geometry.holonomy(gen, gen.encode(ambient(core)))
    mirrored = torch.linalg.eigvals(around.matrix.double()).real.sort().values
    x, y = (Moebius().features(torch.tensor([[u, 0.0]])) for u in (0.2, 1.4))
    found = relative(gen, x, y, torch.tensor([2.4]))
    return {
        **found,
        "mirrored": not around.orientable,
        "rotations": {"core": float((mirrored - torch.tensor([-1.0, 1.0])).abs().max())},
    }
