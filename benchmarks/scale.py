"""A factor of a million neurons, and of ten: time, memory, and how both grow."""

import json
import math
import subprocess
import sys
from pathlib import Path
from statistics import median

import torch

import pushforward as pf
from common import Bar, arguments, write
from pushforward.rng import generator, integers, normal, rotation
from pushforward.shards import metered

R, MODULES = 64, 8
SIZES, MOST = (10_000, 100_000, 1_000_000), 10_000_000


def factor(a: int, *, seed: int) -> torch.Tensor:
    """Make `a` neurons in 8 modules of 8 directions each, one in ten in none, hidden by a rotation; made in place."""
    draws = generator(seed)
    F = normal((a, R), seed=draws)
    module = integers(MODULES, (a,), seed=draws)
    for start in range(0, a, 65536):
        part = F[start : start + 65536]
        own = torch.arange(R) // (R // MODULES) == module[start : start + 65536, None]
        part *= torch.where(own | (torch.arange(len(part)) % 10 == 0)[:, None], 1.0, 0.05)
    turn = rotation(R, seed=draws)
    for part in F.split(65536):
        part @= turn
    return F


def child(a: int, seed: int) -> None:
    F = factor(a, seed=seed)
    size, before = F.numel() * F.element_size(), resident()
    with metered() as meter:
        found = pf.find_modules(F, seed=seed)
    row = {"a": a, "seconds": meter.whole, "found": len(found.blocks), "factor": size}
    print(json.dumps(row | {"more": meter.peak - before, "process": meter.peak}))


def resident() -> int:
    """The memory of this process now, in bytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in status if line.startswith("VmRSS")).split()[1]) * 1024


def main() -> None:
    options = arguments(__doc__, child=0, seed=3000, runs=3)
    if options.child:
        return child(options.child, options.seed)
    rows = []
    for a in (*SIZES, MOST):
        for run in range(options.runs if a < MOST else 1):
            command = [sys.executable, __file__, "--child", str(a), "--seed", str(options.seed + run)]
            rows.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
            print(rows[-1], flush=True)

    def middle(a: int, key: str) -> float:
        return median(row[key] for row in rows if row["a"] == a)

    seconds = {a: middle(a, "seconds") for a in (*SIZES, MOST)}
    exponent = math.log(seconds[1_000_000] / seconds[10_000]) / math.log(100)
    above = math.log(seconds[MOST] / seconds[100_000]) / math.log(100)
    memory, process = 1 + middle(1_000_000, "more") / middle(1_000_000, "factor"), middle(MOST, "process") / 1e9
    write(
        "scale",
        title="Modules of a given factor, up to ten million neurons × 64 directions",
        seeds=f"{options.seed} … {options.seed + options.runs - 1}, median",
        peer="none: others form the a × a matrix, 4 TB for a million",
        bars=[
            Bar("10⁶ neurons × 64", f"{seconds[1_000_000]:.1f} s", "≤ 60 s", seconds[1_000_000] <= 60),
            Bar("peak memory, factor included", f"{memory:.2f}× the factor", "≤ 3×", memory <= 3),
            Bar("growth of time from 10⁴ to 10⁶", f"exponent {exponent:.2f}", "≤ 1.1", exponent <= 1.1),
            Bar("10⁷ neurons × 64", f"{seconds[MOST]:.0f} s", "≤ 600 s", seconds[MOST] <= 600),
            Bar("… memory of the process, factor included", f"{process:.1f} GB", "≤ 6 GB", process <= 6),
            Bar("… growth of time from 10⁵", f"exponent {above:.2f}", "≤ 1.05", above <= 1.05),
        ],
        notes="8 modules, one neuron in ten in none; the right number of modules was found in "
        f"{sum(row['found'] == MODULES for row in rows)} of {len(rows)} runs.",
        details=rows,
    )
    return None


if __name__ == "__main__":
    main()
