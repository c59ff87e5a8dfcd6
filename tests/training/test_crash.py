"""A few kills of one verb; `make crash` has hundreds of each."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "crash.py"


@pytest.mark.slow
def test_runs_that_are_killed_come_to_the_same_result():
    options = ["--kills", "2", "--repeats", "1", "--verbs", "train_modular", "--seed", "1"]
    run = subprocess.run([sys.executable, str(SCRIPT), *options], capture_output=True, text=True, check=False)
    assert run.stderr == ""
    assert run.returncode == 0
    assert run.stdout.count("'second process refused': 1") == 1
