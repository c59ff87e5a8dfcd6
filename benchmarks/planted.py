"""Do we find the modules of networks that were glued together and hidden?"""

import time

import torch
from sklearn.metrics import adjusted_rand_score

import pushforward as pf
from common import Bar, arguments, on_all_cores, write

CASES = [
    (1_000, 2),
    (1_000, 4),
    (1_000, 8),
    (1_000, 16),
    (10_000, 2),
    (10_000, 16),
    (100_000, 2),
    (100_000, 16),
]
LEAKS = (0.0, 0.1, 0.2, 0.3)


def one(case: tuple[int, int, float, type[torch.nn.Module], int]) -> dict:
    neurons, modules, leak, activation, seed = case
    truth = pf.datasets.planted(neurons, modules=modules, leak=leak, mixing=0.1, activation=activation, seed=seed)
    start = time.perf_counter()
    found = pf.find_modules(
        pf.Neurons(truth.model), pf.Gaussian.isotropic((64,)), truth.inputs, points=16, seed=seed, nulls=19, twin=False
    )
    seconds = time.perf_counter() - start
    alive, pure = ~found.dead, truth.labels >= 0
    labels = found.labels.clone()
    out = labels < 0
    labels[out] = len(truth.labels) + torch.arange(
        int(out.sum())
    )  # left out: each a block of its own, so it counts against us
    members = pure & alive
    return {
        "neurons": neurons,
        "modules": modules,
        "leak": leak,
        "activation": activation.__name__,
        "seed": seed,
        "ari": float(adjusted_rand_score(truth.labels[members], labels[members])),
        "mixing_left_out": float(out[~pure].double().mean()),
        "found": len(found.blocks),
        "p": found.p_value,
        "effect": found.evidence.effect,
        "dead": int(found.dead.sum()),
        "seconds": seconds,
    }


def main() -> None:
    options = arguments(__doc__, first=1000, seeds=20)
    cases = [
        (neurons, modules, LEAKS[(seed + i) % 4], (torch.nn.Tanh, torch.nn.ReLU)[(seed // 4 + i) % 2], seed)
        for seed in range(options.first, options.first + options.seeds)
        for i, (neurons, modules) in enumerate(CASES)
    ]
    rows = list(on_all_cores(one, cases))
    ari = torch.tensor([row["ari"] for row in rows])
    mixing = torch.tensor([row["mixing_left_out"] for row in rows])
    right = sum(row["found"] == row["modules"] for row in rows) / len(rows)
    write(
        "planted",
        title="Planted modules: real nn.Modules glued together, hidden by rotations and permutations",
        seeds=f"{options.first} … {options.first + options.seeds - 1}; settings were chosen on seeds below 100",
        peer="the truth",
        bars=[
            Bar(
                "ARI on module neurons, mean (worst)",
                f"{ari.mean():.4f} ({ari.min():.3f})",
                "≥ 0.99",
                bool(ari.mean() >= 0.99),
            ),
            Bar(
                "mixing neurons left out, mean (worst)",
                f"{mixing.mean():.3f} ({mixing.min():.2f})",
                "≥ 0.90",
                bool(mixing.mean() >= 0.9),
            ),
            Bar("number of modules right", f"{right:.1%} of {len(rows)}", "≥ 95 %", right >= 0.95),
        ],
        notes="10³–10⁵ neurons, 2–16 modules, leak ε ≤ 0.3 in every layer, 10 % mixing neurons, Tanh and ReLU. Neurons "
        "that are dead at all inputs used are not counted; neurons left out count against the ARI.",
        details=rows,
    )


if __name__ == "__main__":
    main()
