"""Damaged files are refused in our words or are what was saved; `make fuzz` makes many more of them."""

import json
import os
import platform
from pathlib import Path

import pytest
import torch

from fuzz.damage import campaign
from fuzz.saved import every, few

RESULT = Path(__file__).parents[2] / "benchmarks" / "results" / "fuzz_files.json"
LONG = int(os.environ.get("FUZZ_FILES", "8000"))


def test_damaged_files_are_refused_or_are_what_was_saved(tmp_path):
    counts, bad = campaign(few(tmp_path), 400, tmp_path, seed=0)
    assert bad == []
    assert counts["damaged"]["refused"] > 50
    assert counts["forged"]["refused"] > 10


@pytest.mark.slow
def test_many_damaged_files_of_every_kind(tmp_path):
    kinds = every(tmp_path)
    counts, bad = campaign(kinds, LONG, tmp_path, seed=1)
    if "FUZZ_WRITE" in os.environ:
        RESULT.write_text(json.dumps(_content(len(kinds), counts, bad), indent=1) + "\n")
    assert bad == []


def _content(kinds: int, counts: dict, bad: list[str]) -> dict:
    total = sum(sum(each.values()) for each in counts.values())
    raw = sum(each["raw"] for each in counts.values())
    wrong = sum(each["wrong"] for each in counts.values())
    bars = [
        {"what": "mutations of saved files", "measured": f"{total:,}", "bar": "5,000", "reached": total >= 5000},
        {"what": "raw errors", "measured": str(raw), "bar": "0", "reached": raw == 0},
        {"what": "damaged files loaded as something else", "measured": str(wrong), "bar": "0", "reached": wrong == 0},
    ]
    notes = (
        f"{kinds} files: every class of result, generators, checkpoints, files of version 0.1 and arrays. Forged: "
        "header or tensors changed and the digest made anew or left out, which no reader can tell from another result. "
        "Files of others and of version 0.1 have no digest: another number in them cannot be told."
    )
    return {
        "title": "Damaged files",
        "command": "make fuzz",
        "seeds": "1",
        "peer": "what was saved",
        "machine": f"{platform.machine()}, Python {platform.python_version()}, torch {torch.__version__}",
        "threads": torch.get_num_threads(),
        "bars": bars,
        "notes": notes,
        "details": {group: dict(sorted(each.items())) for group, each in sorted(counts.items())} | {"bad": bad},
    }
