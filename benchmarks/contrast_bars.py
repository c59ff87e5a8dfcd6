"""What the rows of benchmarks/contrast.py come to, against its bars."""

from collections.abc import Iterator
from itertools import product

import torch
from torch import Tensor

from common import Bar
from contrast_rivals import RIVALS

AIMS = ((0.5, 0.02, 0.8), (1.0, 0.05, 0.6))
"""Distance in σ, the median leak it may have, and the share of starts that should reach it."""
PARTS = {"gaussian": "frames not clipped", "clipped": "every frame between the 1st and 99th percentile"}
THROUGH = {"starts": "from given digits", "searched": "from inputs that were searched"}


def bars(found: dict) -> list[Bar]:
    """Of all parts that were run."""
    made: list[Bar] = []
    for kind in ("MLP", "CNN"):
        of = {part: [row for row in rows if row["network"] == kind] for part, rows in found.items() if part in TRAINED}
        made += [*_moved(kind, of), *_rivals(kind, of.get("rivals", [])), *_through(kind, of.get("generator", []))]
    made += [*_planted(found.get("planted", [])), *_copies(found.get("copies")), *_mad(found.get("mad", []))]
    return [*made, *_time(found.get("time")), *_reverse(found.get("reverse"))]


TRAINED = (*PARTS, "rivals", "generator")


def pooled(rows: list[dict], key: str, which: str) -> Tensor:
    """The values of all starts of all rows."""
    return torch.tensor([value for row in rows for value in row[key][which]]).double()


def _moved(kind: str, of: dict[str, list[dict]]) -> Iterator[Bar]:
    for (distance, most, share), (part, words) in product(AIMS, PARTS.items()):
        rows, d = of.get(part, []), str(distance)
        if not rows:
            continue
        leak, worst = (pooled(rows, d, which) for which in ("leak", "worst"))
        reach, inside = (float(pooled(rows, d, which).mean()) for which in ("reached", "inside"))
        yield Bar(
            f"{kind}, Gaussian inputs, A moved by {d} σ, {words}",
            f"median leak {float(leak.median()):.4f} (worst frame {float(worst.median()):.4f}), reached from {reach:.0%} of "
            f"{len(leak):,} starts ({inside:.0%} stayed inside)",
            f"≤ {most}, ≥ {share:.0%}",
            float(leak.median()) <= most and reach >= share,
        )


def _rivals(kind: str, rows: list[dict]) -> Iterator[Bar]:
    for name in RIVALS if rows else ():
        leaks = torch.tensor([leak for row in rows for leak, _ in row[name]]).double()
        reached = torch.tensor([ok for row in rows for _, ok in row[name]]).double().mean()
        text = f"median leak {float(leaks[leaks.isfinite()].median()):.3f}, reached from {float(reached):.0%}"
        yield Bar(f"{kind}, 0.5 σ, {len(rows)} seeds, rival: {name}", text, "a rival", True)


def _through(kind: str, rows: list[dict]) -> Iterator[Bar]:
    for which, words in THROUGH.items() if rows else ():
        leak, reach = pooled(rows, which, "leak"), float(pooled(rows, which, "reached").mean())
        inside = float(pooled(rows, which, "inside").mean())
        text = f"median leak {float(leak.median()):.4f} of {len(leak)}, reached {reach:.0%}, {inside:.0%} with every frame inside"
        if which == "starts":
            least = torch.tensor([value for row in rows for value in row["least"]]).median()
            text += f"; no direction leaks less than {float(least):.4f} to first order (median)"
        yield Bar(f"{kind} through the generator, 0.5 σ, {words}", text, "≤ 0.05", float(leak.median()) <= 0.05)


def _planted(rows: list[dict]) -> Iterator[Bar]:
    if not rows:
        return
    energy, overlap = min(row["energy"] for row in rows), max(row["overlap"] for row in rows)
    none = sum(row["mixture"] == ["no such direction"] * 2 for row in rows)
    what = "planted: least share of a step's energy in the true subspace"
    yield Bar(what, f"{energy:.5f} ({len(rows)} seeds)", "≥ 0.99", energy >= 0.99)
    yield Bar("planted: overlap found, largest over seeds", f"{overlap:.1e}", "≤ 1e-3", overlap <= 1e-3)
    what = "planted impossibility: B an invertible mixture of A: no such direction, both ways"
    yield Bar(what, f"{none} of {len(rows)}", "20 of 20", none == len(rows) >= 20)


def _copies(found: dict | None) -> Iterator[Bar]:
    if found is None:
        return
    rows, apart = found["rows"], ["kept fixed"] * 2
    passed, clean = (sum(row[key] == apart for row in rows) for key in ("verdicts", "clean"))
    named = sum(row["named"] for row in rows)
    what = "a neuron of A copied in B (exact, negated, scaled, near), B of 20 … 400 neurons: called separable"
    yield Bar(what, f"{passed} of {len(rows)} (the copy is named in {named})", "0 of 200", passed == 0 < len(rows))
    yield Bar(
        "the same networks, B without the copy: called separable", f"{clean} of {len(rows)}", "all", clean == len(rows)
    )


def _mad(rows: list[dict]) -> Iterator[Bar]:
    rows = [one for row in rows if "rows" in row for one in row["rows"]]
    if not rows:
        return
    ours, pixels, chart = (torch.tensor([row[k] for row in rows]).median().item() for k in ("ours", "pixels", "chart"))
    passes = torch.tensor([row["passes"] for row in rows]).median().item()
    text = f"median {ours:.4f} against {pixels:.3f} (pixels), {chart:.3f} (the chart's coordinates), {len(rows)} contrasts of {passes:,} passes"
    what = "pairs of digits, MLP, 0.5 σ: off-target change, against MAD competition at equal passes"
    yield Bar(what, text, "≤ 0.1 × MAD's", ours <= 0.1 * min(pixels, chart))


def _time(row: dict | None) -> Iterator[Bar]:
    if row is None:
        return
    wall, cpu = (sorted(run[clock] for run in row["runs"])[1] for clock in ("wall", "cpu"))
    what = f"one contrast, CNN of {row['neurons']:,} neurons, r = 64, 64 starts"
    yield Bar(what, f"{wall:.1f} s (median of 3; processor {cpu:.1f} s)", "≤ 20 s", wall <= 20)
    products = row["frames"]
    slope = [(products["17"] - products["9"]) / 8, (products["33"] - products["17"]) / 16]
    straight = slope[1] <= 1.5 * max(slope[0], 64)
    yield Bar("Jacobian products for 5, 9, 17, 33 frames", f"{list(products.values())}", "linear in frames", straight)


def _reverse(row: dict | None) -> Iterator[Bar]:
    if row is None:
        return
    faster = row["rows_s"] / row["ours_s"]
    text = f"{faster:,.0f}× ({row['ours_s']:.2f} s against {row['rows_s']:.0f} s), cosine {row['cosine']:.6f}"
    good = faster >= 100 and row["cosine"] >= 0.999
    yield Bar("64 → 65,536: best direction, against row-by-row reverse mode", text, "≥ 100×, ≥ 0.999", good)
