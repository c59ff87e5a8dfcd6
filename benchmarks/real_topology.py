"""The topology of images, one atlas each: turned and shifted digits, sprites, natural patches, digit classes.

Where images are made by turning, shifting or drawing the answer is known; of natural patches the literature says Klein
bottle (Carlsson, Ishkhanov, de Silva, Zomorodian 2008); of digit classes nothing is known, and what comes out is told.
"""

import json
import math
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import unfold

import pushforward as pf
from common import RESULTS, Bar, arguments, write
from pushforward.datasets.sprite_images import render
from pushforward.rng import generator, normal, permutation, uniform
from topology import bases, rotated, shifted

N = 4000
TURN = 2 * math.pi
DENSE = 15
"""Patches are as dense as their distance to this neighbour is short (the classical k = 15 core)."""


def turned(number: int, draws: torch.Generator) -> Tensor:
    return rotated(bases(10)[number][1], TURN * uniform((N,), seed=draws))


def two(_: int, draws: torch.Generator) -> Tensor:
    images = [image for of, image in bases(7) if of in (6, 9)]
    return torch.cat([rotated(image, TURN * uniform((N // 2,), seed=draws)) for image in images])


def moved(number: int, draws: torch.Generator) -> Tensor:
    return shifted(bases(3)[number][1], uniform((N, 2), seed=draws))


def drawn(shape: int, *, sizes: bool) -> Callable[[int, torch.Generator], Tensor]:
    """Sprites in the middle, turned; of all `sizes` or of one."""

    def draw(_: int, draws: torch.Generator) -> Tensor:
        u = uniform((N, 2), seed=draws)
        size = 0.5 + u[:, :1] / 2 if sizes else torch.full((N, 1), 0.9)
        middle = torch.full((N, 2), 0.5)
        kind = torch.full((N, 1), float(shape))
        return render(torch.cat([kind, size, TURN * u[:, 1:], middle], 1), 24)

    return draw


def ideal_patches(_: int, draws: torch.Generator) -> Tensor:
    r"""3 × 3 patches of c (a x + b y)² + d (a x + b y), of mean 0 and norm 1: a Klein bottle."""
    u = TURN * uniform((N, 2), seed=draws)
    axis = torch.arange(-1.0, 2.0)
    along = u[:, 0].cos()[:, None, None] * axis[:, None] + u[:, 0].sin()[:, None, None] * axis
    return normalised((u[:, 1].cos()[:, None, None] * along.square() + u[:, 1].sin()[:, None, None] * along).flatten(1))


def natural_patches(_: int, draws: torch.Generator) -> Tensor:
    """The densest part of 3 × 3 patches of high contrast from scikit-learn's two photographs, 30 % of 10,000."""
    from sklearn.datasets import load_sample_images

    found = []
    for photograph in load_sample_images().images:
        grey = torch.tensor(photograph).double().mean(2)
        patches = unfold((1 + grey).log()[None, None], 3)[0].T
        kept = patches[permutation(len(patches), seed=draws)[:50_000]]
        kept = kept - kept.mean(1, keepdim=True)
        found.append(kept[contrast(kept).argsort(descending=True)[:10_000]])
    patches = normalised(torch.cat(found))
    patches = patches[permutation(len(patches), seed=draws)[:10_000]]
    far = torch.cat([torch.cdist(part, patches).kthvalue(DENSE + 1, 1).values for part in patches.split(1000)])
    return patches[far.argsort()[:N]]


def contrast(patches: Tensor) -> Tensor:
    """The D-norm: root of the sum of squared differences of neighbouring pixels."""
    square = patches.unflatten(1, (3, 3))
    return (square.diff(dim=1).square().sum((1, 2)) + square.diff(dim=2).square().sum((1, 2))).sqrt()


def normalised(patches: Tensor) -> Tensor:
    patches = patches - patches.mean(1, keepdim=True)
    return patches / contrast(patches)[:, None]


def digit_class(number: int, draws: torch.Generator) -> Tensor:
    held = pf.datasets.digits("train")
    images = held.images[held.labels == number]
    return images[permutation(len(images), seed=draws)[:N]]


CASES: dict[str, tuple[Callable[[int, torch.Generator], Tensor], str | None, int]] = {
    "rotated digit": (turned, "circle", 10),
    "rotated 6 with rotated 9": (two, "2 × circle", 1),
    "digit shifted round and round": (moved, "torus", 3),
    "rotated heart": (drawn(2, sizes=False), "circle", 3),
    "rotated square (a quarter turn is none)": (drawn(0, sizes=False), "circle", 3),
    "rotated heart of any size": (drawn(2, sizes=True), "annulus", 3),
    "ideal 3 × 3 patches": (ideal_patches, "Klein bottle", 3),
    "natural 3 × 3 patches": (natural_patches, None, 3),
    "a class of digits": (digit_class, None, 10),
}
"""What draws the images, what they should be called, and how many there are of the kind."""


def run(what: str, number: int) -> dict[str, Any]:
    draw, truth, _ = CASES[what]
    X = draw(number, generator(number)).flatten(1).float()
    X = X + 1e-4 * X.std() * normal(tuple(X.shape), seed=number)
    start = time.process_time()
    found = pf.topology(X, seed=number)
    return {
        "data": what, "number": number, "truth": truth, "name": found.name, "confident": found.confident,
        "dimension": found.dimension, "betti": found.betti, "check": found.agrees, "reasons": list(found.reasons),
        "cpu seconds": round(time.process_time() - start, 1),
    }  # fmt: skip


def bar(what: str, rows: list[dict[str, Any]]) -> Bar:
    truth = rows[0]["truth"]
    names = [row["name"] or "undetermined" for row in rows]
    told = ", ".join(f"{names.count(name)} {name}" for name in dict.fromkeys(names))
    told += f"; at most {max(row['cpu seconds'] for row in rows):.0f} s"
    wrong = any(row["confident"] and truth is not None and row["name"] != truth for row in rows)
    return Bar(f"{what}, {len(rows)}", told, truth or "not known", not wrong and truth in (None, *names))


def main() -> None:
    options = arguments(__doc__, data="")
    torch.set_num_threads(1)
    path = RESULTS / "real_topology.json"
    held = {} if not path.exists() else json.loads(path.read_text())["details"]
    for what in options.data.split(",") if options.data else CASES:
        held[what] = [run(what, number) for number in range(CASES[what][2])]
        print(*held[what], sep="\n", flush=True)
    write(
        "real_topology", title="The topology of images, one atlas each", seeds="0 …, one for each image",
        peer="none: the answer is known by construction, or told as it comes out", bars=[bar(*item) for item in held.items()],
        notes=f"n = {N:,} images each.", details=held,
    )  # fmt: skip


if __name__ == "__main__":
    main()
