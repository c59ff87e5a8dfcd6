import re
import subprocess
import sys
from pathlib import Path

import pytest

import pushforward as pf
from pushforward.renamed import NAMES

ROOT = Path(__file__).parents[1]
NAMESPACES = ("errors", "extend", "geometry", "modular", "results", "settings", "studies")


def test_import_loads_no_plotting_clustering_or_web_library():
    heavy = ("scipy", "matplotlib", "sknetwork", "sklearn", "jinja2", "tyro", "pandas", "PIL", "tqdm.auto", "IPython")
    code = f"import sys, pushforward; print([m for m in {heavy!r} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


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
