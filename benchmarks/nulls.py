"""Does it say "no significant modules" of networks that have none?"""

import torch
from scipy.stats import kstest
from torch import nn

import pushforward as pf
from common import Bar, arguments, on_all_cores, write
from pushforward.rng import normal

COPIES = "Transformer whose layers are copies"


def networks(seed: int):
    """Networks as their own constructors initialise them, with the inputs they are for; and dense factors."""
    torch.manual_seed(seed)
    digits, pairs = pf.datasets.digits().images, pf.datasets.pairs(2000, seed=seed).images
    x = normal((64, 64), seed=seed)
    wide = nn.Sequential(nn.Linear(64, 300), nn.ReLU(), nn.Linear(300, 300), nn.ReLU(), nn.Linear(300, 10))
    deep = nn.Sequential(*[layer for _ in range(6) for layer in (nn.Linear(64, 64), nn.Tanh())])
    cnn = nn.Sequential(
        nn.Conv2d(1, 12, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(12, 24, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(600, 64), nn.ReLU(), nn.Linear(64, 10),
    )  # fmt: skip
    # not nn.TransformerEncoder, whose layers begin as copies of one another: see `copies`
    attention = nn.Sequential(*[nn.TransformerEncoderLayer(32, 4, 64, batch_first=True) for _ in range(2)]).eval()
    halves = nn.Sequential(
        nn.Flatten(), nn.Linear(392, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 20)
    )
    white, near_digits = pf.Gaussian.isotropic((64,)), pf.Gaussian.fit(digits, rank=64)
    yield "MLP, ReLU", pf.find_modules, (pf.Neurons(wide), white, x)
    yield "MLP, 6 layers, Tanh", pf.find_modules, (pf.Neurons(deep), white, x)
    yield "MLP on digit pairs", pf.find_modules, (pf.Neurons(halves), pf.Gaussian.fit(pairs, rank=64), pairs)
    yield "CNN on digits, channels", pf.find_modules, (pf.Neurons(cnn, unit="channel"), near_digits, digits)
    yield "CNN on digits, positions", pf.find_modules, (pf.Neurons(cnn), near_digits, digits)
    tokens = normal((16, 8, 32), seed=seed)
    yield "Transformer", pf.find_modules, (pf.Neurons(attention), pf.Gaussian.isotropic((8, 32)), tokens)
    white_tokens = pf.Gaussian.isotropic((8, 32))
    yield "Transformer, tokens pooled", pf.find_modules, (pf.Neurons(attention, unit="channel"), white_tokens, tokens)
    alone = normal((16, 1, 32), seed=seed)
    yield "Transformer, one token", pf.find_modules, (pf.Neurons(attention), pf.Gaussian.isotropic((1, 32)), alone)
    for r in (16, 64, 512):
        yield f"dense factor, r = {r}", pf.find_modules, (normal((1000, r), seed=seed),)


def copies(seed: int) -> dict:
    """Layers that begin as copies of one another: are the copies counted, and is nothing else said?"""
    torch.manual_seed(seed)
    layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)
    net = pf.Neurons(nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).eval(), unit="channel")
    tokens = normal((16, 8, 32), seed=seed)
    found = pf.find_modules(net, pf.Gaussian.isotropic((8, 32)), tokens, nulls=19, seed=seed, twin=False)
    return {"network": COPIES, "seed": seed, "significant": found.significant, "copies": found.copies}


def one(seed: int) -> list[dict]:
    rows = [copies(seed)]
    for name, find, args in networks(seed):
        found = find(*args, nulls=19, twin=False, seed=seed)
        e = found.evidence
        rows.append(
            {"network": name, "seed": seed, "verdict": found.verdict, "significant": found.significant}
            | {"p": e.p_value, "effect": e.effect}
        )
    return rows


def main() -> None:
    options = arguments(__doc__, first=2300, seeds=100)
    seeds = list(range(options.first, options.first + options.seeds))
    rows = [row for part in on_all_cores(one, seeds) for row in part]
    bars = []
    for name in dict.fromkeys(row["network"] for row in rows if row["network"] != COPIES):
        quiet = [not row["significant"] for row in rows if row["network"] == name]
        share = sum(quiet) / len(quiet)
        bars.append(Bar(f"{name}: not significant", f"{sum(quiet)} of {len(quiet)}", "≥ 95 %", share >= 0.95))
    copied = [row for row in rows if row["network"] == COPIES]
    quiet = sum(not row["significant"] for row in copied)
    counted = sum(row["copies"] >= 64 for row in copied)
    bars.append(
        Bar(
            f"{COPIES} (as nn.TransformerEncoder begins), tokens pooled: not significant; copies counted",
            f"{quiet} of {len(copied)}; {counted} of {len(copied)}",
            "≥ 95 %, ≥ 95 %",
            min(quiet, counted) >= 0.95 * len(copied),
        )
    )
    p = [row["p"] for row in rows if "p" in row]
    uniform = float(kstest(p, "uniform").pvalue)
    bars.append(Bar("p is uniform (Kolmogorov–Smirnov)", f"p = {uniform:.3f} over {len(p)}", "> 0.01", uniform > 0.01))
    write(
        "nulls",
        title="Networks without modules: random initialisation and dense random factors",
        seeds=f"{options.first} … {options.first + options.seeds - 1}; settings were chosen on seeds below 100, the margin for layers with positions after seeds 2000 … 2029",
        peer="chance",
        bars=bars,
        notes="Significant means p ≤ 0.05 against 19 rotated networks, a score of at least 1.3 times their 95 % quantile (1.8 "
        "for layers with several positions a channel), and two sets or more that are found again.",
        details=rows,
    )


if __name__ == "__main__":
    main()
