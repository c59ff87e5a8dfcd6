"""Contrast: can one module be moved while another stays still, how far, and how fast?

python benchmarks/contrast.py --mnist mnist.npz

Parts: gaussian, clipped, rivals, generator, planted, copies, mad, time, reverse. The first four train plain classifiers on MNIST,
find modules in them, and move one module of a pair from test digits while the other is held. Each part keeps what the
others found: `--parts gaussian --first 0 --seeds 1` adds one seed.
"""

import contextlib
import json
import time
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

import pushforward as pf
from common import RESULTS, arguments, write
from contrast_bars import bars
from contrast_copies import copies
from contrast_mad import mad
from contrast_reverse import reverse
from contrast_rivals import RIVALS, crossing
from pushforward.modules.contrasts.blocks import Scene, staged
from pushforward.modules.contrasts.density import Unbounded
from pushforward.modules.contrasts.traverse import Course, least_leak, traverse
from pushforward.rng import generator, integers, normal, permutation, rotation

STEPS, BATCH = 1500, 128
MODULES, PAIRS = 4, tuple(combinations(range(4), 2))  # of each pair the larger module is moved
STARTS, FEW = 258, 66  # divisible by the number of pairs
DISTANCES = (0.5, 1.0)
MAD_SEEDS = 2


def mlp() -> nn.Sequential:
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)
    )


def cnn() -> nn.Sequential:
    layers = [nn.Conv2d(1, 12, 5, stride=2, padding=2), nn.ReLU(), nn.Conv2d(12, 24, 5, stride=2, padding=2), nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(24 * 49, 64), nn.ReLU(), nn.Linear(64, 10))


NETWORKS = {"MLP": mlp, "CNN": cnn}


class Trained:
    """A plain classifier trained on MNIST with a seed, its modules, and test digits to start from."""

    def __init__(self, kind: str, path: Path, seed: int):
        with np.load(path) as file:
            X, Y, T, L = (torch.from_numpy(file[k]) for k in ("x_train", "y_train", "x_test", "y_test"))
        X, self.test = X[:, None].float() / 255, T[:, None].float() / 255
        torch.manual_seed(seed)
        self.model, draws = NETWORKS[kind](), generator(seed)
        optimiser = torch.optim.Adam(self.model.parameters(), 1e-3)
        for _ in range(STEPS):
            i = integers(len(X), (BATCH,), seed=draws)
            loss = cross_entropy(self.model(X[i]), Y[i].long())
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        self.model.eval().requires_grad_(False)
        self.accuracy = float((self.model(self.test).argmax(1) == L).double().mean())
        self.net = pf.Neurons(self.model, example=X[0])
        self.inputs = pf.Gaussian.fit(X[:10_000], rank=64)
        self.order = permutation(len(T), seed=seed)
        self.starts = self.test[self.order[:STARTS]]

    def blocks(self, inputs: Any, seed: int) -> tuple[Tensor, ...]:
        return pf.find_modules(
            self.net, inputs, self.test[self.order[:STARTS]], seed=seed, count=MODULES, nulls=19
        ).blocks


def rounded(value: Any) -> float:
    """To four significant digits: there are thousands of them."""
    return float(f"{float(value):.4g}")


def summary(found: list[Any]) -> dict:
    """What a list of traversals came to: the leak at the last frame, the worst frame, and where they ended."""
    return {
        "reached": [t.reached for t in found],
        "leak": [rounded(t.leaked[-1]) for t in found],
        "worst": [rounded(t.leak) for t in found],
        "moved": [rounded(t.moved[-1]) for t in found],
        "percentile": [rounded(t.percentile[-1]) for t in found],
        "inside": [bool(((t.percentile >= 0.01) & (t.percentile <= 0.99)).all()) for t in found],
    }


def scenes(
    case: Trained, inputs: Any, blocks: tuple[Tensor, ...], pool: int, count: int
) -> Iterator[tuple[Scene, Any]]:
    """A chart at each of `count` starts, split among the pairs; percentiles and deviations are among `pool` digits."""
    for p, (a, b) in enumerate(PAIRS):
        scene = staged(case.net, inputs, blocks[a], blocks[b], case.starts[:pool], seed=0, starts=None)
        for _, chart in scene.charts[p : count : len(PAIRS)]:
            yield scene, chart


