"""How far the covariance J Σ Jᵀ of a push is from the true one, by scale, and what samples at equal cost make of it.

Run with --parts scale,equal,kinds and --networks "pair MLP;…" to do some and keep what earlier runs found.
"""

import json
import statistics
from argparse import Namespace

import torch
from torch import Tensor

import pushforward as pf
from common import RESULTS, Bar, arguments, write
from linearity_networks import by_kind, figures, ratio, recurrent, residual, trained, transformer
from linearity_ways import RANK, distance, samples, ways
from pushforward import datasets
from pushforward.net import Neurons, Push
from pushforward.rng import normal, sample

PASSES = (256, 512)
SCALES = (1.0, 0.5, 0.25, 0.1, 0.03, 0.01)
COLUMNS = 800
"""Of a network with more neurons so many are compared where a dense covariance is needed."""
NETWORKS = {
    "pair MLP": ("pair", "channel"),
    "digit CNN, channels": ("digit", "channel"),
    "digit CNN, positions": ("digit", "position"),
}
OTHERS = {
    "transformer on the rows of digits": lambda: transformer(32, side=28, outputs=10),
    "GRU on the rows of digits": lambda: recurrent(64, side=28, outputs=10),
    "residual CNN on digits": lambda: residual(16, outputs=10),
}
"""Networks that do not ship, trained on the spot for so many steps:"""
STEPS = 400


def network(name: str) -> tuple[Neurons, pf.Gaussian, Tensor]:
    if name in OTHERS:
        digits = datasets.digits("train")
        with torch.random.fork_rng():
            torch.manual_seed(0)
            model = trained(OTHERS[name](), digits.images, digits.labels, STEPS, seed=0)
        unit, X = "channel", datasets.digits("test").images
        return Neurons(model, unit=unit), pf.Gaussian.fit(X, rank=RANK), X
    kind, unit = NETWORKS[name]
    if kind == "pair":
        model, X = datasets.pair_classifier(), datasets.pairs(2000, seed=0).images
    else:
        model, X = datasets.digit_classifier(), datasets.digits("test").images
    return Neurons(model, unit=unit), pf.Gaussian.fit(X, rank=RANK), X


# -- by scale ----------------------------------------------------------------------------------


def pattern(C: Tensor, truth: Tensor) -> float:
    """Correlation of squared correlations with the true ones, over pairs of live neurons."""
    live = truth.diagonal() > 1e-4 * truth.diagonal().max()
    i, j = torch.triu_indices(int(live.sum()), int(live.sum()), 1)
    R = [_squared(one[live][:, live])[i, j] for one in (C, truth)]
    return float(torch.corrcoef(torch.stack(R))[0, 1])


def _squared(C: Tensor) -> Tensor:
    d = C.diagonal().clamp_min(1e-20).rsqrt()
    return (C * d * d[:, None]).square()


