import re
import runpy
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

import pytest

import pushforward as pf
from pushforward.renamed import NAMES

ROOT = Path(__file__).parents[1]
NAMESPACES = ("errors", "extend", "geometry", "modular", "results", "settings", "studies")


@pytest.fixture(scope="module")
def light():
    return SimpleNamespace(**runpy.run_path(str(ROOT / "scripts/check_light.py")))


def test_all_public_names_load_no_plotting_clustering_scientific_or_web_library(light):
    assert light.imports() == []


@pytest.mark.parametrize("arguments", [(), ("--help",), ("--version",), ("moduls",), ("modules", "--help")])
def test_help_the_version_and_mistakes_do_not_load_torch(arguments, light):
    assert not light.loads_torch(arguments)


def test_the_module_is_the_command_line():
    out = subprocess.run([sys.executable, "-m", "pushforward", "--version"], capture_output=True, text=True, check=True)
    assert out.stdout == f"pushforward {pf.__version__}\n"


def test_the_package_is_typed_and_says_its_version():
    assert files("pushforward").joinpath("py.typed").is_file()
    assert re.fullmatch(r"\d+\.\d+\.\d+", pf.__version__)
    assert f"## {pf.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"version: {pf.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_the_changelog_says_what_every_name_of_version_0_1_is_called_now():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `pf\.(\w+)` \| `(.+)` \|$", text, re.MULTILINE)
    assert dict(rows) == NAMES
    assert len(rows) == len(NAMES)


def test_public_names_are_few_and_documented():
    names = [name for name in dir(pf) if not name.startswith("__")]
    assert len(names) <= 30
    assert {"Neurons", "Gaussian", "Generator", "push", "jacobian", "find_modules", "contrast", "modularity"} <= set(
        names
    )
    assert {
        "modularity",
        "train_modular",
        "density",
        "dimension",
        "geodesic",
        "transport",
        "try_latents",
        "topology",
    } <= set(names)
    assert {"report", "load", "latents", "datasets", *NAMESPACES} <= set(names)
    assert all(getattr(pf, name).__doc__ for name in names)


@pytest.mark.parametrize("room", NAMESPACES)
def test_namespaces_show_what_they_hold_and_all_of_it_is_documented(room):
    space = getattr(pf, room)
    names = getattr(space, "__all__", [name for name in dir(space) if name[0].isupper()])
    assert names
    assert all(getattr(space, name).__doc__ for name in names)


@pytest.mark.parametrize("name", NAMES)
def test_names_of_version_0_1_say_what_they_are_called_now(name):
    with pytest.raises(AttributeError, match=r"since version 0\.2") as caught:
        getattr(pf, name)
    assert not hasattr(pf, name)
    path = re.search(r"is `pf\.([\w.]+)` since", str(caught.value))
    if path:
        space, _, member = path[1].partition(".")
        assert hasattr(getattr(pf, space), member)


def test_a_name_that_never_was_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = pf.nonsense


def test_results_are_readable_by_whom_the_user_lets(tmp_path):
    import os
    import stat

    from pushforward.store import save

    old = os.umask(0o022)
    try:
        path = save(tmp_path / "x.safetensors", {}, {"kind": "nothing"})
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_every_name_in_the_code_that_reports_and_docs_show_is_public():
    shown = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", *(ROOT / "src/pushforward/cli").glob("*.py")]
    shown += (ROOT / "src/pushforward/show").rglob("*.py")
    paths = {path for file in shown for path in re.findall(r"\bpf\.([A-Za-z_.]+\w)", file.read_text(encoding="utf-8"))}

    def exists(path: str) -> bool:
        value = pf
        for name in path.split("."):
            if not hasattr(value, name):
                return False
            value = getattr(value, name)
        return True

    assert "studies.GeneratorStudy.of" in paths
    assert {path for path in paths if not exists(path)} == set()


def test_the_readme_is_short_and_its_links_lead_somewhere():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.split()) <= 600
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert len(links) > 15
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_figures_of_the_readme_are_those_of_the_benchmarks():
    rows = re.findall(r"^\| (.+) \| (.+) \| `(\w+\.py)\b.*\|$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert len(rows) == 8
    pages = (ROOT / "BENCHMARKS.md").read_text("utf-8").splitlines()
    for what, measured, script in rows:
        figures = re.findall(r"\d[\d.,]*\d|\d", measured)
        lines = [line for line in pages if f"benchmarks/{script}" in line and all(one in line for one in figures)]
        assert lines, f"{what}: {measured} is not in BENCHMARKS.md beside {script}"


def test_the_page_of_benchmarks_is_made_of_their_results():
    write = runpy.run_path(str(ROOT / "benchmarks/run_all.py"))
    assert write["page"]() == (ROOT / "BENCHMARKS.md").read_text(encoding="utf-8")


def test_every_public_name_has_an_example_that_runs():
    import doctest
    import inspect

    finder = doctest.DocTestFinder(exclude_empty=True)
    for name in (name for name in dir(pf) if not name.startswith("__")):
        value = getattr(pf, name)
        module = value if inspect.ismodule(value) else inspect.getmodule(value)
        tests = finder.find(value, name, module=module, globs=dict(vars(module)))
        assert any(test.examples for test in tests if test.name == name), name
