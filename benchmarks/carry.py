"""Does a property that is carried along the data's manifold stay that property: where it is known, and on digits?

Known: images made by turning, shifting, moving and scaling; the change of a factor at x₀ is carried to x₁, where the true change
is known. Digits: what raises the logit of the class, and what moves a found module most, and whether the network
responds at x₁ as it did at x₀. Peers: the change copied unchanged, and what of the copy is tangent to the manifold.
"""

import json
import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from scipy.stats import spearmanr, wilcoxon
from torch import Tensor

import pushforward as pf
from common import RESULTS, Bar, arguments, write
from geometry import METHOD
from pushforward.datasets.sprite_images import render
from pushforward.manifold.geometry.carry_property import responses
from pushforward.manifold.geometry.frames import frames
from pushforward.manifold.geometry.immersion import immersion
from pushforward.rng import Seed, generator, normal, sample, uniform
from topology import bases, rotated, shifted

N, PAIRS, STEPS = 4000, 30, 32
DIGITS = 100
"""Pairs of the same digit, and as many of two."""
RANDOM = 64
STEP = 5e-3
"""Of central differences: turned images are interpolated, and have no forward mode."""
KEPT = 0.8
"""The cosine from which a property is the same."""
WAYS = ("carried", "copied", "copied, tangent part")


# -- properties that are known -------------------------------------------------------------------------------------


def sprite(u: Tensor, *, moved: bool) -> Tensor:
    """A heart, moved across the image or turned and scaled.  (n 2) in [0, 1] -> (n 24 24)"""
    whole, still = torch.ones_like(u[:, :1]), torch.full_like(u[:, :1], 0.5)
    place = 0.25 + u / 2 if moved else torch.cat([still, still], 1)
    shape = [0.7 * whole, 0 * whole] if moved else [0.5 + u[:, 1:] / 2, 2 * math.pi * u[:, :1]]
    return render(torch.cat([2 * whole, *shape, place], 1), 24)[:, 0]


KNOWN: dict[str, tuple[Callable[[Tensor], Tensor], int, int]] = {
    "rotated digit: a rotation": (lambda u: rotated(bases(1)[0][1], 2 * math.pi * u[:, 0]), 1, 0),
    "shifted digit: a shift to the right": (lambda u: shifted(bases(1)[0][1], u.flip(1)), 2, 0),
    "moved heart: a move to the right": (lambda u: sprite(u, moved=True), 2, 0),
    "rotated heart of any size: a rotation": (lambda u: sprite(u, moved=False), 2, 0),
    "rotated heart of any size: growth": (lambda u: sprite(u, moved=False), 2, 1),
}
"""What makes the images of factors in [0, 1], how many factors there are, and which is the property."""


def known(name: str, seed: int) -> dict[str, Any]:
    """Cosines with the true change at x₁ of what was made of the change at x₀, by each way."""
    make, width, factor = KNOWN[name]
    draws = generator(seed)
    X = make(uniform((N, width), seed=draws)).flatten(1)
    began = time.process_time()
    gen = pf.geometry.fit_atlas(X, seed=seed, dim=width)
    u = 0.05 + 0.9 * uniform((2 * PAIRS, width), seed=draws)  # not at the edge, where there is one
    step = torch.zeros(width)
    step[factor] = STEP
    x, v = make(u).flatten(1), (make(u + step) - make(u - step)).flatten(1) / (2 * STEP)
    rows = [pair(gen, v[i], x[i], x[PAIRS + i], v[PAIRS + i]) for i in range(PAIRS)]
    return {
        "name": name, "seed": seed, "seconds": round(time.process_time() - began, 1),
        "cosines": {way: [row[way] for row in rows] for way in rows[0]},
    }  # fmt: skip


def pair(gen: pf.Generator, v: Tensor, x0: Tensor, x1: Tensor, truth: Tensor) -> dict[str, float]:
    found = pf.geometry.carry(gen, v, x0, x1, steps=STEPS, seed=0)
    made = [found.vector, found.start, tangent(gen, found.path.latents[-1:], found.start)]
    return {way: float(torch.cosine_similarity(w.flatten(), truth, dim=0)) for way, w in zip(WAYS, made, strict=True)}


