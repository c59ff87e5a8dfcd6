"""Trains the judge of `pf.dimension` on simulated manifolds; writes src/pushforward/manifold/data/judge.safetensors.

    python scripts/train_dimension.py
    python scripts/train_dimension.py --wide     # the judge for all dimensions and noise, data/wide.safetensors

One in six manifolds (one in twelve with `--wide`) is held out; how often the most likely dimension is right on these,
and how often the 95 % interval holds it, is printed. About half a second a manifold, with `--wide` a second, then
minutes of training, on one core.
"""

import argparse
import math
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import torch
from simulated_manifolds import simulate, simulate_small, simulate_wide
from torch import Tensor

from pushforward.errors import PushforwardError
from pushforward.manifold.dimensions.features import around, everywhere, evidence, gather
from pushforward.manifold.dimensions.network import CLIP, WEIGHTS, WIDE_WEIGHTS, Judge
from pushforward.manifold.dimensions.wide import grid, room, wide_evidence
from pushforward.progress import track
from pushforward.rng import generator, integers, normal, permutation, uniform
from pushforward.store import load, save

MEMBERS, HIDDEN, BATCH, RIVALS = 4, 64, 64, 12
DROPPED = 0.1
SEEDS = ["0:575", "2000:2475", "10000:10275", "10500:10675"]
WIDE_SEEDS = ["30000:30900", "40000:40100", "50000:50200"]
# Of the wide judge's manifolds, those from these numbers on: flat or made by residual layers; in few coordinates.
DEEP, SMALL = 40_000, 50_000
HIGH = 10_000  # manifolds from this number on are of high dimension, where more is to be learned
RATE, DECAY = 2e-3, 1e-3


class Case(NamedTuple):
    """Evidence (J, f) from one manifold, or from a part of it, and the number of its dimension among the candidates."""

    rows: Tensor
    dim: int
    manifold: int


def cases(seed: int) -> list[Case]:
    """The evidence of a simulated manifold as a whole and of two quarters of it."""
    truth = simulate(seed, high=seed >= HIGH)
    clues = gather(torch.unique(truth.X, dim=0), seed=seed)
    draws = generator(seed)
    parts = [around(clues, int(integers(len(clues.centres), (), seed=draws))) for _ in range(2)]
    found = [Case(evidence(clues, region), truth.dim, seed) for region in (everywhere(clues), *parts)]
    return [case for case in found if case.dim <= len(case.rows)]


def wide_cases(seed: int) -> list[Case]:
    """The same of a manifold of any dimension, for the judge of all dimensions."""
    truth = simulate_small(seed) if seed >= SMALL else simulate_wide(seed, deep=seed >= DEEP)
    clues = gather(truth.X, seed=seed)
    if truth.dim > room(clues):
        return []
    nearest = int((grid()[grid() <= room(clues)] - truth.dim).abs().argmin()) + 1
    part = around(clues, int(integers(len(clues.centres), (), seed=generator(seed))))
    rows = [wide_evidence(clues, region) for region in (everywhere(clues), part)]
    return [Case(row, nearest, seed) for row in rows]


def collect(seeds: list[int], kept: Path | None, *, wide: bool) -> list[Case]:
    """Cases of all manifolds, on the cores there are; read from `kept` where it has them, else written there."""
    if kept and kept.exists():
        tensors, header = load(kept, "Cases")
        rows = tensors["rows"].split(header["lengths"])
        return [Case(*case) for case in zip(rows, header["dims"], header["manifolds"], strict=True)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        len(os.sched_getaffinity(0)), mp_context=context, initializer=torch.set_num_threads, initargs=(1,)
    ) as pool:
        many = track(pool.map(wide_cases if wide else cases, seeds), "simulating", show=True, total=len(seeds))
        found = [case for some in many for case in some]
    if kept:
        write(found, kept)
    return found


def write(found: list[Case], path: Path) -> None:
    rows, dims, manifolds = zip(*found, strict=True)
    header = {"kind": "Cases", "dims": dims, "manifolds": manifolds, "lengths": [len(r) for r in rows]}
    save(path, {"rows": torch.cat(rows)}, header)


