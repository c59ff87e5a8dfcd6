"""A factor of a million neurons: time, memory, and how both grow."""

import json
import math
import resource
import subprocess
import sys
import time

import torch

import pushforward as pf
from common import Bar, arguments, write
from pushforward.rng import generator, integers, normal, rotation

R, MODULES = 64, 8


def factor(a: int, *, seed: int) -> torch.Tensor:
    """Make `a` neurons in 8 modules of 8 directions each, one in ten in none, hidden by a rotation; made in place."""
    draws = generator(seed)
    F = normal((a, R), seed=draws)
    module = integers(MODULES, (a,), seed=draws)
    for start in range(0, a, 65536):
        part = F[start : start + 65536]
        own = torch.arange(R) // (R // MODULES) == module[start : start + 65536, None]
        part *= torch.where(own | (torch.arange(len(part)) % 10 == 0)[:, None], 1.0, 0.05)
    F @= rotation(R, seed=draws)
    return F


def child(a: int, seed: int) -> None:
    F = factor(a, seed=seed)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    start = time.perf_counter()
    found = pf.find_modules(F, seed=seed)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    size = F.numel() * F.element_size()
    print(json.dumps({"a": a, "seconds": seconds, "found": len(found.blocks), "factor": size, "more": peak - before}))


def main() -> None:
    options = arguments(__doc__, child=0, seed=3000, runs=3)
    if options.child:
        return child(options.child, options.seed)
    rows = []
    for a in (10_000, 100_000, 1_000_000):
        for run in range(options.runs):
            command = [sys.executable, __file__, "--child", str(a), "--seed", str(options.seed + run)]
            rows.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
            print(rows[-1], flush=True)
    median = lambda a, key: sorted(row[key] for row in rows if row["a"] == a)[options.runs // 2]  # noqa: E731
    seconds = {a: median(a, "seconds") for a in (10_000, 100_000, 1_000_000)}
    exponent = math.log(seconds[1_000_000] / seconds[10_000]) / math.log(100)
    memory = 1 + median(1_000_000, "more") / median(1_000_000, "factor")
    write(
        "scale",
        title="Modules of a given factor, up to a million neurons × 64 directions",
        seeds=f"{options.seed} … {options.seed + options.runs - 1}, median",
        peer="none: others form the a × a matrix, 4 TB at this size",
        bars=[
            Bar("10⁶ neurons × 64", f"{seconds[1_000_000]:.1f} s", "≤ 60 s", seconds[1_000_000] <= 60),
            Bar("peak memory, factor included", f"{memory:.2f}× the factor", "≤ 3×", memory <= 3),
            Bar("growth of time from 10⁴ to 10⁶", f"exponent {exponent:.2f}", "≤ 1.1", exponent <= 1.1),
        ],
        notes="8 modules, one neuron in ten in none; the right number of modules was found in "
        f"{sum(row['found'] == MODULES for row in rows)} of {len(rows)} runs.",
        details=rows,
    )
    return None


if __name__ == "__main__":
    main()
