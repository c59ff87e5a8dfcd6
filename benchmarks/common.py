"""What every benchmark shares: where results go, what machine this is, medians of interleaved timings."""

import argparse
import json
import multiprocessing
import os
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch

RESULTS = Path(__file__).parent / "results"
FILES = ("--mnist", "--fashion")
"""Options that name data."""


@dataclass(frozen=True)
class Bar:
    """One claim: what was measured, the figure, what it should reach, and whether it does."""

    what: str
    measured: str
    bar: str
    reached: bool


def machine() -> str:
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, torch {torch.__version__}"
    )


def write(name: str, *, title: str, seeds: str, peer: str, bars: list[Bar], details: Any, notes: str = "") -> None:
    """Write benchmarks/results/NAME.json and print the bars."""
    RESULTS.mkdir(exist_ok=True)
    content = {
        "title": title,
        "command": _command(name, sys.argv[1:]),
        "seeds": seeds,
        "peer": peer,
        "machine": machine(),
        "threads": torch.get_num_threads(),
        "bars": [asdict(bar) for bar in bars],
        "notes": notes,
        "details": details,
    }
    (RESULTS / f"{name}.json").write_text(_in_rows(json.dumps(content, indent=1)) + "\n")
    for bar in bars:
        print(f"{'reached' if bar.reached else 'MISSED ':8} {bar.what}: {bar.measured} (bar: {bar.bar})")


def _command(name: str, given: list[str]) -> str:
    """What makes all of a file, whose parts may have been run one at a time: only files that are read are named."""
    files = [f"{flag} {Path(value).name}" for flag, value in pairwise(given) if flag in FILES]
    return " ".join(["python", f"benchmarks/{name}.py", *files])


def kept(
    path: Path, done: Callable[[dict[str, Any]], Any], cases: list[Any], run: Callable[..., dict[str, Any]]
) -> list:
    """Rows of all cases that ran, one a line in a file: a benchmark that was stopped goes on with what is not `done`."""
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    known = {done(row) for row in rows}
    for case in [case for case in cases if case not in known]:
        rows.append(run(*case))
        print(rows[-1], flush=True)
        with path.open("a") as file:
            file.write(json.dumps(rows[-1]) + "\n")
    return rows


def _in_rows(text: str) -> str:
    """JSON with every list of plain values in one line."""
    return re.sub(r"\[\n\s+([^\[\]{}]*?)\n\s+\]", lambda row: "[" + re.sub(r"\n\s+", " ", row[1]) + "]", text)


def medians(functions: list[Callable[[], Any]], *, runs: int = 21) -> list[float]:
    """Median seconds of each function, run in turn so that a change of the machine's speed hits all alike."""
    times: list[list[float]] = [[] for _ in functions]
    for function in functions:
        function()
    for _ in range(runs):
        for function, kept in zip(functions, times, strict=True):
            start = time.perf_counter()
            function()
            kept.append(time.perf_counter() - start)
    return [statistics.median(kept) for kept in times]


def on_all_cores(function: Callable[[Any], Any], items: list[Any]) -> Iterator[Any]:
    """Results in order, one process with one thread for each core this one may use."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), mp_context=context, initializer=_one_thread) as pool:
        for result in pool.map(function, items):
            print(result, flush=True)
            yield result


def _one_thread() -> None:
    torch.set_num_threads(1)


def arguments(description: str, **options: Any) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    for name, default in options.items():
        parser.add_argument(f"--{name}", type=type(default) if default is not None else Path, default=default)
    return parser.parse_args()
