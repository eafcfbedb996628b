"""Where the settings of a project stand. Nothing heavy is imported to find out that there are none."""

from __future__ import annotations

import os

from pnfilter.extraction.trees import read_regular

OWN_FILE = "pnfilter.toml"
PROJECT_FILE = "pyproject.toml"
#: Bytes of the longest file of settings.
MAX_BYTES = 1_000_000


def settings_file(place: str | os.PathLike[str]) -> str | None:
    """The settings file that is nearest to a path, from its folder upwards to its repository; None without any.

    ``OSError`` for a file that can't be read.
    """
    folder = os.path.realpath(place)
    while True:
        own, project = (os.path.join(folder, name) for name in (OWN_FILE, PROJECT_FILE))
        if os.path.isfile(own):
            return own
        if os.path.isfile(project) and b"tool.pnfilter" in read_regular(project, MAX_BYTES):
            return project
        above = os.path.dirname(folder)
        if above == folder or os.path.exists(os.path.join(folder, ".git")):
            return None
        folder = above
