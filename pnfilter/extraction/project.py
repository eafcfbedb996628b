"""All filters of files and folders: ``extract``."""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import Final

from pnfilter.diagnostics import position_of
from pnfilter.extraction.bounds import Bounds
from pnfilter.extraction.call_sites import Site, Sites, is_key, normal
from pnfilter.extraction.code import Code
from pnfilter.extraction.code_blocks import HTML, code_in_blocks
from pnfilter.extraction.configuration import CONFIGURATION_KEYS, JSON, LAYOUTS, line_sites
from pnfilter.extraction.documents import EXTENSION as DOCKERFILE
from pnfilter.extraction.documents import (
    FILTER_FILES,
    MARKDOWN,
    NOTEBOOKS,
    SCRIPTS,
    code_in_fences,
    dockerfile_sites,
    fences,
    in_addresses,
    notebook_sites,
    whole,
)
from pnfilter.extraction.documents import NAME as DOCKERFILE_NAME
from pnfilter.extraction.files import MAX_FILE_BYTES, Discovery, extension_of, is_filter_file
from pnfilter.extraction.imports import Imports, Modules
from pnfilter.extraction.languages import BY_EXTENSION
from pnfilter.extraction.object_calls import NEEDLES
from pnfilter.extraction.recognition import Signs
from pnfilter.extraction.result import ExtractedFilter, Outer
from pnfilter.extraction.settings import Settings, settings_near
from pnfilter.extraction.trees import leads_out, read_regular
from pnfilter.extraction.users import Users

#: Files in which a project lists the packages that it uses.
_PACKAGE_LISTS: Final = re.compile(
    r"package\.json|requirements[\w.-]*\.txt|pyproject\.toml|setup\.(?:py|cfg)|pipfile|environment\.ya?ml"
    r"|pom\.xml|build\.gradle(?:\.kts)?|libs\.versions\.toml|podfile|package\.swift|cartfile|.*\.podspec"
    r"|go\.mod|gemfile|.*\.gemspec|composer\.json|pubspec\.yaml|cargo\.toml|.*\.csproj|packages\.config"
    r"|manifest\.json|cmakelists\.txt",
    re.IGNORECASE,
)
_LEVELS_UP: Final = 6
#: Bytes of a file in which a zero byte marks it as binary.
_LOOKED_AT: Final = 8_192
#: Contents that make a file worth reading, in lower case.
_NEEDLES: Final = (
    b"pnfilter",
    *(f"filter{sign}expr".encode() for sign in ("", "-", "_")),
    *(
        f"{word}{sign}filter".encode()
        for word in ("pubnub", "stream", "subscribe")
        for sign in ("", "-", "_")
    ),
    *NEEDLES,
)
_FENCE: Final = re.compile(rb"(?<![`~])[`~]{3,}+[ \t]*+(?:pnfilter[- ])?filter")


