"""Run every benchmark and rewrite BENCHMARKS.md from summary.md and the JSON results; with --only-write, just rewrite it."""

import argparse
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
NAMES = (
    "planted",
    "modules",
    "language",
    "linearity",
    "swaps",
    "nulls",
    "pairs",
    "dimension",
    "density",
    "generators",
    "contrast",
    "topology",
    "modularity",
    "superposition",
    "geometry",
    "geodesics",
    "carry",
    "one_run",
    "one_run_spaces",
    "real_topology",
    "activation_topology",
    "push",
    "utilisation",
    "first_push",
    "scale",
    "streams",
    "surveys",
    "plans",
    "svd",
    "browser",
    "nonsense",
    "validation",
    "fuzz_calls",
    "fuzz_files",
    "crash",
)


def page() -> str:
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench` from `benchmarks/results/*.json` and, for what comes first, `benchmarks/summary.md`; each table names the command that makes it.",
        "Settings were chosen on other seeds and data than those reported. Times are medians on a shared machine: read ratios.",
        "",
        "## In short",
        "",
        (HERE / "summary.md").read_text(encoding="utf-8").strip(),
    ]
    for name in NAMES:
        path = HERE / "results" / f"{name}.json"
        if not path.exists():
            continue
        result = json.loads(path.read_text())
        lines += ["", f"## {result['title']}", "", "| what | measured | bar | |", "|---|---|---|---|"]
        for bar in result["bars"]:
            lines.append(
                f"| {bar['what']} | {bar['measured']} | {bar['bar']} | {'reached' if bar['reached'] else '**missed**'} |"
            )
        lines += [
            "",
            f"Command `{result['command']}` · seeds {result['seeds']} · against {result['peer']} · {result['machine']}, "
            f"{result['threads']} threads. {result['notes']}",
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only-write", action="store_true")
    if not parser.parse_args().only_write:
        for name in NAMES:
            if not (HERE / f"{name}.py").exists():
                continue  # `make fuzz` and `make crash` make those
            command = [sys.executable, str(HERE / f"{name}.py")]
            if name == "browser" and not (find_spec("playwright") and Path("/usr/bin/chromium").exists()):
                print("browser: skipped; it needs `pip install playwright` and the system's Chromium")
                continue
            if name == "pairs":
                if not (mnist := os.environ.get("MNIST")):
                    print("pairs: skipped; it trains on MNIST's 60,000 digits: make bench MNIST=mnist.npz")
                    continue
                command += ["--mnist", mnist]
            if name == "contrast" and (mnist := os.environ.get("MNIST")):
                command += ["--mnist", mnist]
            if name == "modularity":
                command += ["--parts", "null,cost"]  # the frontiers take hours: see the script
            print(f"== {name}", flush=True)
            subprocess.run(command, check=True)
    (HERE.parent / "BENCHMARKS.md").write_text(page())


if __name__ == "__main__":
    main()
