"""Are geodesics and transport right: on closed forms, through trained generators, and how fast between digits?

Truth: great circles, 2π(1 − cos θ), developed cones and flat tori, in their own space and isometrically in R⁵⁰.
The peers of transport are written here: projection onto each tangent space in turn, with and without its length put back.
"""

import json
import math
import time
from typing import Any

import torch
from torch import Tensor

import pushforward as pf
from common import RESULTS, Bar, arguments, on_all_cores, write
from geometry_trained import THETAS, cases, trained
from pushforward.generator import Generator
from pushforward.latents import Moebius
from pushforward.manifold.geometry.immersion import immersion
from pushforward.manifold.geometry.path import log_density
from pushforward.manifold.geometry.straight import doubled
from surfaces import SLOPE, TURN, D, cone, developed, latitude, many, octant, off, projected, sphere, torus, turns

PAIRS, STEPS = 256, 8
METHOD = pf.settings.Relaxation(3, 1e-3, renew=100)


def holonomies(name: str, f: Any, steps: int) -> dict[str, float]:
    """Errors of rotations of one closed form, in radians."""
    if name == "sphere":
        return {
            f"latitude {theta:.2f}": off(
                pf.geometry.holonomy(f, latitude(theta, steps), refine=False).angle, 2 * math.pi * (1 - math.cos(theta))
            )
            for theta in THETAS
        }
    t = turns(steps)
    if name == "cone":
        return {
            "around": off(
                pf.geometry.holonomy(f, torch.stack([torch.ones_like(t), t], 1), refine=False).angle,
                2 * math.pi * (1 - math.sin(SLOPE)),
            )
        }
    if name == "torus":
        loops = {
            "one way": torch.stack([t, 0 * t], 1),
            "both ways": torch.stack([t, 2 * t], 1),
            "none": torch.stack([t.sin(), t.cos()], 1),
        }
        return {loop: abs(pf.geometry.holonomy(f, z).angle) for loop, z in loops.items()}
    core = torch.stack([t / 2, 0 * t], 1)
    once, twice = (
        pf.geometry.holonomy(f, core),
        pf.geometry.holonomy(f, torch.cat([core, core + torch.tensor([math.pi, 0], dtype=D)])),
    )
    mirrored = torch.diag(torch.tensor([1.0, -1.0], dtype=D))
    return {"core once": float((once.matrix - mirrored).abs().max()), "core twice": abs(twice.angle)}


