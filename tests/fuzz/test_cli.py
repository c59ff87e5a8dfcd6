"""Whatever is typed: one message and an exit status that is documented, never a traceback, nothing left behind.

A short, seeded part of the campaign that `scripts/fuzz_cli.py` runs whole.
"""

from pathlib import Path

import pytest

from fuzz.cli_cases import SERVERS, WHOLE, cases, whole
from fuzz.cli_materials import materials
from fuzz.cli_outcomes import BAD, Outcome, run
from pushforward.cli.table import COMMANDS

COUNT = 60
QUICK = ("doctor", "dimension", "geodesic", "transport", "demo", "train-generator", "contrast", "modules")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Everything that commands are tried on, made once."""
    place = tmp_path_factory.mktemp("cli")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        yield materials()


@pytest.fixture(autouse=True)
def _there(folder, monkeypatch):
    monkeypatch.setattr("pushforward.show.html_page.image", lambda figure, kind: "<svg></svg>")


def test_every_command_is_tried():
    assert set(WHOLE) | SERVERS == set(COMMANDS)


def test_nothing_that_is_typed_ends_in_a_traceback(folder):
    bad = {}
    for case in [case for case in cases(folder, 3 * COUNT, seed=11) if case[0] in QUICK][:COUNT]:
        before = set(Path().rglob("*"))
        outcome = run(case)
        if outcome.kind in BAD:
            bad[case] = outcome.text
        if outcome.kind == "refused":
            assert set(Path().rglob("*")) - before <= {Path("out"), Path("__pycache__")}, case
    assert not bad


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp037"])
def test_terminals_of_every_encoding(encoding):
    outcome = run(whole("doctor"), encoding=encoding)
    assert outcome.kind == "done"
    assert "can be pushed through" in outcome.text


def test_the_judge_sees_tracebacks(monkeypatch):
    def broken(*_):
        raise RuntimeError("a defect")

    monkeypatch.setattr("pushforward.cli.overview", broken)
    assert isinstance(run(("--help",)), Outcome)
    assert run(("--help",)).kind == "traceback"
