"""Modules of a small CNN at its channels, over many inputs that stay on disk: how time and memory grow."""

import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

import pushforward as pf
from common import Bar, arguments, write
from pushforward.rng import normal

CHANNELS, PART = 16, 2**14


def cnn() -> nn.Module:
    """Make a CNN of 74 channels for images of 8 × 8."""
    torch.manual_seed(0)
    layers = [
        nn.Conv2d(1, CHANNELS, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(CHANNELS, 2 * CHANNELS, 3, stride=2),
        nn.ReLU(),
    ]
    return nn.Sequential(
        *layers, nn.Flatten(), nn.Linear(9 * 2 * CHANNELS, CHANNELS), nn.ReLU(), nn.Linear(CHANNELS, 10)
    )


def written(n: int, folder: Path) -> Path:
    """Write n smooth random images to a .npy, some at a time."""
    path = folder / "x.npy"
    X = np.lib.format.open_memmap(path, "w+", np.float32, (n, 1, 8, 8))
    for start in range(0, n, PART):
        count = min(PART, n - start)
        coarse = normal((count, 1, 4, 4), seed=start)
        X[start : start + count] = nn.functional.interpolate(coarse, size=8, mode="bilinear").numpy()
    X.flush()
    return path


class Peak(threading.Thread):
    """Watches how much memory this process has for itself: what is mapped from files can go at any time."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.bytes = 0

    def run(self) -> None:
        """Look twenty times a second."""
        while True:
            lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
            line = next(line for line in lines if line.startswith("RssAnon"))
            self.bytes = max(self.bytes, int(line.split()[1]) * 1024)
            time.sleep(0.05)


def child(n: int, path: Path, seed: int) -> None:
    """Find modules at n inputs."""
    torch.set_num_threads(1)
    peak = Peak()
    peak.start()
    net, inputs = pf.Neurons(cnn().eval(), unit="channel"), pf.Gaussian.fit(str(path), rank=16)
    began, cpu = time.perf_counter(), time.process_time()
    found = pf.find_modules(net, inputs, str(path), points=n, seed=seed)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    modules, looked = len(found.blocks), len(found.points)
    print(json.dumps({"n": n, "seconds": seconds, "cpu": cpu, "bytes": peak.bytes, "sets": modules, "looked": looked}))


def measured(n: int, seed: int) -> dict[str, float]:
    """Run that in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = written(n, Path(folder))
        own = [sys.executable, __file__, "--child", str(n), "--path", str(path), "--seed", str(seed)]
        done = subprocess.run(
            own, capture_output=True, text=True, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"}
        )
    row = json.loads(done.stdout.splitlines()[-1]) | {"file": path.name}
    print(row, flush=True)
    return row


def main() -> None:
    options = arguments(__doc__, child=0, path=None, seed=8100, most=100_000)
    if options.child:
        return child(options.child, options.path, options.seed)
    sizes = [n for n in (10_000, 30_000, 100_000, 1_000_000) if n <= max(30_000, options.most)]
    rows = [measured(n, options.seed) for n in sizes]
    first, last = rows[0], rows[-1]
    growth = math.log(last["cpu"] / first["cpu"]) / math.log(last["n"] / first["n"])
    memory = last["bytes"] / first["bytes"] - 1
    times = ", ".join(f"{row['n']:,}: {row['cpu']:.0f} s" for row in rows)
    write(
        "streams",
        title="Modules at the channels of a small CNN, over many inputs on disk",
        seeds=f"{options.seed}",
        peer="itself at fewer inputs",
        bars=[
            Bar(f"processor time by inputs ({times}): growth exponent", f"{growth:.2f}", "≤ 1.05", growth <= 1.05),
            Bar(
                f"peak of own memory, {last['n']:,} inputs against {first['n']:,} ({first['bytes'] / 2**20:.0f} MB)",
                f"{memory:+.1%}",
                "within 5 %",
                abs(memory) <= 0.05,
            ),
        ],
        notes="Sets are looked for at 1,024 of the inputs, neurons are assigned at all. Files are mapped into memory.",
        details=rows,
    )
    return None


if __name__ == "__main__":
    main()
