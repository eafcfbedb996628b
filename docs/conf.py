"""How Sphinx makes the site (``make docs``), after ``tools/manual`` has put the pages together."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

import pnfilter
from pnfilter.records import Record

project = "pnfilter"
author = "The pnfilter authors"
project_copyright = author
release = version = pnfilter.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["files/**"]
# Two dashes are an option, and quotes are those of code.
smartquotes = False

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


def setup(app: Any) -> None:
    """Say of records and named tuples what readers need of them."""
    app.connect("autodoc-process-signature", _signature_of_record)
    app.connect("autodoc-process-docstring", _without_empty_words)


def _signature_of_record(
    _app: Any, what: str, _name: str, thing: Any, _options: Any, *_: Any
) -> tuple[str, None] | None:
    """The signature of a record's constructor, which hides behind what closes it."""
    if what != "class" or not issubclass(thing, Record):
        return None
    signature = inspect.signature(thing.__init__)
    fields = list(signature.parameters.values())[1:]
    written = import_module("sphinx.util.inspect").stringify_signature
    return written(
        signature.replace(parameters=fields, return_annotation=inspect.Signature.empty)
    ), None


def _without_empty_words(
    _app: Any, _what: str, _name: str, _thing: Any, _options: Any, lines: list[str]
) -> None:
    """Leave out what a named tuple says of a field that nothing is said of."""
    if lines and lines[0].startswith("Alias for field number"):
        lines.clear()
