"""What pushing 64 directions through all neurons costs, against a forward pass of 64 and against reverse mode."""

import resource
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import torch
from torch import nn
from torch.func import jacrev

import pushforward as pf
from common import Bar, arguments, medians, write
from pushforward.rng import normal

R = 64


class Residual(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(x + self.second(self.relu(self.first(x))))


def mlp() -> tuple[nn.Module, tuple[int, ...]]:
    layers = [nn.Linear(400, 900), nn.ReLU(), nn.Linear(900, 900), nn.GELU(), nn.Linear(900, 300), nn.Tanh()]
    return nn.Sequential(*layers), (400,)


def cnn() -> tuple[nn.Module, tuple[int, ...]]:
    layers = [
        nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 12, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(12 * 196, 10),
    ]  # fmt: skip
    return nn.Sequential(*layers).eval(), (1, 28, 28)


def resnet() -> tuple[nn.Module, tuple[int, ...]]:
    body = [nn.Conv2d(3, 24, 3, padding=1), nn.ReLU(), Residual(24), nn.MaxPool2d(2), Residual(24)]
    return nn.Sequential(*body, nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(384, 50)), (3, 32, 32)


def transformer() -> tuple[nn.Module, tuple[int, ...]]:
    layer = nn.TransformerEncoderLayer(96, 4, 192, batch_first=True)
    return nn.TransformerEncoder(layer, 3, enable_nested_tensor=False).eval(), (24, 96)


NETWORKS = {"MLP": (mlp, 1.3), "CNN": (cnn, 1.3), "ResNet": (resnet, 1.3), "Transformer encoder": (transformer, 2.2)}


def against_forward(build, layers: str | None, seed: int, blocks: int) -> dict:
    """Ratios of medians in `blocks` runs of 15 pushes and 15 forward passes, in turn."""
    torch.manual_seed(seed)
    model, shape = build()
    net, X = pf.Neurons(model, layers), normal((R, *shape), seed=seed)
    inputs = pf.Gaussian.fit(normal((512, *shape), seed=seed + 1), rank=R)
    for x in X[:6]:  # set-up: checks, tracing
        pf.push(net, inputs, x)
    ratios = []
    with torch.no_grad():
        for _ in range(blocks):
            forward, push = medians([lambda: net(X), lambda: pf.push(net, inputs, X[0]).factor], runs=15)
            ratios.append(push / forward)
    return {
        "neurons": len(net),
        "layers": layers or "default",
        "forward_ms": forward * 1e3,
        "push_ms": push * 1e3,
        "ratio": statistics.median(ratios),
        "ratios": ratios,
    }


def against_reverse(seed: int) -> dict:
    """Time jacrev over all neurons of the CNN, timed on a slice of its rows; the same directions compared."""
    torch.manual_seed(seed)
    model, shape = cnn()
    net, x = pf.Neurons(model), normal(shape, seed=seed)
    inputs = pf.Gaussian.fit(normal((512, *shape), seed=seed + 1), rank=R)
    for _ in range(6):
        F = pf.push(net, inputs, x).factor
    start = time.perf_counter()
    for _ in range(5):
        pf.push(net, inputs, x)
    seconds = (time.perf_counter() - start) / 5
    rows = torch.arange(0, len(net), len(net) // 500)[:500]
    start = time.perf_counter()
    J = jacrev(lambda v: net(v[None])[0, rows], chunk_size=100)(x).reshape(len(rows), -1)
    reverse = (time.perf_counter() - start) * len(net) / len(rows)
    L = inputs.chart(x).tangents(0, R).T
    gap = (J @ L - F[rows]).norm() / F[rows].norm()
    return {
        "neurons": len(net),
        "push_s": seconds,
        "jacrev_s_extrapolated": reverse,
        "relative_gap": float(gap.detach()),
    }


def memory(seed: int) -> None:
    """Prints, for a child process: the most a push adds to memory, in units of factor + one chunk."""
    torch.manual_seed(seed)
    model, shape = cnn()
    net, inputs = pf.Neurons(model), pf.Gaussian.isotropic(shape)
    budget = 16 * 2**20
    for i in range(5):
        pf.push(net, pf.Gaussian.fit(normal((64, *shape), seed=i), rank=8), normal(shape, seed=i), memory=budget)
    x, before, peak, done = normal(shape, seed=9), resident(), 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.001):
            peak = max(peak, resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    F = pf.push(net, inputs, x, memory=budget).factor
    done.set()
    watcher.join()
    print((peak - before) / (F.numel() * F.element_size() + budget))


def resident() -> int:
    """Bytes of memory this process holds now (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def main() -> None:
    options = arguments(__doc__, seed=4000, blocks=7, memory=0)
    if options.memory:
        return memory(options.seed)
    details: dict = {}
    bars = []
    for name, (build, bar) in NETWORKS.items():
        for layers in (None, "*"):
            details[f"{name}, {layers or 'default'}"] = row = against_forward(
                build, layers, options.seed, options.blocks
            )
            print(name, row, flush=True)
            if layers is None:
                text = f"{row['ratio']:.2f}× ({row['push_ms']:.1f} ms, {row['neurons']:,} neurons)"
                bars.append(
                    Bar(f"{name}: push of 64 directions / forward pass of 64", text, f"≤ {bar}×", row["ratio"] <= bar)
                )
    details["jacrev"] = reverse = against_reverse(options.seed)
    faster, gap = reverse["jacrev_s_extrapolated"] / reverse["push_s"], reverse["relative_gap"]
    bars.append(
        Bar(
            "CNN: faster than torch.func.jacrev over all neurons",
            f"{faster:,.0f}×, gap {gap:.0e}",
            "≥ 500×, ≤ 1e-5",
            faster >= 500 and gap <= 1e-5,
        )
    )
    child = subprocess.run(
        [sys.executable, __file__, "--memory", "1", "--seed", str(options.seed)],
        check=True,
        capture_output=True,
        text=True,
    )
    details["memory"] = used = float(child.stdout)
    bars.append(Bar("CNN: memory of a push of 784 directions", f"{used:.2f}× (factor + one chunk)", "≤ 2×", used <= 2))
    write(
        "push",
        title="Cost of a push, all activations returned, after set-up",
        seeds=f"{options.seed}",
        peer="a forward pass of 64 inputs that returns the same activations; torch.func.jacrev",
        bars=bars,
        notes=f"Medians of 15 runs in turn, median ratio of {options.blocks} such blocks, no_grad. jacrev is timed on 500 of the "
        "neurons and extrapolated. Attention runs by its MATH kernel in a push, by the fused one in the forward pass.",
        details=details,
    )
    return None


if __name__ == "__main__":
    main()
