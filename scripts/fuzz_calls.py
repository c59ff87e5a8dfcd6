"""Many calls of every public callable with wrong arguments: python scripts/fuzz_calls.py --seed 0."""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benchmarks" / "results" / "fuzz_calls.json"
sys.path.insert(0, str(ROOT / "tests"))

import matplotlib  # noqa: E402
import torch  # noqa: E402

matplotlib.use("Agg")

from fuzz.campaign import Campaign  # noqa: E402


def main() -> int:
    parse = argparse.ArgumentParser(description=__doc__)
    parse.add_argument("--calls", type=int, default=50_000)
    parse.add_argument("--minutes", type=float, default=60.0)
    parse.add_argument("--seed", type=int, default=0)
    parse.add_argument("--only", default="", help="names that begin so")
    parse.add_argument("--write", action="store_true", help="the counts go to benchmarks/results/fuzz_calls.json")
    options = parse.parse_args()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        campaign = Campaign(options.seed, only=options.only)
        campaign.run(options.calls, until=start + 60 * options.minutes)
        os.chdir(ROOT)
    kinds: dict[str, Counter[str]] = {}
    for one in campaign.failures:
        kinds.setdefault(f"{one.kind} {one.where}", Counter())[str(one)] += 1
    for kind, cases in sorted(kinds.items(), key=lambda item: -item[1].total()):
        print(f"{cases.total():5} {kind}\n" + "".join(f"          {case}\n"[:220] for case in list(cases)[:3]))
    content = _content(campaign, options.seed)
    if options.write:
        RESULT.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(content["details"]))
    return 1 if campaign.failures else 0


def _content(campaign: Campaign, seed: int) -> dict[str, object]:
    """What a benchmark says."""
    n, counts = campaign.counts.total(), campaign.counts
    bar = lambda what, kind: {  # noqa: E731
        "what": what, "measured": f"{counts[kind]}", "bar": "0", "reached": counts[kind] == 0,
    }  # fmt: skip
    return {
        "title": "Wrong arguments for every public callable",
        "command": f"python scripts/fuzz_calls.py --seed {seed}",
        "seeds": f"{seed}; what was mended was found with others",
        "peer": "annotations and docstrings",
        "machine": f"{platform.machine()}, Python {platform.python_version()}, torch {torch.__version__}",
        "threads": torch.get_num_threads(),
        "bars": [
            {"what": "calls", "measured": f"{n:,}", "bar": "50,000", "reached": n >= 50_000},
            bar("raw errors", "raw"),
            bar("NaN from finite input without a word", "nan"),
            bar("objects of the caller that were changed", "changed"),
            bar("calls of more than 60 s", "late"),
        ],
        "notes": f"{len(campaign.names)} functions, methods and classes, one or two arguments wrong at a time.",
        "details": {"outcomes": dict(sorted(counts.items())), "longest_seconds": round(campaign.longest, 1)},
    }


if __name__ == "__main__":
    sys.exit(main())
