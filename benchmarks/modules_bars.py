"""What the benchmark of modules claims, from the rows it measured."""

from collections.abc import Callable, Sequence
from statistics import mean, median

from scipy.stats import kstest

from common import Bar

Rows = Sequence[dict]
KINDS: list[tuple[str, Callable[[str], bool], float]] = [
    ("leak 0 … 0.4 a layer", lambda k: k in ("leak 0", "leak 0.1", "leak 0.2", "leak 0.3", "leak 0.4"), 0.99),
    ("leak 0.5 and 0.6 a layer", lambda k: k in ("leak 0.5", "leak 0.6"), 0.98),
    ("leak 0.7 a layer", lambda k: k == "leak 0.7", 0.9),
    ("two halves of 6 units a layer", lambda k: k == "width 6", 0.95),
    (
        "two halves of 12 … 400 units a layer",
        lambda k: k.startswith("width") and k[6:] != "6" and "dead" not in k,
        0.99,
    ),
    ("two halves of 6 … 64 units beside dead ones", lambda k: "dead units" in k, 0.95),
    ("sizes 1 : 2 : 4 : 8 : 16", lambda k: k.startswith("sizes"), 0.99),
    ("mixed depths", lambda k: k == "depths", 0.99),
    ("2 × 3 hierarchy", lambda k: k == "hierarchy", 0.99),
    ("hidden grouped convolutions, channels", lambda k: k.startswith("convolutions") and "positions" not in k, 0.99),
    ("block transformers in a rotated stream", lambda k: k.startswith("transformers"), 0.99),
    ("experts, hard and soft, by activity", lambda k: k.startswith("experts"), 0.95),
    ("inputs shared by modules", lambda k: "of inputs" in k, 0.9),
]


def bars_of(details: dict[str, Rows]) -> list[Bar]:
    """All claims of the parts that were measured."""
    bars: list[Bar] = []
    if rows := details.get("known"):
        bars += [_known(name, [r for r in rows if kind(r["kind"])], bar) for name, kind, bar in KINDS]
        bars += _partial([r for r in rows if r["kind"].startswith("rest")])
    for tokens in ("separate", "shared"):
        if rows := [r for r in details.get("glued", ()) if r["tokens"] == tokens]:
            bars.append(_glued(tokens, rows))
    if rows := details.get("without"):
        bars += _without(rows)
    if rows := details.get("leakage"):
        bars.append(_leakage(rows))
    return bars


def _known(name: str, rows: Rows, bar: float) -> Bar:
    ari, right = mean(r["ari"] for r in rows), mean(r["blocks"] == r["count"] for r in rows)
    worst = min(r["ari"] for r in rows)
    measured = f"{ari:.3f} ({worst:.2f}); {right:.0%}; {_rivals(rows)}"
    return Bar(f"{name}: agreement, mean (worst); right number; rivals", measured, f"≥ {bar:g}", ari >= bar)


def _rivals(rows: Rows) -> str:
    names = {"kmeans_activations": "k-means", "leiden_activations": "Leiden", "spectral_weights": "spectral"}
    parts = []
    for key, name in names.items():
        values = [r["rivals"][key] for r in rows if key in r["rivals"]]
        parts.append(f"{name} {mean(values):.2f}" if values else f"{name} –")
    return ", ".join(parts)


def _partial(rows: Rows) -> list[Bar]:
    half = [r for r in rows if "reading" in r["kind"] and 50 <= int(r["kind"].split()[1].rstrip("%")) <= 90]
    recall, precision = mean(r["recall"] for r in half), mean(r["precision"] for r in half)
    what = "modules in 10 – 50 % of the neurons, the rest reads everything: recall, precision"
    measured = f"{recall:.2f} (worst {min(r['recall'] for r in half):.2f}), {precision:.2f}"
    return [Bar(what, measured, "≥ 0.95, ≥ 0.95", recall >= 0.95 and precision >= 0.95)]


def _glued(tokens: str, rows: Rows) -> Bar:
    ari = [r["ari"] for r in rows]
    good = mean(a >= 0.99 for a in ari)
    measured = (
        f"mean {mean(ari):.2f}, median {median(ari):.2f}, ≥ 0.99 in {good:.0%} of {len(rows)}; best candidate "
        f"{mean(r['candidate'] for r in rows):.2f}; {_rivals(rows)}"
    )
    bar = "≥ 0.99 in ≥ 95 %" if tokens == "separate" else "≥ 0.9"
    reached = good >= 0.95 if tokens == "separate" else mean(ari) >= 0.9
    return Bar(f"compiled programs glued, {tokens} tokens: agreement", measured, bar, reached)


def _without(rows: Rows) -> list[Bar]:
    called = [r for r in rows if r["verdict"] == "modules"]
    fickle = [r for r in called if (r["least_agreement"] or 0.0) < 0.8]
    p = [r["p"] for r in rows if r["network"] in ("random MLP", "random LSTM", "random GRU", "few inputs, 4")]
    uniform = float(kstest(p, "uniform").pvalue)
    share = 1 - len(fickle) / len(rows)
    return [
        Bar(
            "networks without modules, 8 kinds: a set is called significant that another seed does not find",
            f"{len(fickle)} of {len(rows)} ({len(called)} have modules at all)",
            "≤ 1 %",
            share >= 0.99,
        ),
        Bar(
            "… p of random ones: uniform (Kolmogorov–Smirnov)",
            f"p = {uniform:.2f} over {len(p)}",
            "> 0.01",
            uniform > 0.01,
        ),
    ]


def _leakage(rows: Rows) -> Bar:
    off = [max(abs(r["told"] - r["hand"]), abs(r["told_all"] - r["hand_all"])) for r in rows]
    return Bar(
        "leakage, told against by hand at other inputs, in modules and in all: largest difference",
        f"{max(off):.3f} (median {median(off):.3f}) over {len(rows)}",
        "≤ 0.03",
        max(off) <= 0.03,
    )