def tangent(gen: pf.Generator, z: Tensor, v: Tensor) -> Tensor:
    """What of v is tangent to the manifold at a latent point z (1, width)."""
    U = frames(immersion(gen), z).bases[0]
    return U @ (U.mT @ v.flatten())


# -- how far it may be trusted --------------------------------------------------------------------------------------


FACTORS = {
    "square moved": (0, ("x", "y")),
    "square moved and scaled": (0, ("x", "y", "scale")),
    "ellipse moved and rotated": (1, ("y", "half turn")),
    "heart moved and scaled": (2, ("y", "scale")),
}
"""Shapes, and which of their factors vary; weights of trust were chosen on others, and on seeds 100 and 101."""
TRUSTED, LEARNING = 12, 400
"""Pairs of each property, and steps in which a network learns to read the factors."""


def shaped(name: str, u: Tensor) -> Tensor:
    """Images of factors in [0, 1].  (n k) -> (n 576)"""
    shape, names = FACTORS[name]
    value = {"x": 0.5, "y": 0.5, "scale": 0.4, "turn": 0.05, "half turn": 0.1}
    of = {key: torch.full_like(u[:, :1], at) for key, at in value.items()} | {
        key: u[:, i, None] for i, key in enumerate(names)
    }
    turn = math.pi * of["half turn"] if "half turn" in names else 2 * math.pi * of["turn"]
    place = [0.25 + of["x"] / 2, 0.25 + of["y"] / 2]
    whole = torch.full_like(turn, float(shape))
    return render(torch.cat([whole, 0.5 + of["scale"] / 2, turn, *place], 1), 24)[:, 0].flatten(1)


