"""Many calls of every public callable with wrong arguments; the counts go to benchmarks/results/fuzz_calls.json.

python scripts/fuzz_calls.py --calls 50000 --minutes 15 --seed 0
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import matplotlib  # noqa: E402

matplotlib.use("Agg")

from fuzz.campaign import Campaign  # noqa: E402


def main() -> int:
    parse = argparse.ArgumentParser(description=__doc__)
    parse.add_argument("--calls", type=int, default=50_000)
    parse.add_argument("--minutes", type=float, default=60.0)
    parse.add_argument("--seed", type=int, default=0)
    parse.add_argument("--only", default="", help="names that begin so")
    parse.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "fuzz_calls.json")
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
    counts = {"calls": campaign.counts.total(), "callables": len(campaign.names), "seed": options.seed}
    counts |= {"outcomes": dict(sorted(campaign.counts.items())), "longest_seconds": round(campaign.longest, 1)}
    options.out.write_text(json.dumps(counts, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(counts))
    return 1 if campaign.failures else 0


if __name__ == "__main__":
    sys.exit(main())
