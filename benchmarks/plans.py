"""What `pf.modules.plan` says in advance against what a search then takes, on twelve workloads.

Each plan and each search has a process of its own, with one thread, whose processor time is taken: other processes do
not count.
"""

import json
import os
import subprocess
import sys
import time
from statistics import median

import torch
from torch import nn

import pushforward as pf
from common import Bar, arguments, write
from pushforward.modules import plan
from pushforward.rng import normal
from pushforward.shards import meter as meter_of
from pushforward.shards import metered

TIME, MEMORY = 0.30, 0.15


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


MAKE = {"mlp": mlp, "cnn": cnn, "transformer": transformer}
# Kind, its two sizes, and the number of inputs
WORKLOADS = [
    ("mlp", 64, 2, 256), ("mlp", 256, 3, 64), ("mlp", 256, 3, 256), ("mlp", 1024, 3, 64),
    ("cnn", 8, 16, 64), ("cnn", 8, 32, 64), ("cnn", 16, 32, 64), ("cnn", 16, 32, 192),
    ("transformer", 32, 8, 64), ("transformer", 64, 16, 64), ("transformer", 64, 16, 192), ("transformer", 128, 32, 64),
]  # fmt: skip


def child(number: int, what: str, seed: int) -> None:
    """Plan a workload, or search it, and say what it takes."""
    kind, first, second, points = WORKLOADS[number]
    meter_of.perf_counter = time.process_time
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model, X = MAKE[kind](first, second)
    net, inputs = pf.Neurons(model.eval()), pf.Gaussian.fit(X, rank=64)
    net.see(X)
    if what == "plan":
        need = plan(net, inputs, X, points=points, seed=seed, ranks=(1,)).needs[0]
        print(json.dumps({"seconds": need.seconds, "bytes": need.memory, "neurons": len(net)}))
        return
    with metered() as meter:
        pf.find_modules(net, inputs, X, points=points, seed=seed)
    print(json.dumps({"seconds": meter.whole, "bytes": meter.peak, "neurons": len(net)}))


def said(number: int, what: str, seed: int) -> dict[str, float]:
    """Do that in a process of its own."""
    own = [sys.executable, __file__, "--child", what, "--number", str(number), "--seed", str(seed)]
    done = subprocess.run(own, capture_output=True, text=True, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    return json.loads(done.stdout.splitlines()[-1])


def compared(number: int, seed: int) -> dict[str, object]:
    """What was planned for a workload beside what it took."""
    planned, took = said(number, "plan", seed), said(number, "find", seed)
    kind, first, second, points = WORKLOADS[number]
    row = {"kind": kind, "sizes": [first, second], "points": points, "neurons": took["neurons"]}
    for name in ("seconds", "bytes"):
        row |= {f"{name} planned": planned[name], name: took[name], f"{name} off": planned[name] / took[name] - 1}
    print(row, flush=True)
    return row


def main() -> None:
    options = arguments(__doc__, child="", number=0, seed=8200)
    if options.child:
        return child(options.number, options.child, options.seed)
    rows = [compared(number, options.seed) for number in range(len(WORKLOADS))]
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
