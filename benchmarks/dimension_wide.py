"""Dimensions up to a thousand: five published manifolds, and four laws under noise, with peers beside."""

import time
import warnings
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

import pushforward as pf
from common import Bar
from dimension_peers import peers
from truths import manifolds

FIVE_PEERS = ("MLE", "TwoNN", "DANCo", "ESS", "lPCA", "lPCA of all")
WIDE_PEERS = ("TwoNN", "MLE", "ESS", "lPCA")
NEAR = 0.1  # relative error that counts as right


def ours(known: manifolds.Known, seed: int) -> dict[str, Any]:
    """What `pf.dimension` says of points, and in how many seconds of one core."""
    start = time.process_time()
    result = pf.dimension(known.X, seed=seed)
    return {
        "truth": known.dim,
        "law": known.law,
        "noise": known.noise,
        "shape": tuple(known.X.shape),
        "ours": result.estimate,
        "interval": result.interval,
        "outside": result.outside,
        "agrees": result.agrees,
        "noise seen": result.noise,
        "seconds": time.process_time() - start,
        "classical": dict(zip(WIDE_PEERS, asdict(result.neighbours).values(), strict=True)),
    }


def others(X: torch.Tensor, names: tuple[str, ...], seed: int) -> dict[str, float]:
    """What the peers say."""
    import skdim

    rows = X.double().numpy()
    made = {**peers(rows, seed), "lPCA of all": lambda: skdim.id.lPCA().fit(rows).dimension_}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: float(made[name]()) for name in names}


def five(states: int) -> list[dict]:
    """The five manifolds of Yeats and others (2025) with several random states."""
    rows = []
    for state in range(states):
        for known in manifolds.five(state).values():
            row = ours(known, state)
            del row["classical"]
            rows.append({"state": state, **row, **others(known.X, FIVE_PEERS, state)})
            print(rows[-1], flush=True)
    return rows


def wide(seed: int) -> dict:
    """One of the sets of any dimension; beside it the classical estimates as the library computes them."""
    row = ours(manifolds.wide(seed), seed)
    classical = row.pop("classical")
    return {"seed": seed, **row, **classical}


def off(row: dict, who: str) -> float:
    """The absolute error; an estimate that is not a number counts as dimension 0."""
    return abs(float(np.nan_to_num(row[who], posinf=0.0)) - row["truth"])


def five_bars(rows: list[dict]) -> list[Bar]:
    """Mean errors, of all answers, and how many are outside."""
    mean = {who: float(np.mean([off(row, who) for row in rows])) for who in ("ours", *FIVE_PEERS)}
    beside = ", ".join(f"{who} {mean[who]:.1f}" for who in FIVE_PEERS)
    out = sum(row["outside"] for row in rows)
    held = sum(row["interval"][0] <= row["truth"] <= row["interval"][1] for row in rows)
    return [
        Bar(
            "five of Yeats and others (2025): mean |error|", f"{mean['ours']:.1f} ({beside})", "≤ 3", mean["ours"] <= 3
        ),
        Bar("the same: truth in the interval; outside", f"{held} of {len(rows)}; {out}", "reported", True),
    ]


def wide_bars(rows: list[dict]) -> list[Bar]:
    """Of the sets that were answered: how many estimates are near, how many intervals hold the truth."""
    told = [row for row in rows if not row["outside"]]

    def near(some: list[dict], who: str) -> float:
        return sum(off(row, who) <= NEAR * row["truth"] for row in some) / max(1, len(some))

    def rounded(some: list[dict], who: str) -> float:
        return near([row | {who: round(row[who])} for row in some], who)

    held = sum(row["interval"][0] <= row["truth"] <= row["interval"][1] for row in told) / max(1, len(told))
    beside = ", ".join(f"{who} {rounded(told, who):.0%}" for who in WIDE_PEERS)
    right = near(told, "ours")
    worst = max(row["seconds"] for row in rows)
    what = f"d = 1 … 1,000, noise 0, 1, 5 % of the scale per coordinate, {len(rows)} sets"
    return [
        Bar(f"{what}: within 10 %", f"{right:.1%} of {len(told)} answers ({beside})", "≥ 90 %", right >= 0.9),
        Bar(f"{what}: truth in the interval", f"{held:.1%} of {len(told)} answers", "≥ 95 %", held >= 0.95),
        Bar(f"{what}: outside", f"{1 - len(told) / len(rows):.1%}", "reported", True),
        Bar(f"{what}: seconds of one core, worst", f"{worst:.0f}", "≤ 60", worst <= 60),
    ]
