"""What the rows of benchmarks/modularity.py come to, against its bars."""

import statistics
from collections.abc import Callable, Iterator

import torch

from common import Bar


def mean(rows: list[dict], key: Callable[[dict], float]) -> float:
    return statistics.fmean(key(row) for row in rows)


def accuracy(row: dict) -> float:
    return statistics.fmean(row["accuracy"].values())


def groups(rows: list[dict]) -> dict[tuple[str, float], list[dict]]:
    found: dict[tuple[str, float], list[dict]] = {}
    for row in rows:
        found.setdefault((row["method"], row["strength"]), []).append(row)
    return found


def frontier_bars(part: str, rows: list[dict]) -> Iterator[Bar]:
    """What each method reaches at the strength that is most modular within the allowed loss of accuracy."""
    by = groups(rows)
    plain = by.get(("none", 0.0))
    if not plain:
        return
    loss = 0.005 if part == "digit pairs/MLP" else 0.01
    base, Q0 = mean(plain, accuracy), mean(plain, lambda r: r["Q"])
    yield Bar(f"{part}: plain", f"accuracy {base:.4f}, Q {Q0:.2f}", "for comparison", True)
    best: dict[str, list[dict]] = {}
    for (method, _), group in sorted(by.items()):
        lost, Q = base - mean(group, accuracy), mean(group, lambda r: r["Q"])
        if method != "none" and lost <= loss and mean(best.get(method, plain), lambda r: r["Q"]) < Q:
            best[method] = group
    for method in dict.fromkeys(m for m, _ in by if m != "none"):
        group = best.get(method)
        if group is None:
            yield Bar(
                f"{part}: {method}",
                f"no strength within {loss:.1%} is more modular than plain",
                "rival",
                method != "ours",
            )
            continue
        told = f"accuracy −{100 * (base - mean(group, accuracy)):.2f} points, Q {mean(group, lambda r: r['Q']):.2f}, "
        told += f"score {mean(group, lambda r: r['modularity']):.2f}, strength {group[0]['strength']:g}"
        if "own" in group[0]:
            told += f", two-way cut costs its own part {mean(group, lambda r: r['own']):.2f}, the other {mean(group, lambda r: r['other']):.2f}"
        if method != "ours":
            yield Bar(f"{part}: {method}", told, "rival", True)
            continue
        needed = 0.80 if part == "digit pairs/MLP" else 2.5 * Q0
        yield Bar(f"{part}: ours", told, f"Q ≥ {needed:.2f} at ≤ {loss:.1%}", mean(group, lambda r: r["Q"]) >= needed)
        if part == "digit pairs/MLP":
            yield from functional_bars(part, plain, group)


def functional_bars(part: str, plain: list[dict], group: list[dict]) -> Iterator[Bar]:
    """Whether the two sides do two parts: lesions, agreement over inputs, and what leaks when one side is moved."""
    own, other = (mean(group, lambda r, key=key: r[key]) for key in ("own", "other"))
    passed = sum(row["own"] >= 0.60 and row["other"] <= 0.05 for row in group)
    yield Bar(
        f"{part}: lesions of a two-way cut", f"own {own:.2f}, other {other:.3f}; {passed} of {len(group)} seeds reach both",
        "own ≥ 0.60, other ≤ 0.05", own >= 0.60 and other <= 0.05,
    )  # fmt: skip
    both = {"plain": plain, "modular": group}
    for key, name in (
        ("leak", "the other side's movement while one is moved"),
        ("agreement", "modules at other inputs"),
    ):
        rows = {who: [row for row in some if key in row] for who, some in both.items()}
        if all(rows.values()):
            told = ", ".join(f"{who} {mean(some, lambda r, key=key: r[key]):.3f}" for who, some in rows.items())
            yield Bar(f"{part}: {name}", told, "for comparison", True)


def bars_of(part: str, rows: list[dict]) -> list[Bar]:
    if part == "null":
        scores = torch.tensor([row["score"] for row in rows])
        wrong = sum(row["found"] for row in rows) / len(rows)
        error = float(scores.std()) / len(rows) ** 0.5
        return [
            Bar("mean score of random networks", f"{float(scores.mean()):.4f} ± {error:.4f}, each ± {mean(rows, lambda r: r['error']):.4f}", "0 within the error of one", abs(float(scores.mean())) <= mean(rows, lambda r: r["error"])),
            Bar("of these called modular", f"{wrong:.0%} of {len(rows)}", "≤ 8 %", wrong <= 0.08),
        ]  # fmt: skip
    if part == "cost":
        return [
            Bar(
                f"time and memory of a step, average over a run, {row['net']}",
                f"{row['ratio']:.2f}× and {row['memory']:.2f}× a plain one (time while it is penalised: {penalised(row):.2f}×)",
                "≤ 2.0×", row["ratio"] <= 2 and row["memory"] <= 2,
            )
            for row in rows
        ]  # fmt: skip
    return list(frontier_bars(part, rows))


def penalised(row: dict) -> float:
    """Time of a step against a plain one, over the steps in which the penalty takes its turns."""
    return 1 + (row["with"] / row["plain"] - 1) / row["every"]