def reader(name: str, seed: int) -> torch.nn.Module:
    """A small network that has learned the factors, angles by cosine and sine."""
    names = FACTORS[name][1]

    def aims(u: Tensor) -> Tensor:
        pairs = [(2 * math.pi * v, "turn" in key, v) for key, v in zip(names, u.T, strict=True)]
        return torch.stack(
            [c for angle, round_, v in pairs for c in ([angle.cos() / 2, angle.sin() / 2] if round_ else [v])], 1
        )

    draws = generator(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = torch.nn.Sequential(
            torch.nn.Unflatten(1, (1, 24, 24)), torch.nn.Conv2d(1, 8, 5, 2), torch.nn.Softplus(5.0), torch.nn.Conv2d(8, 16, 3, 2),
            torch.nn.Softplus(5.0), torch.nn.Flatten(), torch.nn.Linear(256, 32), torch.nn.Softplus(5.0),
            torch.nn.Linear(32, aims(torch.zeros(1, len(names))).shape[1]),
        )  # fmt: skip
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)
    for _ in range(LEARNING):
        u = uniform((64, len(names)), seed=draws)
        loss = (net(shaped(name, u)) - aims(u)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return net.eval()


def trusted(name: str, seed: int) -> list[dict[str, Any]]:
    """What is expected of a carried change, with a network and without, beside what it is."""
    names, draws = FACTORS[name][1], generator(seed)
    X = shaped(name, uniform((2000, len(names)), seed=draws))
    gen = pf.geometry.fit_atlas(X, seed=seed, dim=len(names))
    net = pf.Neurons(reader(name, seed), example=X[0])
    u = 0.05 + 0.9 * uniform((2 * TRUSTED, len(names)), seed=draws)
    x = shaped(name, u)
    paths = pf.geodesic(gen, x[:TRUSTED], x[TRUSTED:], steps=STEPS, density=False)
    rows = []
    for factor, step in zip(names, STEP * torch.eye(len(names)), strict=True):
        v = (shaped(name, u + step) - shaped(name, u - step)) / (2 * STEP)
        for i, path in enumerate(paths):
            ends = x[i], x[TRUSTED + i]
            plain = pf.geometry.carry(gen, v[i], *ends, path=path, seed=i)
            found = pf.geometry.carry(gen, v[i], *ends, net=net, block="output", path=path, seed=i)
            own = tangent(gen, path.latents[-1:], v[TRUSTED + i])
            there = responses(net, path.points[-1], torch.stack([found.vector, own]), net.select("output"))
            rows.append({
                "images": name, "factor": factor, "seed": seed, "cosine": cosine(found.vector, own), "trust": found.trust,
                "without": plain.trust, "verdict": found.verdict, "verdict without": plain.verdict,
                "response": cosine(*there), "expected": found.effect.expected, "detour": found.detour,
            })  # fmt: skip
    print(name, seed, [(round(r["trust"], 2), round(r["cosine"], 2)) for r in rows], flush=True)
    return rows


def cosine(a: Tensor, b: Tensor) -> float:
    return float(torch.cosine_similarity(a.flatten(), b.flatten(), dim=0))


# -- digits --------------------------------------------------------------------------------------------------------


def digits(seed: int) -> list[dict[str, Any]]:
    """How alike the network responds at both ends to each property: pairs of one class, and of two."""
    gen, model = pf.datasets.digit_generator(), pf.datasets.digit_classifier()
    net = pf.Neurons(model)
    held = pf.datasets.digits("test")
    rows = []
    for same in (True, False):
        first, second = paired(held.labels, same=same, seed=generator(seed + 10 * same))
        paths = pf.geodesic(gen, held.images[first], held.images[second], steps=16, method=METHOD, density=False)
        module = largest_module(net, gen, seed)
        for i, path in enumerate(paths):
            label = int(held.labels[first[i]])
            for name, block, v in properties(net, model, gen, path, label, module):
                rows.append({"same class": same, "property": name} | judged(net, gen, path, block, v, generator(i)))
    return rows


def paired(labels: Tensor, *, same: bool, seed: Seed) -> tuple[Tensor, Tensor]:
    """Numbers of different digits, of one class or of two."""
    order = sample(len(labels), len(labels), seed=seed)
    a, b = order[: len(order) // 2], order[len(order) // 2 :]
    partner = [next(int(k) for k in b.roll(-i) if (labels[k] == labels[a[i]]) == same) for i in range(DIGITS)]
    return a[:DIGITS], torch.tensor(partner)


def largest_module(net: pf.Neurons, gen: pf.Generator, seed: int) -> Tensor:
    """Of the two that the network falls into at generated digits."""
    found = pf.find_modules(net, gen, gen.sample(64, seed=seed), seed=seed, count=2)
    return max(found.blocks, key=len)


def properties(
    net: pf.Neurons, model: Any, gen: pf.Generator, path: pf.results.Path, label: int, module: Tensor
) -> Iterator[tuple[str, Any, Tensor]]:
    """A name, the block of neurons that is looked at, and the change of the input at the start of the path."""
    x = path.points[:1].clone().requires_grad_(True)
    logits = model(x)[0]
    (raised,) = torch.autograd.grad(logits[label] - logits.mean(), x)
    yield "what raises the class", "output", raised[0]
    U = frames(immersion(gen), path.latents[:1]).bases[0]  # (d k)
    F = responses(net, path.points[0], U.T.reshape(-1, *path.points.shape[1:]).flatten(1), module)  # (k a)
    most = torch.linalg.eigh(F @ F.T)[1][:, -1]
    yield "what moves a module most", module, (U @ most).reshape(path.points.shape[1:])


def judged(
    net: pf.Neurons, gen: pf.Generator, path: pf.results.Path, block: Any, v: Tensor, draws: Seed
) -> dict[str, float]:
    """Cosines of the responses at x₁ with that at x₀, and the 95 % quantile over random tangent changes."""
    found = pf.geometry.carry(gen, v, path.points[0], path.points[-1], path=path, seed=0)
    chosen = net.select(block) if isinstance(block, str) else block
    U = frames(immersion(gen), path.latents[-1:]).bases[0]
    changes = [found.vector, found.start, tangent(gen, path.latents[-1:], found.start)]
    random = normal((RANDOM, U.shape[1]), seed=draws).to(U) @ U.mT
    there = responses(net, path.points[-1], torch.cat([torch.stack([c.flatten() for c in changes]), random]), chosen)
    alike = torch.cosine_similarity(there, responses(net, path.points[0], found.start.flatten()[None], chosen))
    return dict(zip(WAYS, alike[: len(WAYS)].tolist(), strict=True)) | {
        "random": float(alike[len(WAYS) :].quantile(0.95)),
        "turn": found.turn,
    }


# -- bars ----------------------------------------------------------------------------------------------------------


def median(values: list[float]) -> float:
    return float(torch.tensor(values).median())


def known_bar(name: str, rows: list[dict]) -> Bar:
    cosines = {way: [c for row in rows for c in row["cosines"][way]] for way in WAYS}
    told = ", ".join(f"{way} {median(of):.2f}" for way, of in cosines.items())
    worst = float(torch.tensor(cosines["carried"]).quantile(0.1))
    pairs = len(cosines["carried"])
    return Bar(f"{name}; cosine with the true change, median of {pairs}", f"{told}; carried, lowest tenth {worst:.2f}",
               "carried above both copies", median(cosines["carried"]) > max(median(cosines[w]) for w in WAYS[1:]))  # fmt: skip


def digit_bars(rows: list[dict]) -> Iterator[Bar]:
    for kind in dict.fromkeys((row["property"], row["same class"]) for row in rows):
        of = [row for row in rows if (row["property"], row["same class"]) == kind]
        told = ", ".join(f"{way} {median([row[way] for row in of]):.2f}" for way in (*WAYS, "random"))
        p = [float(wilcoxon([r[WAYS[0]] - r[w] for r in of], alternative="greater").pvalue) for w in WAYS[1:]]
        name = (
            f"digits of {'one class' if kind[1] else 'two classes'}, {kind[0]}: response as at x₀, median of {len(of)}"
        )
        yield Bar(name, f"{told} (95 %); carried above: p {p[0]:.2g}, {p[1]:.2g}", "carried above both copies, p < 0.05",
                  max(p) < 0.05)  # fmt: skip


def trust_bars(rows: list[dict]) -> Iterator[Bar]:
    for expected, real, verdict, name in (
        ("trust", "cosine", "verdict", "with a network"), ("without", "cosine", "verdict without", "without a network"),
        ("expected", "response", "verdict", "the network's response"),
    ):  # fmt: skip
        both = torch.tensor([[row[expected], row[real]] for row in rows])
        said = [row[real] for row in rows if row[verdict] == "kept"]
        good = sum(value >= KEPT for value in said) / max(1, len(said))
        base = float((both[:, 1] >= KEPT).double().mean())
        told = f"correlation {float(torch.corrcoef(both.T)[0, 1]):.2f}, rank correlation {float(spearmanr(*both.T).statistic):.2f}; "
        told += f"called kept {len(said)}, of these {good:.0%} with a cosine of {KEPT} or more (of all {base:.0%})"
        yield Bar(f"expected and real cosine, {name}, {len(rows)} pairs with known factors", told, "≥ 90 % of those called kept", good >= 0.9)  # fmt: skip


def verdict_bars(rows: list[dict]) -> Iterator[Bar]:
    said = [row["verdict"] for row in rows if "verdict" in row]
    if said:
        told = ", ".join(f"{word} {said.count(word)}" for word in ("kept", "doubtful", "lost"))
        yield Bar(f"digits, {len(said)} changes: what is said of the property", told, "kept ≤ 5 %", said.count("kept") <= 0.05 * len(said))  # fmt: skip


def main() -> None:
    options = arguments(__doc__, first=0, seeds=2, parts="known,trust,digits")
    torch.set_num_threads(1)
    path = RESULTS / "carry.json"
    found = json.loads(path.read_text())["details"] if path.exists() else {}
    seeds = range(options.first, options.first + options.seeds)
    if "known" in options.parts:
        found["known"] = [known(name, seed) for name in KNOWN for seed in seeds]
    if "trust" in options.parts:
        found["trust"] = [row for name in FACTORS for seed in seeds for row in trusted(name, seed)]
    if "digits" in options.parts:
        found["digits"] = digits(options.first)
    rows = found.get("known", [])
    write(
        "carry", title="A property carried along the manifold to another input: known changes, and digits", seeds=f"{[*seeds]}; digits {options.first}",
        peer="the change copied unchanged, and what of the copy is tangent there",
        bars=[known_bar(name, [r for r in rows if r["name"] == name]) for name in dict.fromkeys(r["name"] for r in rows)]
        + list(trust_bars(found.get("trust", []))) + list(digit_bars(found.get("digits", []))) + list(verdict_bars(found.get("digits", []))),
        notes=f"Atlases fitted to {N:,} images; digits by the shipped generator and classifier, geodesics of 16 steps.", details=found,
    )  # fmt: skip


if __name__ == "__main__":
    main()
