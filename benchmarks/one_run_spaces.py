"""Topology from one atlas: spaces of every kind, uneven, thin, many parts, singular, of three dimensions."""

import time
from pathlib import Path
from typing import Any

import torch

import pushforward as pf
from common import Bar, arguments, kept, write
from known_spaces import SPACES, points

FIRST_SEED = 510


def run(name: str, seed: int) -> dict[str, Any]:
    X, space = points(name, seed), SPACES[name]
    cpu = time.process_time()
    result = pf.topology(X, seed=seed)
    return {
        "data": name,
        "seed": seed,
        "points": len(X),
        "truth": space.name,
        "betti": space.betti,
        "name": result.name,
        "betti read": result.betti.get(2),
        "confident": result.confident,
        "stability": result.stability,
        "check": result.agrees,
        "reasons": list(result.reasons),
        "notes": list(result.notes),
        "cpu seconds": round(time.process_time() - cpu, 1),
    }


def right(row: dict[str, Any]) -> bool:
    """The name, and where there is none of its own the Betti numbers; of what is no manifold, no name."""
    same = row["betti"] is None or list(row["betti"]) == list(row["betti read"] or ())
    return row["name"] == row["truth"] and same


def bars(rows: list[dict[str, Any]]) -> list[Bar]:
    decidable = [row for row in rows if row["truth"] is not None]
    others = [row for row in rows if row["truth"] is None]
    wrong = [row["data"] for row in rows if row["confident"] and not right(row)]
    share = sum(map(right, decidable)) / max(len(decidable), 1)
    sure = sum(right(row) and row["confident"] for row in decidable)
    quiet = sum(row["name"] is None for row in others)
    run_ = len({row["data"] for row in rows})
    whole = run_ == len(SPACES)
    slowest = max(row["cpu seconds"] for row in rows)
    return [
        Bar("wrong with confidence", f"{len(wrong)} of {len(rows)}{': ' if wrong else ''}{', '.join(wrong)}", "0", whole and not wrong),
        Bar("manifolds: right", f"{share:.0%} of {len(decidable)}, {sure} of them with confidence", "≥ 85 %", whole and share >= 0.85),
        Bar("spaces that were run", f"{run_} of {len(SPACES)}", "all", whole),
        Bar("no manifolds: undetermined", f"{quiet} of {len(others)}", "told", True),
        Bar("longest run, one thread", f"{slowest:.0f} s of processor time", "told", True),
    ]  # fmt: skip


def main() -> None:
    options = arguments(__doc__ or "", first=FIRST_SEED, seeds=5, rows=Path("one_run_spaces.jsonl"))
    torch.set_num_threads(1)
    cases = [(name, options.first + i) for i in range(options.seeds) for name in SPACES]
    known = kept(options.rows, lambda row: (row["data"], row["seed"]), cases, run)
    first, last = (end(row["seed"] for row in known) for end in (min, max))
    write("one_run_spaces", title="Topology from one atlas: spaces of every kind", seeds=f"{first} … {last}",
          peer="none: the answer is known by construction", bars=bars(known), details=known,
          notes="Rows are kept in the file given by --rows: a run that was stopped goes on. Settings were chosen on seeds "
          "1, 2, 300, 301, 500 and 501 and on other spaces.")  # fmt: skip


if __name__ == "__main__":
    main()
