import re
import subprocess
import sys
from pathlib import Path

import pushforward as pf


def test_import_loads_no_plotting_clustering_or_web_library():
    heavy = ("matplotlib", "sknetwork", "sklearn", "jinja2", "tyro", "pandas", "PIL", "tqdm.auto", "IPython")
    code = f"import sys, pushforward; print([m for m in {heavy!r} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_public_names_are_what_the_docs_promise():
    names = {n for n in dir(pf) if not n.startswith("_")}
    assert {"Neurons", "Gaussian", "push", "jacobian", "find_modules", "Modules", "datasets", "report"} <= names
    assert {"PushforwardError", "BadInput", "UnknownLayer", "NotDifferentiable", "NotFinite"} <= names
    assert all(issubclass(getattr(pf, n), pf.PushforwardError) for n in ("BadInput", "UnknownLayer", "NotFinite"))


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
    root = Path(__file__).parents[1]
    shown = [*(root / "docs").glob("*.md"), root / "README.md", *(root / "src/pushforward/cli").glob("*.py")]
    shown += (root / "src/pushforward/show").rglob("*.py")
    names = {name for path in shown for name in re.findall(r"\bpf\.([A-Za-z_]+)", path.read_text(encoding="utf-8"))}
    missing = {name for name in names if not hasattr(pf, name)}
    assert "GeneratorStudy" in names
    assert not missing
