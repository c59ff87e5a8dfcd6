"""The topology of activations: rotated digits in every layer of a classifier, and simulated grid cells.

A digit that is turned by all angles is a circle, and stays one in every layer of a network that keeps the angles apart.
Grid cells are simulated: noisy spikes of cells whose rates are bumps on a torus, prepared as Gardner and others (2022)
did it: smoothed, centred and scaled, six principal components, downsampled.
"""

import json
import math
import time
from typing import Any

import torch
from torch import Tensor

import pushforward as pf
from common import RESULTS, Bar, arguments, write
from pushforward.rng import generator, normal, permutation, uniform
from topology import bases, rotated

N = 2000
TURN = 2 * math.pi
DIGITS, DRAWS, FIRST_SEED = 10, 3, 500
# Of one module of grid cells: how many, how strongly they fire at most (spikes in a bin), how narrow a bump is.
CELLS, RATE, NARROW = 150, 0.6, 1.0
# Time bins, the length of a step on the torus, the width of the smoothing, in bins.
BINS, STEP, SMOOTH = 60_000, 0.06, 6
COMPONENTS = 6


def turned(number: int) -> Tensor:
    return rotated(bases(DIGITS)[number][1], TURN * uniform((N,), seed=number)).reshape(-1, 1, 28, 28).float()


def digit(number: int) -> list[dict[str, Any]]:
    """What each layer says of one digit."""
    net, X = pf.Neurons(pf.datasets.digit_classifier()), turned(number)
    net.see(X[:2])
    rows = []
    for layer in net.layers:
        start = time.process_time()
        result = pf.topology(net, X, layer=layer, seed=number)
        rows.append(row(result, start) | {"data": "rotated digit", "number": number, "layer": layer})
        print(rows[-1], flush=True)
    return rows


def row(result: pf.results.Topology, start: float) -> dict[str, Any]:
    return {
        "name": result.name, "confident": result.confident, "dimension": result.dimension, "betti": result.betti,
        "reasons": list(result.reasons), "notes": list(result.notes), "cpu seconds": round(time.process_time() - start, 1),
    }  # fmt: skip


def spikes(draws: torch.Generator) -> Tensor:
    """Spike counts (BINS, CELLS) on a random walk on the hexagonal torus."""
    way = (STEP * normal((BINS, 2), seed=draws, dtype=torch.float64)).cumsum(0)
    phase = TURN * uniform((CELLS, 2), seed=draws).double()
    apart = way[:, None] - phase
    waves = [apart[..., 0], apart[..., 1], apart[..., 0] - apart[..., 1]]
    bump = sum(w.cos() for w in waves)
    rates = RATE * (NARROW * (bump - 3)).exp()
    return torch.poisson(rates, generator=draws)


def prepared(counts: Tensor, draws: torch.Generator) -> Tensor:
    """Smoothed, root taken, scaled, six components, and as many of the most active times as N at random."""
    at = torch.arange(-3 * SMOOTH, 3 * SMOOTH + 1).double()
    kernel = (-(at / SMOOTH).square() / 2).exp()
    smooth = torch.nn.functional.conv1d(counts.T[:, None], (kernel / kernel.sum())[None, None], padding=3 * SMOOTH)
    rates = smooth[:, 0].T.sqrt()
    active = rates.sum(1) >= rates.sum(1).quantile(0.2)
    rates = (rates - rates.mean(0)) / rates.std(0)
    _, _, V = torch.linalg.svd(rates[::10] - rates[::10].mean(0), full_matrices=False)
    rows_ = torch.nonzero(active)[:, 0]
    return (rates[rows_[permutation(len(rows_), seed=draws)[: 2 * N]]] @ V[:COMPONENTS].T).float()


def grid(seed: int) -> dict[str, Any]:
    draws = generator(seed)
    X = prepared(spikes(draws), draws)
    start = time.process_time()
    given = pf.topology(X, seed=seed, dim=2)
    one = row(given, start) | {"data": "grid cells", "seed": seed}
    one["without dim="] = pf.topology(X, seed=seed, check=False).name
    print(one, flush=True)
    return one


def bars(digits: list[dict[str, Any]], cells: list[dict[str, Any]]) -> list[Bar]:
    made = []
    if digits:
        numbers = {one["number"] for one in digits}
        wrong = sum(one["confident"] and one["name"] != "circle" for one in digits)
        broken = {one["number"] for one in digits if one["name"] != "circle"}
        right = sum(one["name"] == "circle" for one in digits)
        told = f"{len(numbers - broken)} of {len(numbers)} digits; {right} of {len(digits)} layers; {wrong} wrong with confidence"
        reached = not broken and len(numbers) == DIGITS
        made.append(Bar("rotated digits: circle in every layer", told, f"{DIGITS} of {DIGITS}", reached))
    if cells:
        names = [one["name"] or "undetermined" for one in cells]
        mistaken = sum(one["confident"] and one["name"] != "torus" for one in cells)
        told = ", ".join(f"{names.count(one)} {one}" for one in dict.fromkeys(names))
        free = sum(one["without dim="] == "torus" for one in cells)
        made.append(
            Bar(
                f"simulated grid cells, {len(cells)}, with dim=2",
                f"{told}; {mistaken} wrong with confidence; without dim: {free} torus",
                "torus or undetermined",
                not mistaken,
            )
        )
    return made  # fmt: skip


def main() -> None:
    options = arguments(__doc__ or "", parts="digits,cells", digits=DIGITS)
    torch.set_num_threads(1)
    path = RESULTS / "activation_topology.json"
    known = json.loads(path.read_text())["details"] if path.exists() else {"digits": [], "cells": []}
    if "digits" in options.parts:
        known["digits"] = [one for number in range(options.digits) for one in digit(number)]
    if "cells" in options.parts:
        known["cells"] = [grid(FIRST_SEED + i) for i in range(DRAWS)]
    write(
        "activation_topology", title="The topology of activations", seeds=f"0 … {DIGITS - 1}; {FIRST_SEED} … ",
        peer="none: the answer is known by construction", bars=bars(known["digits"], known["cells"]),
        notes=f"n = {N:,} images each; digit_classifier(), right on 99.4 % of the upright test digits.", details=known,
    )  # fmt: skip


if __name__ == "__main__":
    main()
