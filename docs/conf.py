"""How Sphinx makes the site: ``make docs``. The pages are put together by ``tools/manual`` first."""

import pnfilter

project = "pnfilter"
author = "The pnfilter authors"
project_copyright = author
release = version = pnfilter.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["files/**"]
templates_path: list[str] = []

# A link to a heading is written as on a code host.
myst_heading_anchors = 4
myst_enable_extensions = ["deflist"]
suppress_warnings = ["myst.header"]

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
# Types in signatures stand for readers: most are Python's own or of other packages.
nitpick_ignore_regex = [(r"py:.*", r".*")]

html_theme = "furo"
html_title = f"pnfilter {version}"
html_static_path = ["_static"]
html_css_files = ["manual.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"sidebar_hide_name": False}
pygments_style = "friendly"
pygments_dark_style = "native"
