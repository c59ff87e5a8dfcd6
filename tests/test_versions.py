"""What does not depend on how Python is run: checks under `-O`, and the licences of what is needed."""

import subprocess
import sys
from importlib import util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
UNDER_O = """
import torch
from pushforward.errors import BrokenLaw
from pushforward.extend import check_inputs, check_linear_map
from pushforward.inputs import Gaussian
from pushforward.linear import Dense

class Moves(type(Gaussian.isotropic((3,)))):
    def chart(self, x):
        return super().chart(x + 1 if not seen.append(x) and len(seen) > 1 else x)

assert False, "asserts are gone under -O"
seen = []
for check, wrong in (
    (check_linear_map, lambda check: check(Dense(torch.eye(3)), torch.zeros(3, 3), seed=0)),
    (check_linear_map, lambda check: check(Dense(torch.eye(3) * float("nan")), seed=0)),
    (check_inputs, lambda check: check(Moves(torch.zeros(3), 1.0), torch.ones(3), seed=0)),
):
    try:
        wrong(check)
    except BrokenLaw as law:
        print("refused:", law)
check_linear_map(Dense(torch.eye(3)), torch.eye(3), seed=0)
check_inputs(Gaussian.isotropic((3,)), torch.ones(3), seed=0)
"""


@pytest.mark.slow
def test_laws_are_checked_where_asserts_are_not():
    ended = subprocess.run([sys.executable, "-O", "-c", UNDER_O], capture_output=True, text=True, check=True)
    assert ended.stdout.count("refused:") == 3, ended.stdout


@pytest.fixture(scope="module")
def licences():
    spec = util.spec_from_file_location("licences", ROOT / "scripts" / "licences.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_nothing_in_the_core_is_gpl(licences, capsys):
    assert licences.main() == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in ("torch", "numpy", "safetensors", "sympy"))  # sympy is what torch needs


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("GPL-3.0-or-later", True),
        ("AGPL-3.0", True),
        ("GNU General Public License v3 (GPLv3)", True),
        ("MIT OR GPL-2.0", False),
        ("LGPL-2.1-only", False),
        ("GNU Lesser General Public License v3", False),
        ("MIT", False),
    ],
)
def test_which_licences_are_refused(licences, text, wrong):
    assert licences.forbidden(text) == wrong


def test_a_core_with_gpl_fails(licences, monkeypatch, capsys):
    monkeypatch.setattr(licences, "licence", lambda package: "GPL-3.0-only")
    assert licences.main() == 1
    assert "GPL in the core" in capsys.readouterr().err
