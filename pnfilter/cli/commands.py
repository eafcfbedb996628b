"""The names of the commands, and the version."""

from __future__ import annotations

import pnfilter

#: The module of ``pnfilter.cli`` in which each command lives, in the order of the help.
COMMANDS = {
    "check": "checking",
    "rule": "ruling",
    "extract": "extracting",
    "fmt": "formatting",
    "explain": "inspecting",
    "fields": "inspecting",
    "ast": "inspecting",
    "encode": "inspecting",
    "sql": "translating",
    "compile": "compiling",
    "grep": "grep",
    "diff": "grep",
    "route": "routing",
    "infer": "inferring",
    "demo": "demo",
    "serve": "serving",
    "playground": "playing",
    "completion": "completions",
}

VERSION = f"pnfilter {pnfilter.__version__}"