class Project:
    """The files of some paths, and the filters of each, on request with what is not taken for one.

    ``notes`` has what was left out, ``left_out`` the same for the last file read, and
    ``unreadable`` the missing paths and the folders that can't be read.
    """

    def __init__(
        self, paths: Iterable[Path], settings: Settings, *, with_left_out: bool = False
    ) -> None:
        self.settings = settings
        self._with_left_out = with_left_out
        self._keys = frozenset(settings.keys)
        self._signs = Signs(settings.words)
        own = frozenset(map(normal, settings.keys))
        self._own_needles = [normal(key).encode() for key in settings.keys]
        discovery = Discovery(settings)
        named = list(paths)
        self._named = frozenset(named)
        #: The files, in the order of the paths.
        self.files: list[Path] = list(discovery.files(named))
        self.notes = discovery.notes
        self.left_out: list[str] = []
        self.unreadable = discovery.unreadable
        self._places: dict[Path, bool] = {}
        self._in_project: dict[Path, bool] = {}
        self._modules = Modules(lambda name: is_key(name) or normal(name) in own, named)
        self._users = Users(
            settings, self.files, lambda content: self._is_worth_reading(content.lower())
        )

    def _lists_the_sdk(self, path: Path) -> bool:
        if _PACKAGE_LISTS.fullmatch(path.name) is None or leads_out(path):
            return False
        try:
            content = _text_of(read_regular(path, MAX_FILE_BYTES))
        except OSError:
            return False
        return content is not None and self._signs.own(_decode(content))

    def _is_in_project(self, folder: Path) -> bool:
        """Return whether a package list in a folder, or above it, names the SDK."""
        known = self._in_project.get(folder)
        if known is None:
            known = False
            for place in (folder.resolve(), *folder.resolve().parents[:_LEVELS_UP]):
                known = known or self._has_list(place)
                if known or (place / ".git").exists():
                    break
            self._in_project[folder] = known
        return known

    def _has_list(self, place: Path) -> bool:
        """Return whether a package list in a folder names the SDK."""
        known = self._places.get(place)
        if known is None:
            try:
                known = any(self._lists_the_sdk(path) for path in place.iterdir())
            except OSError:
                known = False
            self._places[place] = known
        return known

    def filters(self, path: Path) -> Iterator[ExtractedFilter]:
        """Return the filters of one file, in its order; raise ``OSError`` if it can't be read."""
        self.left_out = []
        content = _content(path, path in self._named)
        plain = is_filter_file(path.name)
        if content is None:
            if plain or path in self._named:
                reason = f"no text, or longer than {MAX_FILE_BYTES:,} bytes"
                self.notes.append(f"{path} is not read: {reason}")
            return
        yield from self._filters_in(path, content)

    def filters_in(self, path: Path, content: bytes) -> list[ExtractedFilter]:
        """Return the filters that a file would have with this content."""
        self.left_out = []
        notes = len(self.notes)
        text = _text_of(content)
        found = [] if text is None else list(self._filters_in(path, text))
        del self.notes[notes:]
        return found

    def user_of(self, name: str, path: Path) -> str | None:
        """Return another file of the repository that uses a name and gives it no value itself.

        Only languages that use each other's names are searched, and without a repository only the
        files of this project.
        """
        return self._users.user_of(name, path)

    def _filters_in(self, path: Path, content: bytes) -> Iterator[ExtractedFilter]:
        plain = is_filter_file(path.name)
        if not (plain or self._is_worth_reading(content.lower())):
            return
        source = _decode(content)
        named = self._signs.own(source) or self._signs.own(path.name)
        in_project = named or self._is_in_project(path.parent)
        bounds = Bounds(len(source))
        extension = extension_of(path.name)
        spoken = BY_EXTENSION.get(extension)
        imports = None if spoken is None else self._modules.imports(path, source, spoken)
        known = in_project or self._with_left_out
        language, sites = self._sites(source, extension, bounds, imports, known=known)
        outer = Outer(str(path), source, language)
        found = []
        sites = list(sites)
        # A variable that such a call gets is a filter of App Context whatever its own name says.
        taken = {(site.made.starts[0], site.made.text) for site in sites if site.entity}
        for site in sites:
            if not site.entity and (site.made.starts[0], site.made.text) in taken:
                continue
            objection = ""
            if site.entity or f".{site.by}" not in FILTER_FILES:
                objection = self._signs.objection(
                    source, site, language, named=named, in_project=in_project
                )
            if self._with_left_out or not objection:
                found.append(
                    ExtractedFilter(
                        outer,
                        site.made,
                        site.by,
                        objection,
                        used=site.used,
                        entity=site.entity,
                        origin=None if imports is None else imports.origin_of(site.made.starts),
                    )
                )
        for place, note in bounds.notes:
            self.left_out.append(f"{path}:{position_of(place, outer.starts).line}: {note}")
        self.notes += self.left_out
        yield from sorted(found, key=lambda each: (each.line, each.column))

    def _is_worth_reading(self, content: bytes) -> bool:
        """Return whether a file, in lower case, has a name that holds a filter."""
        # A filter that a call gets without a name: `chat->get_users("name LIKE …")`.
        if (b"filter" in content or (b" like " in content and b"pubnub" in content)) and (
            any(needle in content for needle in _NEEDLES) or _FENCE.search(content) is not None
        ):
            return True
        bare = content.translate(None, b"-_") if self._own_needles else b""
        return any(needle in bare for needle in self._own_needles)

    def _sites(
        self,
        source: str,
        extension: str,
        bounds: Bounds,
        imports: Imports | None,
        *,
        known: bool,
    ) -> tuple[str, Iterable[Site]]:
        """Return a file's language and sites; code without a sign of the SDK has none."""
        name = _LANGUAGE_NAMES.get(extension, "")
        if extension in MARKDOWN:
            code = code_in_fences(source, self._keys, bounds) if known else ()
            blocks = code_in_blocks(source, extension, self._keys, bounds) if known else ()
            return name, chain(fences(source), code, blocks)
        if extension in FILTER_FILES:
            return name, whole(source, extension)
        if not known or not name:
            return name, ()
        if extension in SCRIPTS:
            return name, chain(in_addresses(source), line_sites(source, "environment", self._keys))
        if extension in JSON.extensions:
            return name, Sites(Code(source, JSON, bounds=bounds), self._keys | CONFIGURATION_KEYS)
        if extension in NOTEBOOKS:
            return name, notebook_sites(source, self._keys, bounds)
        if extension == DOCKERFILE:
            return name, dockerfile_sites(source, self._keys)
        language = BY_EXTENSION.get(extension)
        if language is None:
            recorded = in_addresses(source) if name == "YAML" else ()
            return name, chain(line_sites(source, name, self._keys), recorded)
        program = Code(source, language, bounds=bounds)
        if imports is not None:
            imports.follow_in(program)
        sites = Sites(program, self._keys)
        if extension in HTML:
            return name, chain(sites, code_in_blocks(source, extension, self._keys, bounds))
        return name, sites


