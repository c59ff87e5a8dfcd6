"""The site of pushforward: `make docs` builds it in build/site, without network, and stops at any warning."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "site")]

import pushforward as pf  # noqa: E402

project = "pushforward"
author = "The pushforward authors"
copyright = f"the pushforward authors. Version {pf.__version__}"  # noqa: A001
release = version = pf.__version__
extensions = ["myst_parser", "mathml", "reference", "guides", "gallery"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["site"]
nitpicky = False

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 4
myst_links_external_new_tab = False

python_maximum_signature_line_length = 88
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = "pushforward"
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}
pygments_style, pygments_dark_style = "friendly", "native"
