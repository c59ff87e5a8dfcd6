"""The gallery: every script of `examples/` is run, and its figures and what it prints are shown."""

import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

EXTRAS = {"language_model": "transformers"}
"""Scripts that need an extra, and the package that tells whether it is there."""
ORDER = [
    "own_mlp", "cnn", "transformer", "language_model", "contrast", "live_explorer", "modular_training",
    "superposition", "generator_density", "table_dimension", "rotated_images", "layer_activations", "shortest_path",
    "two_ranks", "resume",
]  # fmt: skip
EXAMPLES = Path(__file__).parents[2] / "examples"
MISSING = [name for name, package in EXTRAS.items() if find_spec(package) is None]


def ready() -> str:
    """Which scripts are run: those whose extra is there."""
    without = "".join(f"(?!{name})" for name in MISSING)
    return rf"[\\/]{without}[a-z_]+\.py$"


def fresh(_conf: dict[str, object], _name: str) -> None:
    """Before each script: figures as matplotlib has them, and no warnings on the page."""
    import matplotlib.pyplot as plt

    plt.rcdefaults()
    warnings.simplefilter("ignore")


def setup(app: "Sphinx") -> dict[str, bool]:
    """Called by Sphinx, before sphinx-gallery looks at its settings."""
    if MISSING:
        app.tags.add("without_transformers")
    app.config.sphinx_gallery_conf = {
        "examples_dirs": str(EXAMPLES),
        "gallery_dirs": "gallery",
        "filename_pattern": ready(),
        "within_subsection_order": "gallery.in_order",
        "reset_modules": ("gallery.fresh",),
        "capture_repr": (),
        "download_all_examples": False,
        "show_memory": False,
        "show_signature": False,
        "min_reported_time": 1e9,
        "write_computation_times": False,  # a page that fetches scripts
        "remove_config_comments": True,
        "plot_gallery": "True",
    }
    app.setup_extension("sphinx_gallery.gen_gallery")
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def in_order(name: str) -> int:
    """The place of a script in the gallery."""
    return ORDER.index(name.removesuffix(".py"))