def picked(case: Case, draws: torch.Generator) -> tuple[Tensor, Tensor]:
    """Rows (RIVALS + 1, f) of the truth and of candidates drawn near it or anywhere, and what to add to their scores.

    A softmax over a sample is unbiased when every score is raised by how much rarer its candidate is in the sample.
    """
    truth, others = case.dim - 1, torch.arange(len(case.rows))
    chance = 1.0 / (1 + (others - truth).abs()) + 0.02
    chance[truth] = 0
    chance = chance / chance.sum().clamp(min=1e-9)
    which = torch.multinomial(chance + 1e-9, RIVALS, replacement=True, generator=draws)
    add = -(RIVALS * chance[which]).clamp(min=1e-9).log()
    add[which == truth] = -math.inf
    return case.rows[torch.cat([torch.tensor([truth]), which])], torch.cat([torch.zeros(1), add])


def start(features: int, draws: torch.Generator) -> list[tuple[Tensor, Tensor]]:
    widths = [features, HIDDEN, HIDDEN, 1]
    return [
        (normal((MEMBERS, i, o), seed=draws) / math.sqrt(i), torch.zeros(MEMBERS, 1, o)) for i, o in pairwise(widths)
    ]


def train(found: list[Case], *, steps: int, seed: int) -> Judge:
    """A judge by cross-entropy over the candidates, with dropout; the rate rises and falls once."""
    draws = generator(seed)
    every = torch.cat([case.rows for case in found])
    centre, scale = every.mean(0), every.std(0) + 1e-6
    layers = start(every.shape[1], draws)
    weights = [t.requires_grad_() for layer in layers for t in layer]
    optimiser = torch.optim.AdamW(weights, RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, steps)
    for _ in track(range(steps), "training", show=True):
        some = [found[i] for i in integers(len(found), (BATCH,), seed=draws).tolist()]
        rows, add = (torch.stack(column) for column in zip(*(picked(case, draws) for case in some), strict=True))
        x = ((rows - centre) / scale).clamp(-CLIP, CLIP).flatten(0, 1).expand(MEMBERS, -1, -1)
        for W, b in layers[:-1]:
            x = torch.nn.functional.silu(x @ W + b)
            x = x * (uniform(x.shape, seed=draws) >= DROPPED) / (1 - DROPPED)
        scores = (x @ layers[-1][0] + layers[-1][1]).view(MEMBERS, *rows.shape[:2]) + add
        loss = -scores.log_softmax(2)[..., 0].mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    held = [(W.detach(), b.detach()) for W, b in layers]
    return Judge(centre, scale, tuple(held), len({case.manifold for case in found}))


def describe(judge: Judge, held_out: list[Case], what: str) -> None:
    hits = covered = 0
    surprise = miss = 0.0
    for case in held_out:
        p = judge.posterior(case.rows)
        below = p.cumsum(0)
        best = int(p.argmax()) + 1
        low, high = int((below < 0.025).sum()) + 1, int((below < 0.975).sum()) + 1
        hits += best == case.dim
        covered += low <= case.dim <= high
        miss += abs(best - case.dim)
        surprise -= float(p[case.dim - 1].clamp(min=1e-12).log())
    n = len(held_out)
    print(f"{what}: {n} cases, exact {hits / n:.3f}, |error| {miss / n:.3f}, in the 95 % interval {covered / n:.3f}")
    print(f"  surprise {surprise / n:.3f} nats")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", nargs="+", help="ranges of manifolds, FIRST:LAST")
    parser.add_argument("--kept", type=Path, help="a file of evidence: read if it exists, else written")
    parser.add_argument("--steps", type=int, help="4,000, or 5,000 with --wide")
    parser.add_argument("--wide", action="store_true", help="the judge of all dimensions")
    parser.add_argument("--target", type=Path)
    args = parser.parse_args()
    ranges = args.seeds or (WIDE_SEEDS if args.wide else SEEDS)
    seeds = [seed for part in ranges for seed in range(*map(int, part.split(":")))]
    found = collect(seeds, args.kept, wide=args.wide)
    numbers = sorted({case.manifold for case in found})
    order = permutation(len(numbers), seed=0).tolist()
    test = {numbers[i] for i in order[: len(order) // (12 if args.wide else 6)]}
    steps = args.steps or (5000 if args.wide else 4000)
    judge = train([case for case in found if case.manifold not in test], steps=steps, seed=0)
    held_out = [case for case in found if case.manifold in test]
    describe(judge, held_out, "all")
    describe(judge, [case for case in held_out if case.dim <= 10], "dimension ≤ 10")
    try:
        print(judge.save(args.target or (WIDE_WEIGHTS if args.wide else WEIGHTS)))
    except PushforwardError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