_LANGUAGE_NAMES: Final = {
    **{extension: language.name for extension, language in BY_EXTENSION.items()},
    **{extension: layout.name for layout in LAYOUTS for extension in layout.extensions},
    **dict.fromkeys(JSON.extensions, JSON.name),
    DOCKERFILE: DOCKERFILE_NAME,
    **dict.fromkeys(MARKDOWN, "Markdown"),
    **dict.fromkeys(NOTEBOOKS, "notebooks"),
    **dict.fromkeys(FILTER_FILES, "filters"),
    **dict.fromkeys(SCRIPTS, "shell scripts"),
}


def language_of_file(path: Path) -> str:
    """Return the language of a file with that name; empty if it isn't read."""
    return _LANGUAGE_NAMES.get(extension_of(path.name), "")


def extract(
    *paths: str | PathLike[str], settings: Settings | None = None, left_out: bool = False
) -> Iterator[ExtractedFilter]:
    """Return the filters in source code, configuration and documents of files and folders.

    ::

        for found in pnfilter.extract("src"):
            print(found.path, found.line, found.column, found.text)

    With ``left_out`` also what a filter's name holds and is not taken for a filter; each says in
    ``left_out`` why. ``settings`` default to the project's (``pnfilter.extraction.settings``).
    Binary files, and those longer than ``MAX_FILE_BYTES``, have none. Parts left out because they
    would take too long are logged (``pnfilter.extraction.bounds``).

    Raise ``FileNotFoundError`` for a missing path, ``OSError`` for a file or a folder that can't be
    read, ``SettingsError`` for invalid settings.
    """
    if not paths:
        raise TypeError("extract needs the path of a file or of a folder")
    places = [Path(path) for path in paths]
    if settings is None:
        settings = settings_near(places[0])
    project = Project(places, settings, with_left_out=left_out)
    for error in project.unreadable:
        raise error
    for file in project.files:
        yield from project.filters(file)
        if project.left_out:
            import logging

            for note in project.left_out:
                logging.getLogger(__name__).warning("%s", note)


def _content(path: Path, is_named: bool) -> bytes | None:
    """Return the bytes of a file for ``_text_of``; a path that a user names may be a pipe."""
    if not is_named:
        return _text_of(read_regular(path, MAX_FILE_BYTES))
    with path.open("rb") as stream:
        return _text_of(stream.read(MAX_FILE_BYTES + 1))


def _text_of(content: bytes) -> bytes | None:
    """Return the content of a file, UTF-16 as UTF-8; None if it is too long or binary."""
    if len(content) > MAX_FILE_BYTES:
        return None
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return content.decode("utf-16", "replace").encode("utf-8")
    return None if b"\0" in content[:_LOOKED_AT] else content


def _decode(content: bytes) -> str:
    """Decode UTF-8; in an older encoding each byte is a character, so that positions hold."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return text.removeprefix("\ufeff")
