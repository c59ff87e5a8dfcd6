"""Try the command line on hundreds of things that somebody could type; run by `make fuzz-cli`.

Writes how often each kind of outcome came up to benchmarks/results/fuzz_cli.json, and prints what came out wrong.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections import Counter
from pathlib import Path

import torch

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
RESULT = ROOT / "benchmarks" / "results" / "fuzz_cli.json"


def main() -> int:
    from fuzz.cli_cases import WHOLE, cases, whole
    from fuzz.cli_materials import materials
    from fuzz.cli_outcomes import BAD, Outcome, run
    from fuzz.cli_surroundings import surrounded, unallowed
    from pushforward.show import html_page

    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--count", type=int, default=400)
    arguments.add_argument("--seed", type=int, default=0)
    asked = arguments.parse_args()
    html_page.image = lambda *_: "<svg></svg>"  # figures are tried elsewhere
    outcomes: dict[str, dict[tuple[str, ...], Outcome]] = {}
    os.chdir(tempfile.mkdtemp())
    Path().chmod(0o755)
    things = materials()
    outcomes["as it should be typed"] = {case: run(case) for case in map(whole, WHOLE)}
    outcomes["one or two things wrong"] = {case: run(case) for case in cases(things, asked.count, seed=asked.seed)}
    outcomes["surroundings"] = surrounded()
    outcomes["without rights"] = unallowed()
    wrong = [(case, one) for part in outcomes.values() for case, one in part.items() if one.kind in BAD]
    for case, one in wrong:
        print(f"{one.kind}: {case!r}\n{one.text}\n", file=sys.stderr)
    counts = {name: dict(sorted(Counter(one.kind for one in part.values()).items())) for name, part in outcomes.items()}
    written = {
        "title": "The command line, whatever is typed",
        "command": f"python scripts/fuzz_cli.py --count {asked.count} --seed {asked.seed}",
        "machine": f"{platform.machine()}, Python {platform.python_version()}, torch {torch.__version__}",
        "cases": sum(map(len, outcomes.values())),
        "wrong": len(wrong),
        "outcomes": counts,
    }
    RESULT.write_text(json.dumps(written, indent=1) + "\n")
    print(json.dumps(written, indent=1))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
