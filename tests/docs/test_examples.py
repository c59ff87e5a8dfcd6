"""Every script of examples/ is short, draws, and ends by saying what one should see; the slow tests run them all."""

import ast
import importlib
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "examples").glob("*.py"))
DRAWN = """
import sys, runpy, matplotlib.pyplot as plt
plt.show = lambda: None
runpy.run_path(sys.argv[1], run_name="__main__")
assert plt.get_fignums(), "no figure"
for number in plt.get_fignums():
    plt.figure(number).savefig(sys.argv[2])
"""


@pytest.fixture(scope="module")
def gallery():
    """Which scripts need an extra, and in which order they are shown."""
    sys.path.insert(0, str(ROOT / "docs" / "site"))
    try:
        yield importlib.import_module("gallery")
    finally:
        sys.path.remove(str(ROOT / "docs" / "site"))


def name_of(script: Path) -> str:
    return script.stem


def test_there_are_twelve_at_least_and_each_is_in_the_gallery(gallery):
    assert len(SCRIPTS) >= 12
    assert sorted(gallery.ORDER) == [script.stem for script in SCRIPTS]


@pytest.mark.parametrize("script", SCRIPTS, ids=name_of)
def test_an_example_is_short_has_a_title_and_says_what_to_see(script):
    text = script.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 60
    title, bar = ast.get_docstring(ast.parse(text), clean=True).splitlines()[:2]
    assert bar == "=" * len(title)
    assert len(re.findall(r"^plt\.show\(\)$", text, re.MULTILINE)) == 1
    assert "What to see: " in text.split("plt.show()")[1]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("script", SCRIPTS, ids=name_of)
def test_an_example_runs(script, gallery, tmp_path):
    needed = gallery.EXTRAS.get(script.stem)
    if needed and find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed")
    command = [sys.executable, "-W", "ignore", "-c", DRAWN, str(script), str(tmp_path / "figure.png")]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=os.environ | {"MPLBACKEND": "Agg"})
    assert ran.returncode == 0, ran.stderr
    assert "What to see: " in ran.stdout
    assert (tmp_path / "figure.png").stat().st_size > 5_000