def closed() -> list[dict]:
    """Errors on closed forms at several numbers of steps."""
    surfaces = {"sphere": sphere, "cone": cone, "torus": torus, "moebius": Moebius().features}
    rows = []
    for name, f in surfaces.items():
        for space, g in (("own", f), ("R⁵⁰", many(f))):
            rows += [
                {"name": name, "space": space, "steps": steps, "errors": holonomies(name, g, steps)}
                for steps in (25, 50, 100, 200)
            ]
    for space, g in (("own", lambda z: sphere(z) @ TURN), ("R⁵⁰", many(lambda z: sphere(z) @ TURN))):
        for steps in (24, 48, 96):
            found = octant(g, steps // 3)
            loop = torch.cat([side.latents for side in found])
            length = max(abs(side.length / (math.pi / 2) - 1) for side in found)
            errors = {"octant": off(pf.geometry.holonomy(g, loop).angle, math.pi / 2)}
            rows.append({"name": "octant", "space": space, "steps": steps, "errors": errors, "length": length})
    return rows + lengths() + peers()


def lengths() -> list[dict]:
    """Relative errors of lengths between random points, 32 steps."""
    draws = torch.Generator().manual_seed(0)
    z = torch.rand(40, 2, generator=draws, dtype=D)
    ball = z * torch.tensor([1.2, 2.0], dtype=D) + torch.tensor([0.7, 0.0], dtype=D)
    flat = 2 * z - 1
    cones = z + torch.tensor([0.5, 0.0], dtype=D)
    a, b = ball[:20], ball[20:]
    truths = {
        "sphere": (many(sphere), a, b, (sphere(a) * sphere(b)).sum(1).arccos()),
        "torus": (many(torus), flat[:20], flat[20:], (flat[:20] - flat[20:]).norm(dim=1)),
        "cone": (many(cone), cones[:20], cones[20:], developed(cones[:20], cones[20:])),
    }
    rows = []
    for name, (f, x, y, truth) in truths.items():
        found = pf.geodesic(f, x, y, steps=32)
        worst = max(abs(path.length / float(t) - 1) for path, t in zip(found, truth, strict=True))
        rows.append({"name": name, "lengths": worst, "converged": sum(p.converged for p in found) / len(found)})
    return rows


def peers() -> list[dict]:
    """The largest error over latitudes of a sphere, by plain projection."""
    rows = []
    for steps in (25, 50, 100, 200):
        for renormalised in (False, True):
            errors = [
                off(projected(sphere, latitude(t, steps), renormalised=renormalised), 2 * math.pi * (1 - math.cos(t)))
                for t in THETAS
            ]
            rows.append(
                {
                    "peer": "projection, renormalised" if renormalised else "projection",
                    "steps": steps,
                    "worst": max(errors),
                }
            )
    return rows


def digits(seed: int = 0) -> list[dict]:
    """256 pairs of digits the generator was not trained on: shortest paths, and shortest ones among likely inputs."""
    gen, images = pf.datasets.digit_generator(), pf.datasets.digits("test").images
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    X0, X1 = images[order[:PAIRS]], images[order[PAIRS : 2 * PAIRS]]
    pf.geodesic(gen, X0[:2], X1[:2], steps=STEPS, method=METHOD, density=False)
    lines: Any = None
    rows = []
    for likely in (False, True):
        wall, cpu = time.perf_counter(), time.process_time()
        found = pf.geodesic(gen, X0, X1, steps=STEPS, method=METHOD, likely=likely, density=False)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        ends = torch.stack([p.latents[0] for p in found]), torch.stack([p.latents[-1] for p in found])
        lines = lines or pf.geometry.straight_line(gen, *ends, steps=STEPS, latents=True)
        rises = [rises_of(gen, path.latents) for path in found]
        rows.append(
            {
                "seed": seed,
                "likely": likely,
                "seconds": wall,
                "cpu": cpu,
                "threads": torch.get_num_threads(),
                "ratio": [p.length / s.length for p, s in zip(found, lines, strict=True)],
                "energy ratio": [p.energy / s.energy for p, s in zip(found, lines, strict=True)],
                "gap": [p.gap for p in found],
                "jumps": [int(p.jumps.sum()) for p in found],
                "denser": [float(r.min() - s.log_density.min()) for r, s in zip(rises, lines, strict=True)],
                "between": between_them(gen, found, lines),
                "faded": fades(gen, found[:64], rises),
            }
        )
    return rows


def between_them(gen: Generator, found: Any, lines: Any) -> list[float]:
    """By how much the lowest density is above the straight line's, with a point more in the middle of every link."""
    im = immersion(gen)
    lowest = [
        log_density(im, doubled(gen.latent, torch.stack([p.latents for p in of])).flatten(0, 1))
        .reshape(len(of), -1)
        .amin(1)
        for of in (found[:64], lines[:64])
    ]
    return (lowest[0] - lowest[1]).tolist()


def fades(gen: Generator, found: Any, rises: list[Tensor]) -> list[dict]:
    """Against the cross-fade, every step of it encoded: another straight line."""
    rows = []
    for path, rise in zip(found, rises, strict=False):
        share = torch.linspace(0, 1, STEPS + 1)[:, None, None, None]
        mixed = path.points[:1] + share * (path.points[-1:] - path.points[:1])
        z = gen.encode(mixed)
        z[0], z[-1] = path.latents[0], path.latents[-1]
        X = gen(z)
        jump = X.diff(dim=0).flatten(1).norm(dim=1)
        rows.append(
            {
                "length": float(jump.sum()) / path.length,
                "jump": float(jump.max()),
                "own jump": float(path.links.max()),
                "denser": float(rise.min() - rises_of(gen, z).min()),
            }
        )
    return rows


def rises_of(gen: Generator, z: Tensor) -> Tensor:
    """The log density along latent points."""
    return log_density(immersion(gen), z)


def closed_bars(rows: list[dict]) -> list[Bar]:
    errors = [r for r in rows if "errors" in r]

    def at(steps: int, names: tuple[str, ...]) -> float:
        return max(max(r["errors"].values()) for r in errors if r["steps"] == steps and r["name"] in names)

    curved = ("sphere", "cone")
    worst = at(100, ("sphere", "cone", "torus", "moebius"))
    octants = max(r["errors"]["octant"] for r in errors if r["name"] == "octant" and r["steps"] == 96)
    rates = [at(s, curved) / at(2 * s, curved) for s in (25, 50, 100)]
    longest = max(
        [r["lengths"] for r in rows if "lengths" in r]
        + [r["length"] for r in errors if "length" in r and r["steps"] == 96]
    )
    plain = {r["peer"]: r["worst"] for r in rows if "peer" in r and r["steps"] == 100}
    told = ", ".join(f"{name} {error:.1e}" for name, error in plain.items())
    return [
        Bar(
            "closed forms in R³, R⁴, R⁵⁰: rotation around loops, 100 steps, worst error",
            f"{worst:.1e} rad ({told})",
            "≤ 1e-2",
            worst <= 1e-2,
        ),
        Bar("octant by three geodesics, 96 steps", f"{octants:.1e} rad", "≤ 1e-2", octants <= 1e-2),
        Bar(
            "error falls with twice the steps by", ", ".join(f"{r:.1f}" for r in rates), "≥ 2 (as 1/N)", min(rates) >= 2
        ),
        Bar("lengths, 32 steps, worst relative error", f"{longest:.2%}", "≤ 1 %", longest <= 0.01),
    ]


def trained_bars(rows: list[dict]) -> list[Bar]:
    bars = []
    for name in cases():
        mine = [r for r in rows if r["name"] == name]
        if not mine:
            continue
        length, worst = (max(r[key] for r in mine) for key in ("length", "length worst"))
        angles = [e for r in mine for e in r["rotations"].values()]
        told = f", rotations off by {max(angles):.3f} rad at most" if angles else ""
        if "mirrored" in mine[0]:
            told += f", mirrored in {sum(r['mirrored'] for r in mine)} of {len(mine)}"
        share = max(angles, default=0.0) / (math.pi / 2)
        compared = name.endswith("adversarial")
        told = f"median {length:.1%}, worst pair {worst:.1%}{told}"
        bar = "for comparison" if compared else "≤ 5 %; rotations ≤ 5 % of π/2"
        bars.append(Bar(f"trained, {name}: lengths", told, bar, compared or (length <= 0.05 and share <= 0.05)))
    return bars


def digit_bars(rows: list[dict]) -> list[Bar]:
    return [bar for r in rows for bar in digit_rows(r, "likely geodesics" if r["likely"] else "geodesics")]


def digit_rows(r: dict, name: str) -> list[Bar]:
    ratio, denser = torch.tensor(r["ratio"]), torch.tensor(r["denser"])
    shorter, kept = float((ratio <= 1 + 1e-6).double().mean()), share(r["denser"])
    jumps = sum(f["jump"] for f in r["faded"]) / sum(f["own jump"] for f in r["faded"])
    told = f"{kept:.1%}, median {float(denser.median()):+.2f} nats; {share(r['between']):.0%} with twice the points; "
    told += f"{share([f['denser'] for f in r['faded']]):.0%} against the encoded cross-fade, whose largest jump is "
    return [
        Bar(
            f"{PAIRS} {name} between digits, {STEPS} steps",
            f"{r['seconds']:.0f} s ({r['cpu']:.0f} core-s, {r['threads']} threads)",
            "≤ 30 s on 2 cores",
            min(r["seconds"], r["cpu"]) <= 30,
        ),
        Bar(
            f"{name}: length ≤ the straight line's",
            f"{shorter:.1%}, median ratio {float(ratio.median()):.3f}",
            "all",
            shorter == 1,
        ),
        Bar(
            f"{name}: lowest density not below the straight line's",
            f"{told}{jumps:.1f} times as wide",
            "≥ 95 %",
            kept >= 0.95,
        ),
    ]


def share(denser: list[float]) -> float:
    return sum(d >= -1e-3 for d in denser) / len(denser)


def before() -> dict[str, list[dict]]:
    """What an earlier run found, so that parts can be run one at a time."""
    path = RESULTS / "geometry.json"
    return json.loads(path.read_text())["details"] if path.exists() else {}


def run(part: str, seeds: int) -> list[dict]:
    if part == "closed":
        return closed()
    if part == "trained":
        return list(on_all_cores(trained, [(name, seed) for seed in range(seeds) for name in cases()]))
    return digits()


def main() -> None:
    options = arguments(__doc__, seeds=2, parts="closed,trained,digits")
    found = before() | {part: run(part, options.seeds) for part in options.parts.split(",") if part}
    bars = {"closed": closed_bars, "trained": trained_bars, "digits": digit_bars}
    write(
        "geometry",
        title="Geometry: geodesics and transport on closed forms, through trained generators, between digits",
        seeds=f"generators {sorted({r['seed'] for r in found.get('trained', [])})}, digits 0; settings chosen on seeds 100 and above and on other digits",
        peer="projection onto successive tangent spaces (Shao, Kumar, Fletcher 2018), in the same script",
        bars=[bar for part, rows in found.items() if rows for bar in bars[part](rows)],
        notes="The straight line of two digits goes straight in the latent, with one jump between charts: `pf.geometry.straight_line`.",
        details=found,
    )


if __name__ == "__main__":
    main()
