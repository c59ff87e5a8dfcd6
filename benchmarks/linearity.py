"""How far the covariance J Σ Jᵀ of a push is from the true one, by scale, and what samples at equal cost make of it."""

import statistics
from collections.abc import Callable

import torch
from torch import Tensor
from torch.quasirandom import SobolEngine

import pushforward as pf
from common import Bar, arguments, write
from pushforward import datasets
from pushforward.net import Neurons, Push
from pushforward.rng import generator, normal, sample

RANK = 64
SCALES = (1.0, 0.5, 0.25, 0.1, 0.03, 0.01)
COLUMNS = 800
"""Of a network with more neurons so many are compared where a dense covariance is needed."""
NETWORKS = {
    "pair MLP": ("pair", "channel"),
    "digit CNN, channels": ("digit", "channel"),
    "digit CNN, positions": ("digit", "position"),
}
Sample = Callable[[Tensor], Tensor]


def network(name: str) -> tuple[Neurons, pf.Gaussian, Tensor]:
    kind, unit = NETWORKS[name]
    if kind == "pair":
        model, X = datasets.pair_classifier(), datasets.pairs(2000, seed=0).images
    else:
        model, X = datasets.digit_classifier(), datasets.digits("test").images
    return Neurons(model, unit=unit), pf.Gaussian.fit(X, rank=RANK), X


def samples(P: Push, neurons: Tensor) -> Sample:
    """Activations of some neurons as a function of coordinates."""

    @torch.no_grad()
    def f(W: Tensor) -> Tensor:
        return torch.cat([P.net(P.chart(part))[:, neurons] for part in W.split(256)])

    return f


def distance(C: Tensor, truth: tuple[Tensor, Tensor]) -> float:
    """‖C − truth‖ / ‖truth‖ from two independent estimates of the truth, whose noise drops out."""
    A, B = truth
    return max(float(((C - A) * (C - B)).sum() / (A * B).sum()), 0.0) ** 0.5


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


def antithetic(f: Sample, W: Tensor) -> tuple[Tensor, Tensor]:
    up, down = f(W), f(-W)
    return (up - down) / 2, (up + down) / 2


def of_pairs(odd: Tensor, even: Tensor) -> Tensor:
    return odd.T @ odd / len(odd) + torch.cov(even.T)


def white(W: Tensor) -> Tensor:
    values, U = torch.linalg.eigh(W.T @ W / len(W))
    return W @ (U * values.rsqrt()) @ U.T


def sobol(m: int, seed: int) -> Tensor:
    U = SobolEngine(RANK, scramble=True, seed=seed).draw(m).double().clamp(1e-7, 1 - 1e-7)
    return (2**0.5 * torch.erfinv(2 * U - 1)).float()


def ways(P: Push, neurons: Tensor, n: int, truth: tuple[Tensor, Tensor], seed: int) -> dict[str, Tensor]:
    """Covariances from n passes each, by name."""
    f, F, draws, m = samples(P, neurons), P.factor[neurons], generator(seed), n // 2
    G = F @ F.T
    plain = torch.cov(f(normal((n, RANK), seed=draws)).T)
    W = normal((m, RANK), seed=draws)
    odd, even = antithetic(f, W)
    linear = W @ F.T
    stein = odd.T @ W / m
    best = ((plain - truth[0]) * (plain - G)).sum() / (plain - G).square().sum()
    B = P.by_sampling(samples=n, seed=draws).factor[neurons]
    return {
        "J Σ Jᵀ": G,
        "plain samples": plain,
        "pairs w, −w": of_pairs(odd, even),
        "pairs, J w as control variate": of_pairs(odd, even) + G - linear.T @ linear / m,
        "Stein factor E[f wᵀ]": stein @ stein.T,
        "plain samples shrunk to J Σ Jᵀ, the best share known": plain - best.clamp(0, 1) * (plain - G),
        "plain samples, whitened w": torch.cov(f(white(_centred(normal((n, RANK), seed=draws)))).T),
        "Sobol points": torch.cov(f(sobol(n, seed)).T),
        "Sobol points, pairs, whitened": of_pairs(*antithetic(f, white(sobol(m, seed)))),
        "by_sampling": B @ B.T,
    }


def _centred(W: Tensor) -> Tensor:
    return W - W.mean(0)


def at_equal_passes(name: str, n: int, inputs: int, repeats: int, count: int, seed: int) -> dict[str, float]:
    """Median error of every way over inputs and repeats."""
    net, gaussian, X = network(name)
    errors: dict[str, list[float]] = {}
    for i in range(inputs):
        P = pf.push(net, gaussian, X[i])
        some = sample(len(net), COLUMNS, seed=seed + i)
        f = samples(P, some)
        halves = [f(normal((count, RANK), seed=seed + 50 + 2 * i + half)).double() for half in range(2)]
        truth = tuple(torch.cov(half.T).float() for half in halves)
        for repeat in range(repeats):
            for way, C in ways(P, some, n, truth, seed + 1000 * i + repeat).items():
                errors.setdefault(way, []).append(distance(C, truth))
    medians = {way: statistics.median(values) for way, values in errors.items()}
    print(name, n, {way: round(value, 3) for way, value in medians.items()}, flush=True)
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


def main() -> None:
    options = arguments(__doc__, seed=7000, inputs=4, repeats=4, count=16_384)
    torch.set_num_threads(1)
    scales = {
        name: by_scale(name, options.inputs, options.count // (4 if "positions" in name else 1), options.seed)
        for name in NETWORKS
    }
    equal = {
        f"{name}, {n}": at_equal_passes(name, n, options.inputs, options.repeats, options.count, options.seed)
        for name in NETWORKS
        for n in (256, 512)
    }
    bars = [bar for name, rows in scales.items() for bar in scale_bars(name, rows)]
    bars += [ratio_bar(*key.rsplit(", ", 1), medians) for key, medians in equal.items()]
    write(
        "linearity",
        title="How linear is it? The covariance of a push against that of sampled activations",
        seeds=f"{options.seed}",
        peer="plain samples at equal numbers of passes",
        bars=bars,
        notes=f"Gaussian.fit(X, rank={RANK}), {options.inputs} inputs; truth: two halves of {options.count:,} samples, whose noise "
        f"drops out; of the CNN by positions {COLUMNS} of 20,458 neurons where a dense covariance is needed.",
        details={"by scale": scales, "at equal passes": equal},
    )


if __name__ == "__main__":
    main()
