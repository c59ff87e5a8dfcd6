import subprocess
import sys

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