def moved(
    case: Trained, inputs: Any, blocks: tuple[Tensor, ...], distance: float, pool: int, count: int, *, clip: bool
) -> dict:
    """Traversals in which the first module of each pair moves and the second is held."""
    course, found = Course(distance, frames=9, directions=3), []
    for scene, chart in scenes(case, inputs, blocks, pool, count):
        place = scene.place if clip else Unbounded(scene.place)
        found.append(traverse(scene.probe, place, chart, course, seed=scene.seeds[1]))
    return summary(found)


def gaussian(kind: str, path: Path, seed: int) -> dict:
    case = Trained(kind, path, seed)
    blocks = case.blocks(case.inputs, seed)
    row = {"network": kind, "seed": seed, "accuracy": case.accuracy, "sizes": [len(b) for b in blocks]}
    return row | {str(d): moved(case, case.inputs, blocks, d, STARTS, STARTS, clip=False) for d in DISTANCES}


def clipped(kind: str, path: Path, seed: int) -> dict:
    case = Trained(kind, path, seed)
    blocks = case.blocks(case.inputs, seed)
    return {"network": kind, "seed": seed} | {
        str(d): moved(case, case.inputs, blocks, d, STARTS, FEW, clip=True) for d in DISTANCES
    }


def rivals(kind: str, path: Path, seed: int) -> dict:
    """The published ways, from the same starts, in the same units."""
    case = Trained(kind, path, seed)
    blocks, found = case.blocks(case.inputs, seed), {name: [] for name in RIVALS}
    for i, (scene, chart) in enumerate(scenes(case, case.inputs, blocks, STARTS, FEW)):
        for name, rival in RIVALS.items():
            found[name].append(crossing(rival, scene.probe, chart, DISTANCES[0], seed * 1000 + i))
    return {"network": kind, "seed": seed} | found


def through_generator(kind: str, path: Path, seed: int) -> dict:
    case, gen = Trained(kind, path, seed), pf.datasets.digit_generator()
    case.starts = case.starts[:STARTS]
    blocks = case.blocks(gen, seed)
    row: dict[str, Any] = {"network": kind, "seed": seed, "sizes": [len(b) for b in blocks]}
    row["starts"] = moved(case, gen, blocks, DISTANCES[0], FEW, FEW, clip=True)
    row["least"] = [least_leak(scene.probe.factors(chart)) for scene, chart in scenes(case, gen, blocks, FEW, FEW)]
    searched = [
        pf.contrast(case.net, gen, blocks[a], blocks[b], start=case.starts, seed=seed, distance=DISTANCES[0])
        for a, b in PAIRS[::3]
    ]
    row["searched"] = summary([t for c in searched for t in (c.a, c.b)])
    return row


class Glued(nn.Module):
    """Two networks side by side, the first of which reads Q[:, :24]ᵀ x, the second Q[:, 24:48]ᵀ x."""

    def __init__(self, seed: int, mixture: bool = False):
        super().__init__()
        draws = generator(seed)
        self.Q = rotation(64, seed=draws)
        self.parts = nn.ModuleList()
        for i in range(2):
            first, second = nn.Linear(24, 40), nn.Linear(40, 20)
            for layer in (first, second):
                layer.weight.data = normal(layer.weight.shape, seed=draws) / layer.in_features**0.5
                layer.bias.data = 0.1 * normal(layer.bias.shape, seed=draws)
            self.parts.append(nn.Sequential(first, nn.Tanh(), second, nn.Tanh()))
            self.register_buffer(f"reads{i}", self.Q[:, 24 * i : 24 * (i + 1)])
        self.mix = nn.Linear(20, 20, bias=False) if mixture else None
        if self.mix is not None:
            self.mix.weight.data = normal((20, 20), seed=draws)

    def forward(self, x):
        one = self.parts[0](x @ self.reads0)
        other = self.mix(one) if self.mix is not None else self.parts[1](x @ self.reads1)
        return torch.cat([one, other], 1)


