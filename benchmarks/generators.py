"""Do generators drop modes: a 5 × 5 grid of Gaussians, a cluster of 1 %, digits in three colours (1,000 modes)?

python benchmarks/generators.py --mnist mnist.npz

The peer is the same training with the classical loss, R1 alone and no left inverse.
"""

import json
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from common import RESULTS, Bar, arguments, on_all_cores, write
from pushforward.datasets import digit_classifier
from pushforward.generator import Generator, Training
from pushforward.generator.adversarial.losses import NonSaturating
from pushforward.latents import Atlas, Gaussian
from pushforward.rng import generator, integers, normal

SPACING, WIDTH = 2.0, 0.05  # of the grid: distance of its 25 Gaussians, and their standard deviation
NEAR = 4  # standard deviations within which a sample belongs to a Gaussian
GRID, STACKED = {"steps": 4000, "lr": 3e-3}, {"steps": 8000, "penalty": 3e-5}
LATENTS = {"ours": Atlas(8, 2), "classical": Atlas(8, 2), "ours, one piece": Gaussian(2)}
CLASSICAL = {"loss": NonSaturating(), "cycle": 0.0, "reconstruction": 0.0}
RARE, APART = 0.01, 6.0  # the share of a small cluster, and how far it is from the large one
RARELY = {"two charts": Atlas(2, 2), "one Gaussian": Gaussian(2)}
TRIPLES, SAMPLES = 30_000, 25_600


def grid(case: tuple[str, int]) -> dict:
    """Modes of the grid that 2,500 samples hit, and the share of samples that hit one."""
    who, seed = case
    draws = generator(seed)
    axis = SPACING * (torch.arange(5.0) - 2)
    centres = torch.cartesian_prod(axis, axis)
    X = centres[integers(25, (25_000,), seed=draws)] + WIDTH * normal((25_000, 2), seed=draws)
    training = Training(**GRID, **(CLASSICAL if who == "classical" else {}))
    start = time.process_time()
    gen = Generator.fit(X, LATENTS[who], seed=seed, training=training)
    seconds = time.process_time() - start
    away = torch.cdist(gen.sample(2500, seed=seed), centres)
    hit = away.amin(1) < NEAR * WIDTH
    modes = away.argmin(1)[hit].unique().numel()
    return {"who": who, "seed": seed, "modes": modes, "on_a_mode": float(hit.double().mean()), "seconds": seconds}


def rare(case: tuple[str, int]) -> dict:
    """The share of 20,000 samples in a cluster that has 1 % of the data, after the default fit."""
    who, seed = case
    draws = generator(seed)
    X = 0.3 * normal((5000, 2), seed=draws)
    X[: int(RARE * len(X)), 0] += APART
    start = time.process_time()
    gen = Generator.fit(X, RARELY[who], seed=seed)
    seconds = time.process_time() - start
    share = float(((gen.sample(20_000, seed=seed)[:, 0] - APART).abs() < APART / 4).double().mean())
    return {"who": who, "seed": seed, "share": share, "seconds": seconds}


def stacked(images: Tensor, n: int, seed: int) -> Tensor:
    """Three random digits as the colours of one image.  (m 28 28) -> (n 3 28 28)"""
    return images[integers(len(images), (n, 3), seed=seed)]


def modes(X: Tensor) -> tuple[int, float]:
    """How many of the 1,000 numbers there are, and how far their frequencies are from equal (KL, nats)."""
    classify = digit_classifier()
    with torch.no_grad():
        digits = torch.stack([classify(part.reshape(-1, 1, 28, 28)).argmax(1) for part in X.split(512)])
    numbers = (digits.reshape(-1, 3) * torch.tensor([100, 10, 1])).sum(1)
    share = torch.bincount(numbers, minlength=1000).double() / len(numbers)
    return int((share > 0).sum()), float(torch.xlogy(share, share * 1000).sum())


def colours(mnist: Path, seed: int) -> dict:
    with np.load(mnist) as file:
        images = torch.from_numpy(file["x_train"]).float() / 255
    X = stacked(images, TRIPLES, seed)
    start = time.process_time()
    gen = Generator.fit(X, Gaussian(64), seed=seed, training=Training(**STACKED), progress=True)
    seconds = time.process_time() - start
    made, real = modes(gen.sample(SAMPLES, seed=seed)), modes(stacked(images, SAMPLES, seed + 1))
    return {
        "seed": seed,
        "modes": made[0],
        "kl": made[1],
        "modes_real": real[0],
        "kl_real": real[1],
        "seconds": seconds,
    }


def before() -> dict:
    path = RESULTS / "generators.json"
    return json.loads(path.read_text())["details"] if path.exists() else {}


def bars(found: dict) -> list[Bar]:
    made: list[Bar] = []
    if rows := found.get("grid"):
        ours, classical, one = ([row for row in rows if row["who"] == who] for who in LATENTS)
        share = lambda rows: sum(row["on_a_mode"] for row in rows) / len(rows)  # noqa: E731
        said = (
            f"{[row['modes'] for row in ours]}, {share(ours):.0%} of samples on one "
            f"(classical {[row['modes'] for row in classical]}, {share(classical):.0%}; "
            f"ours from one Gaussian {[row['modes'] for row in one]}, {share(one):.0%})"
        )
        good = all(row["modes"] == 25 for row in ours)
        made.append(Bar("5 × 5 grid of Gaussians: modes by seed", said, "25 of 25", good))
    for who in RARELY:
        rows = [row for row in found.get("rare", []) if row["who"] == who]
        if rows:
            said = ", ".join(f"{row['share']:.2%}" for row in rows)
            good = all(0.77 <= row["share"] / RARE <= 1.3 for row in rows)
            made.append(Bar(f"a cluster with 1 % of the data, {who}: samples in it", said, "0.77 … 1.3 %", good))
    if row := found.get("stacked"):
        said = f"{row['modes']}, KL {row['kl']:.3f} (real {row['modes_real']}, {row['kl_real']:.3f})"
        made.append(Bar("digits stacked in three colours: modes of 1,000", said, "≥ 990", row["modes"] >= 990))
    return made


def main() -> None:
    options = arguments(__doc__, mnist=None, seeds=5, parts="grid,rare,stacked")
    found, parts = before(), options.parts.split(",")
    if "grid" in parts:
        cases = [(who, seed) for seed in range(options.seeds) for who in LATENTS]
        found["grid"] = list(on_all_cores(grid, cases))
    if "rare" in parts:
        found["rare"] = list(on_all_cores(rare, [(who, seed) for who in RARELY for seed in range(options.seeds)]))
    if "stacked" in parts and options.mnist:
        found["stacked"] = colours(options.mnist, 0)
    write(
        "generators",
        title="Generators: no modes are dropped",
        seeds="0 … 4 (grid, cluster), 0 (stacked digits); settings were chosen on seeds from 100",
        peer="the classical loss with R1 and R2, without a left inverse, the same networks, steps and seeds",
        bars=bars(found),
        notes=f"Samples: 2,500 and {SAMPLES:,}; stacked digits are told apart by the shipped digit classifier.",
        details=found,
    )


if __name__ == "__main__":
    main()
