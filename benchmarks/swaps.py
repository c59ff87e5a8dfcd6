"""Do real token swaps move one head or layer of a sentence transformer and leave another?

Parts: heads, layers, units. Parts can be run one at a time; the rows of the others stay.
"""

import json
import time
from statistics import median
from typing import Any

import torch
from torch import Tensor

import models
import pushforward as pf
from common import RESULTS, Bar, arguments, write
from pushforward.rng import permutation

PAIRS = 20
WHO, DID = ("engineer", "child", "bank", "dog"), ("bought", "lost", "praised", "feared")
PROMPTS = [f"the {a} {b} the {c}" for a in WHO for b in DID for c in ("house", "storm", "law", "bread")]
STRIDE = 4
"""Of the prompts, every how manieth is searched."""
UNITS = 8
"""How many units of an MLP are a set of their own."""
WHAT = {
    "heads": ("encoder.layer.*.attention.self", 32, "heads"),
    "layers": ("encoder.layer.*.intermediate.intermediate_act_fn", 1536, "layers' MLPs"),
    "units": ("encoder.layer.*.intermediate.intermediate_act_fn", UNITS, f"sets of {UNITS} MLP units"),
}


def pairs(neurons: int, size: int, *, seed: int) -> list[tuple[Tensor, Tensor]]:
    """Pairs of different sets of neighbouring neurons, drawn at random."""
    sets = torch.arange(neurons).split(size)
    n = len(sets)
    every = [k for k in permutation(n * n, seed=seed).tolist() if k // n != k % n]
    return [(sets[k // n], sets[k % n]) for k in every[:PAIRS]]


def row_of(text: Any, A: Tensor, B: Tensor, options: Any) -> dict[str, Any]:
    """The best swap of a pair, and its numbers."""
    start = time.process_time()
    numbers = list(range(0, len(PROMPTS), STRIDE))
    swaps = text.swaps(A, B, prompt=numbers, top=5, points=options.points, seed=options.seed)
    best = swaps.swaps[0]
    row = {
        "A": text.net.table.label(int(A[0])), "B": text.net.table.label(int(B[0])), "swap": str(best),
        "moved": best.moved, "off_target": best.off_target, "chance": best.chance, "ratio": swaps.ratio,
        "total": swaps.total, "measured": swaps.measured, "processor": time.process_time() - start,
    }  # fmt: skip
    said = f"{best.off_target:.1%} ({best.chance:.1%}), {swaps.ratio:.2f}, {row['processor']:.0f} s"
    print(f"{row['A']} / {row['B']}: {said}: {best}", flush=True)
    return row


def run(part: str, options: Any) -> list[dict[str, Any]]:
    """A row for each pair."""
    model, tokenizer = models.minilm()
    layers, size, _ = WHAT[part]
    text = pf.text(model, tokenizer, PROMPTS, layers=layers)
    return [row_of(text, A, B, options) for A, B in pairs(len(text.net), size, seed=options.seed)]


def bar(part: str, rows: list[dict[str, Any]]) -> Bar:
    """Medians over the pairs, and how many reach the target."""
    ratio = median(row["ratio"] for row in rows)
    best, chance = (median(row[name] for row in rows) for name in ("off_target", "chance"))
    reached = sum(row["ratio"] <= 0.2 for row in rows)
    return Bar(
        f"MiniLM, {len(rows)} pairs of {WHAT[part][2]}: off-target change of the best swap, of random swaps that move "
        "A as much, medians; median of their ratios; pairs at a fifth or less",
        f"{best:.1%}, {chance:.1%}; {ratio:.2f}; {reached} of {len(rows)}",
        "ratio at most 0.20" if part != "units" else "for comparison",
        ratio <= 0.2 or part == "units",
    )


def main() -> None:
    options = arguments(__doc__, seed=7000, parts="heads,layers,units", points=1536)
    path = RESULTS / "swaps.json"
    found = json.loads(path.read_text())["details"] if path.exists() else {}
    if models.missing("minilm"):
        print(f"skipped, needs `{models.missing('minilm')}`")
        return
    for part in filter(None, options.parts.split(",")):
        found[part] = run(part, options)
    write(
        "swaps",
        title="Real token swaps in a sentence transformer",
        seeds=str(options.seed),
        peer="random swaps that move A as much",
        bars=[bar(part, found[part]) for part in WHAT if part in found],
        notes=f"{PAIRS} pairs each, drawn at random; swaps of one token in {len(PROMPTS) // STRIDE} prompts, "
        "0.06% of which are measured.",
        details=found,
    )


if __name__ == "__main__":
    main()
