"""Figures of README and docs/ are those of benchmarks/results, and each has the command that makes it.

What is stated is listed in stated.py. A passage that names a benchmark has to be in that list.
"""

import json
import re
from functools import cache
from pathlib import Path

import pytest

from stated import BARS, COMPUTED, OTHERWISE, Bar, Computed

ROOT = Path(__file__).parents[2]
NUMBER = re.compile(r"(?<![\w.])[−-]?\d[\d,]*(?:\.\d+)?(?:e-\d+)?%?")
FIGURE = re.compile(r"\d\.\d|\d ?[%×]")
COMMAND = re.compile(r"benchmarks/(\w+)\.py")


@cache
def results(name: str) -> dict[str, object]:
    return json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text(encoding="utf-8"))


@cache
def page(name: str) -> str:
    file = ROOT / "README.md" if name == "README" else ROOT / "docs" / name
    return plain(file.read_text(encoding="utf-8"))


def plain(text: str) -> str:
    """In one line, with one kind of minus, and none before zero."""
    text = " ".join(text.replace("**", "").replace("−", "-").split())
    return re.sub(r"-(0\.0+)(?!\d)", r"\1", text)


def numbers(text: str) -> list[str]:
    found = NUMBER.findall(plain(text).replace(" %", "%"))
    return [number.lstrip("-").replace(",", "") for number in found]


def rounded(value: str, stated: str) -> bool:
    """Whether a value is what is stated, to as many digits as are stated."""
    number, there = float(stated.rstrip("%")), float(value.rstrip("%"))
    if stated.endswith("%") and not value.endswith("%") and there <= 1:
        there *= 100
    return abs(there - number) <= 0.5001 * 10 ** -len(stated.rstrip("%").partition(".")[2])


def measured(name: str, beginnings: tuple[str, ...]) -> list[str]:
    """The numbers of bars."""
    bars = [bar for bar in results(name)["bars"] if bar["what"].startswith(beginnings)]
    assert all(any(bar["what"].startswith(one) for bar in bars) for one in beginnings), "no such bar"
    return [number for bar in bars for number in numbers(f"{bar['what']} {bar['measured']}")]


@pytest.mark.parametrize("one", BARS, ids=lambda one: f"{one.page}: {one.words}")
def test_a_figure_is_that_of_its_bar(one: Bar):
    assert plain(one.words) in page(one.page)
    there = measured(one.results, one.bars)
    assert [stated for stated in numbers(one.words) if not any(rounded(value, stated) for value in there)] == []


@pytest.mark.parametrize("one", COMPUTED, ids=lambda one: f"{one.page}: {one.words}")
def test_a_figure_follows_from_the_details(one: Computed):
    assert plain(one.words.format(*one.figures(results(one.results)["details"]))) in page(one.page)


def test_a_wrong_figure_is_noticed():
    there = measured("push", ("CNN: push of 64",))
    assert any(rounded(value, "0.72") for value in there)
    assert not any(rounded(value, "0.73") for value in there)
    assert rounded("34.1", "34")
    assert not rounded("34.6", "34")
    assert rounded("0.0456", "5%")
    assert not rounded("0.0456", "4%")


def results_of(script: str) -> str:
    """The results that a script writes; some share a file."""
    return script if (ROOT / "benchmarks" / "results" / f"{script}.json").exists() else script.partition("_")[0]


@pytest.mark.parametrize("file", sorted((ROOT / "docs").glob("*.md")), ids=lambda file: file.name)
def test_a_passage_that_names_a_benchmark_and_has_figures_is_in_the_list(file):
    listed = {one.results for one in (*BARS, *COMPUTED) if one.page == file.name}
    for passage in re.split(r"\n\s*\n|\n(?=- )", file.read_text(encoding="utf-8")):
        if FIGURE.search(re.sub(r"`[^`]*`", "", passage)):
            assert {results_of(script) for script in COMMAND.findall(passage) if script not in OTHERWISE} <= listed, (
                passage
            )


def test_all_eight_figures_of_the_readme_are_in_the_list():
    assert len([one for one in (*BARS, *COMPUTED) if one.page == "README"]) == 8