def brute(P: Push, s: float, neurons: Tensor, *, count: int, seed: int) -> dict[str, float]:
    """Error, shift and pattern at one scale from many plain samples."""
    f = samples(P, neurons)
    a = f(s * normal((count, RANK), seed=seed)).double()
    centre = f(torch.zeros(1, RANK))[0].double()
    truth = torch.cov(a[: count // 2].T), torch.cov(a[count // 2 :].T)
    F = s * P.factor[neurons].double()
    whole, sd = (truth[0] + truth[1]) / 2, a.std(0)
    layer = P.table.layer[neurons]
    typical = torch.stack(
        [sd[layer == i].square().mean().sqrt() if (layer == i).any() else sd.new_zeros(()) for i in range(len(P.table))]
    )
    live = sd > (0.01 * typical[layer]).clamp_min(1e-6 * float(centre.abs().max()))
    shift = ((a.mean(0) - centre)[live] / sd[live]).square() - 1 / count
    return {
        "error": distance(F @ F.T, truth),
        "shift": max(float(shift.mean()), 0.0) ** 0.5,
        "pattern": pattern(F @ F.T, whole),
    }


def by_scale(name: str, inputs: int, count: int, seed: int) -> list[dict]:
    """At each of several inputs: what `check` says, and what many samples say."""
    net, gaussian, X = network(name)
    rows = []
    for i in range(inputs):
        P = pf.push(net, gaussian, X[i])
        check = P.check(seed=seed + i)
        some = sample(len(net), COLUMNS, seed=seed + i)
        exact = [brute(P, s, some, count=count, seed=seed + 100 + i) for s in check.scales]
        rows.append(
            {
                "scales": check.scales,
                "error": check.error[:, -1].tolist(),
                "error_se": check.error_se[:, -1].tolist(),
                "shift": check.shift[:, -1].tolist(),
                "reach": check.reach,
                "layers": check.layers,
                "verdict": check.verdict,
                "all_neurons": len(net) <= COLUMNS,
                **{f"brute_{key}": [one[key] for one in exact] for key in exact[0]},
            }
        )
        print(name, i, check, sep="\n", flush=True)
    return rows


# -- better covariances at equal passes ---------------------------------------------------------


def at_equal_passes(name: str, inputs: int, repeats: int, count: int, seed: int) -> dict[str, dict[str, float]]:
    """Median error of every way over inputs and repeats, by number of passes."""
    net, gaussian, X = network(name)
    errors: dict[int, dict[str, list[float]]] = {n: {} for n in PASSES}
    for i in range(inputs):
        P = pf.push(net, gaussian, X[i])
        some = sample(len(net), COLUMNS, seed=seed + i)
        f = samples(P, some)
        halves = [f(normal((count, RANK), seed=seed + 50 + 2 * i + half)).double() for half in range(2)]
        truth = torch.cov(halves[0].T).float(), torch.cov(halves[1].T).float()
        for n in PASSES:
            for repeat in range(repeats):
                for way, C in ways(P, gaussian, some, n, truth, seed + 1000 * i + repeat).items():
                    errors[n].setdefault(way, []).append(distance(C, truth))
    medians = {f"{name}, {n}": {way: statistics.median(e) for way, e in errors[n].items()} for n in PASSES}
    print({key: {way: round(value, 3) for way, value in one.items()} for key, one in medians.items()}, flush=True)
    return medians


# -- what is written ---------------------------------------------------------------------------


def scale_bars(name: str, rows: list[dict]) -> list[Bar]:
    bars = []
    if rows[0]["all_neurons"]:
        gaps = [
            max(e, b) / max(min(e, b), 1e-9)
            for row in rows
            for e, b in zip(row["error"], row["brute_error"], strict=True)
        ]
        bars.append(
            Bar(
                f"{name}: `check` (512 samples a scale) against many samples, error at every scale and input, worst ratio",
                f"{max(gaps):.2f}×", "≤ 1.3×", max(gaps) <= 1.3,
            )
        )  # fmt: skip
    common = min(len(row["scales"]) for row in rows)
    middle = lambda key, i: statistics.median(row[key][i] for row in rows)  # noqa: E731
    cells = [f"s = {SCALES[i]:g}: {middle('error', i):.2f}, {middle('shift', i):.2f}" for i in range(common)]
    bars.append(Bar(f"{name}: error of J Σ Jᵀ, shift of the mean in σ, medians", "; ".join(cells), "told", True))
    cells = [f"{middle('brute_error', i):.2f}: {middle('brute_pattern', i):.2f}" for i in range(common)]
    bars.append(
        Bar(f"{name}: correlation of squared correlations with the true ones, by error", "; ".join(cells), "told", True)
    )
    return bars


def ratio_bar(name: str, n: int, medians: dict[str, float]) -> Bar:
    ours, rival = medians["by_sampling"], medians["plain samples"]
    return Bar(
        f"{name}: `by_sampling` with {n} passes, error (plain samples; J Σ Jᵀ)",
        f"{ours:.3f} ({rival:.3f}; {medians['J Σ Jᵀ']:.2f}), {ours / rival:.2f}×", "≤ 0.5× plain samples", ours <= rival / 2,
    )  # fmt: skip


def kinds_bar(rows: list[dict]) -> Bar:
    near = sum(ratio(row) <= 1.3 for row in rows)
    return Bar(
        f"{len(rows)} small networks of six kinds, half of them trained: `check` (512 samples) within 1.3× of many samples",
        figures(rows), "≥ 95 % of 200", near >= 0.95 * len(rows) and len(rows) >= 200,
    )  # fmt: skip


def before() -> dict[str, dict]:
    """What earlier runs found, so that parts can be run one at a time."""
    path = RESULTS / "linearity.json"
    return json.loads(path.read_text())["details"] if path.exists() else {}


def run(options: Namespace) -> dict:
    """The details of earlier runs, with the parts that were asked for done anew."""
    parts, names = options.parts.split(","), options.networks.split(";")
    details = {"by scale": {}, "at equal passes": {}, "by kind": []} | before()
    for name in names:
        if "scale" in parts and name in NETWORKS:
            count = options.count // (4 if "positions" in name else 1)
            details["by scale"][name] = by_scale(name, options.inputs, count, options.seed)
        if "equal" in parts:
            details["at equal passes"] |= at_equal_passes(
                name, options.inputs, options.repeats, options.count, options.seed
            )
    if "kinds" in parts:
        details["by kind"] = by_kind(distance, 200, options.count, 20_000)
    return details


def main() -> None:
    names = ";".join([*NETWORKS, *OTHERS])
    options = arguments(
        __doc__, seed=7000, inputs=4, repeats=4, count=16_384, parts="scale,equal,kinds", networks=names
    )
    torch.set_num_threads(1)
    details = run(options)
    bars = [bar for name, rows in details["by scale"].items() for bar in scale_bars(name, rows)]
    bars += [kinds_bar(details["by kind"])] if details["by kind"] else []
    bars += [ratio_bar(*key.rsplit(", ", 1), medians) for key, medians in details["at equal passes"].items()]
    write(
        "linearity",
        title="How linear is it? The covariance of a push against that of sampled activations",
        seeds=f"{options.seed}, small networks from 20,000",
        peer="plain samples at equal numbers of passes",
        bars=bars,
        notes=f"Gaussian.fit(X, rank={RANK}), {options.inputs} inputs; truth: two halves of {options.count:,} samples, whose noise "
        f"drops out; of the CNN by positions {COLUMNS} of 20,458 neurons where a dense covariance is needed. Small networks: "
        f"{options.count:,} samples in all, inputs of 16 directions.",
        details=details,
    )


if __name__ == "__main__":
    main()
