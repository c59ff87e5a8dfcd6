"""The site: every public object is in the reference, with an example; it builds without a warning or a fetched file."""

import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pushforward as pf

ROOT = Path(__file__).parents[2]
HTML = re.compile(r"""(?:<(?:script|img|iframe|source)[^>]*\ssrc|<link[^>]*\shref)=["'](https?:)?//""")


@pytest.fixture(scope="module")
def site():
    """What docs/site says is public."""
    sys.path.insert(0, str(ROOT / "docs" / "site"))
    try:
        yield importlib.import_module("public")
    finally:
        sys.path.remove(str(ROOT / "docs" / "site"))


def test_all_that_is_public_is_listed(site):
    names = {one.address for one in site.everything()}
    assert {f"pushforward.{name}" for name in pf.PUBLIC} <= names
    assert len(names) > 140
    for space in pf.NAMESPACES:
        room = getattr(pf, space)
        kinds = [name for name, value in vars(room).items() if inspect.isclass(value) and not name.startswith("_")]
        assert {f"pushforward.{space}.{name}" for name in getattr(room, "__all__", kinds)} <= names


def test_every_public_object_has_an_example_that_runs(site):
    bare = [one.address for one in site.everything() if not site.example(one.value)]
    assert bare == []


def test_every_public_object_says_what_it_is_in_its_first_line(site):
    for one in site.everything():
        assert len(site.line_of(one.value)) > 15, one.address


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_site_builds_without_a_warning_and_fetches_nothing(tmp_path):
    pytest.importorskip("sphinx", reason="pip install 'pushforward[docs]'")
    out = tmp_path / "site"
    sphinx = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-D", "plot_gallery=0"]
    built = subprocess.run([*sphinx, "-d", str(tmp_path / "trees"), str(ROOT / "docs"), str(out)], capture_output=True)
    assert built.returncode == 0, built.stderr.decode()
    pages = list(out.rglob("*.html"))
    assert len(pages) > 35
    assert [page.name for page in pages if HTML.search(page.read_text(encoding="utf-8"))] == []
    assert (out / "searchindex.js").stat().st_size > 100_000
