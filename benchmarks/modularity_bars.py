"""What the rows of benchmarks/modularity.py come to, against its bars."""

import statistics
from collections.abc import Callable, Iterator

import torch
from scipy.stats import ttest_rel

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
        group, rival = best.get(method), method != "ours"
        told = described(group, base) if group else f"no strength within {loss:.1%} is more modular than plain"
        if rival:
            yield Bar(f"{part}: {method}", told, "rival", True)
            yield compared(part, method, by)
            continue
        needed = 0.80 if part == "digit pairs/MLP" else 2.5 * Q0
        reached = bool(group) and mean(group, lambda r: r["Q"]) >= needed
        yield Bar(f"{part}: ours", told, f"Q ≥ {needed:.2f} at ≤ {loss:.1%}", reached)
        if part == "digit pairs/MLP" and group:
            yield from functional_bars(part, plain, group)


def described(group: list[dict], base: float) -> str:
    """A strength of a method in words; `base` is the accuracy of plain networks."""
    told = f"accuracy −{100 * (base - mean(group, accuracy)):.2f} points, Q {mean(group, lambda r: r['Q']):.2f}, "
    if all("excess" in row for row in group):  # rows without are of an earlier score
        told += f"score {mean(group, lambda r: r['modularity']):.2f}, "
    told += f"strength {group[0]['strength']:g}"
    if "own" not in group[0]:
        return told
    own, other = (mean(group, lambda r, key=key: r[key]) for key in ("own", "other"))
    return told + f", two-way cut costs its own part {own:.2f}, the other {other:.2f}"


def compared(part: str, method: str, by: dict[tuple[str, float], list[dict]]) -> Bar:
    """At the accuracy of each strength of a rival, whether ours is more modular and more specific, seed by seed.

    Against each is put the most modular strength of ours that is on average as accurate; strength 0 is plain training.
    """
    ours = [group for (name, _), group in by.items() if name in ("ours", "none")]
    told, won = [], []
    for (name, strength), rival in sorted(by.items()):
        if name != method:
            continue
        able = [group for group in ours if mean(group, accuracy) >= mean(rival, accuracy)]
        if not able:
            told.append(f"{strength:g}: ours is never as accurate")
            won.append(False)
            continue
        best = max(able, key=lambda group: mean(group, lambda r: r["Q"]))
        said = []
        for key in ("Q", "specificity"):
            if key not in rival[0]:
                continue
            gap, p = paired(best, rival, key)
            said.append(f"{key} {gap:+.2f} (p {p:.2g})")
            won.append(gap > 0 and p < 0.05)
        told.append(f"{strength:g} (accuracy {mean(rival, accuracy):.3f}): {', '.join(said)}")
    return Bar(f"{part}: ours minus {method} at its strengths", "; ".join(told), "above 0, p < 0.05", all(won))


def paired(ours: list[dict], rival: list[dict], key: str) -> tuple[float, float]:
    """The mean difference over the seeds of both, and the p-value of a one-sided paired t-test."""
    a, b = ({row["seed"]: row[key] for row in rows} for rows in (ours, rival))
    seeds = sorted(a.keys() & b.keys())
    x, y = [a[s] for s in seeds], [b[s] for s in seeds]
    return statistics.fmean(x) - statistics.fmean(y), float(ttest_rel(x, y, alternative="greater").pvalue)


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
    if part == "cheats":
        return list(cheat_bars(rows))
    if part == "cost":
        return [
            Bar(
                f"time and memory of a step, average over a run, {row['net']}",
                f"{row['ratio']:.2f}× and {row['memory']:.2f}× a plain one (time while it is penalised: {penalised(row):.2f}×)",
                "≤ 2.0×", row["ratio"] <= 2 and row["memory"] <= 2,
            )
            for row in rows
        ]  # fmt: skip
    if part == "seeds":
        both = {who: [row for row in rows if row["method"] == who] for who in ("none", "ours")}
        told = "; ".join(
            f"{name} {mean(some, lambda r: r['same']):.2f} (halves dealt at random {mean(some, lambda r: r['chance']):.2f})"
            for name, some in zip(("plain", "modular"), both.values(), strict=True)
        )
        return [Bar("halves of networks with other starting weights: RV coefficient", told, "for comparison", True)]
    return list(frontier_bars(part, rows))


def cheat_bars(rows: list[dict]) -> Iterator[Bar]:
    """The score of each kind of network: near chance without modules, well above it with them."""
    for name in dict.fromkeys(row["net"] for row in rows):
        some = [row for row in rows if row["net"] == name]
        scores, modules = [row["score"] for row in some], name.startswith("modules")
        told = f"{mean(some, lambda r: r['score']):.3f} ({min(scores):.3f} … {max(scores):.3f})"
        told += f", unrelated pairs beyond chance {mean(some, lambda r: r['excess']):.2f}"
        reached = min(scores) > 0.1 if modules else max(scores) <= 0.1
        yield Bar(f"score of {name}", told, "> 0.1" if modules else "≤ 0.1", reached)


def penalised(row: dict) -> float:
    """Time of a step against a plain one, over the steps in which the penalty takes its turns."""
    return 1 + (row["with"] / row["plain"] - 1) / row["every"]