def planted(seed: int) -> dict:
    X = normal((256, 64), seed=seed)
    inputs, energy = pf.Gaussian.isotropic((64,)), []
    model = Glued(seed)
    net = pf.Neurons(model, ["parts.0", "parts.1"], example=X[0])
    c = pf.contrast(net, inputs, "parts.0", "parts.1", start=X, seed=seed)
    for t, own in ((c.a, slice(0, 24)), (c.b, slice(24, 48))):
        steps = (t.frames[1:] - t.frames[:-1]) @ model.Q
        energy += (steps[:, own].square().sum(1) / steps.square().sum(1)).tolist()
    mixed = pf.Neurons(Glued(seed, mixture=True), ["parts.0", "mix"], example=X[0])
    wrong = pf.contrast(mixed, inputs, "parts.0", "mix", start=X, seed=seed, starts=16)
    verdicts = [wrong.a.verdict.kind, wrong.b.verdict.kind]
    return {
        "seed": seed,
        "overlap": c.overlap,
        "energy": min(energy),
        "leak": max(c.a.leak, c.b.leak),
        "mixture": verdicts,
    }


def timed(seed: int) -> dict:
    torch.set_num_threads(2)
    digits = pf.datasets.digits("train").images
    net, inputs = pf.Neurons(pf.datasets.digit_classifier(), example=digits[0]), pf.Gaussian.fit(digits, rank=64)
    blocks = pf.find_modules(net, inputs, digits[:64], seed=seed, count=2, nulls=19).blocks
    rows = []
    for run in range(3):
        start, cpu = time.perf_counter(), time.process_time()
        c = pf.contrast(net, inputs, *blocks[:2], digits[:1000], seed + run, starts=64)
        rows.append({"wall": time.perf_counter() - start, "cpu": time.process_time() - cpu, "products": c.products})
    frames = {}
    for count in (5, 9, 17, 33):
        c = pf.contrast(net, inputs, *blocks[:2], digits[0], seed, frames=count, directions=1)
        frames[str(count)] = c.products
    return {"neurons": len(net), "runs": rows, "frames": frames}


def before() -> dict:
    path = RESULTS / "contrast.json"
    return json.loads(path.read_text())["details"] if path.exists() else {}


def main() -> None:
    options = arguments(
        __doc__,
        mnist=None,
        first=0,
        seeds=5,
        networks="MLP,CNN",
        parts="gaussian,clipped,rivals,generator,planted,copies,mad,time,reverse",
    )
    parts, seeds = options.parts.split(","), range(options.first, options.first + options.seeds)
    trained = {"gaussian": gaussian, "clipped": clipped, "rivals": rivals, "generator": through_generator}
    for part, one in trained.items():
        for kind in options.networks.split(",") if part in parts and options.mnist else ():
            for seed in seeds:
                keep(part, one(kind, options.mnist, seed))
    if "planted" in parts:
        for seed in range(20):
            keep("planted", planted(seed))
    if "copies" in parts:
        keep("copies", copies(), single=True)
    for seed in range(options.first, options.first + MAD_SEEDS) if "mad" in parts else ():
        keep("mad", mad(seed))
    if "time" in parts:
        keep("time", timed(0), single=True)
    if "reverse" in parts:
        keep("reverse", reverse(0), single=True)
    report(before())


def keep(part: str, row: dict, *, single: bool = False) -> None:
    """Add a row to the results, in place of an older one of the same network and seed."""
    found = before()
    same = lambda old: (old.get("network"), old["seed"]) == (row.get("network"), row["seed"])  # noqa: E731
    found[part] = row if single else [*(old for old in found.get(part, []) if not same(old)), row]
    with contextlib.redirect_stdout(None):
        report(found)


def report(found: dict) -> None:
    write(
        "contrast",
        title="Contrast: one module moved, another kept still",
        seeds="0 … 4 (planted: 0 … 19); settings were chosen on seeds from 100",
        peer="rivals written from the published methods (ReSeFa, LowRankGAN), random directions, gradient ascent with a penalty; plenoptic (MAD competition)",
        bars=bars(found),
        notes=f"MLP 784-256-256-10 and a CNN of 3,602 neurons, {STEPS} steps on MNIST; {MODULES} modules by `find_modules(count={MODULES})`, every "
        f"pair of them, the larger one moved, Gaussian.fit(rank=64), test digits as starts. Leak: of the last frame; all starts count, also those that did not reach.",
        details=found,
    )


if __name__ == "__main__":
    main()
