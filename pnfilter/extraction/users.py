"""Which other files of a repository use the name of a constant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from pnfilter.extraction.files import MAX_FILE_BYTES, Discovery
from pnfilter.extraction.settings import Settings
from pnfilter.extraction.trees import read_regular, repository_of

#: Extensions of languages that use each other's names.
_FAMILIES: Final = (
    (".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".svelte", ".html"),
    (".java", ".kt", ".kts", ".groovy", ".scala", ".sc"),
    (".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".m", ".mm", ".swift"),
    (".py", ".pyi", ".ipynb"),
)
_FAMILY_OF: Final = {suffix: family[0] for family in _FAMILIES for suffix in family}
#: Names for which all files are read. For the next, the words of all files are noted, once.
DIRECT: Final = 2
#: Names that are noted; of others it is not said which files use them.
MAX_NAMES: Final = 500_000
#: A word, with its letters beyond ASCII, and one that is given a value, with a type of some
#: characters at most.
_WORD: Final = re.compile(rb"(?<![\w$\x80-\xff])[\w\x80-\xff]++")
_GIVEN: Final = re.compile(
    rb"(?<![\w$\x80-\xff])([\w\x80-\xff]++)(?=\s*+(?:[:?][^=\n]{0,200})?=(?!=))"
)
#: Files of which each word keeps the names: one may be the file that asks.
_KEPT: Final = 2


class Users:
    """Finds another file that uses a name and gives it no value itself.

    ``files`` are those of the project, which is searched where there is no repository;
    ``may_ask`` is whether a content may have names that are asked for.
    """

    def __init__(
        self, settings: Settings, files: Sequence[Path], may_ask: Callable[[bytes], bool]
    ) -> None:
        self._settings = settings
        self._files = files
        self._may_ask = may_ask
        self._repositories: dict[str | None, _Repository] = {}
        self._names: frozenset[bytes] | None = None

    def user_of(self, name: str, path: Path) -> str | None:
        """Return such a file, of the repository that ``path`` is in; None if there is none.

        Only languages that use each other's names are searched. Beyond ``MAX_NAMES`` names it
        is the folder, as any may use it.
        """
        root = repository_of(str(path.parent.resolve()))
        repository = self._repositories.get(root)
        if repository is None:
            files = (
                self._files if root is None else [*Discovery(self._settings).files([Path(root)])]
            )
            repository = self._repositories[root] = _Repository(files)
        word = name.encode()
        if repository.searches >= DIRECT:
            if self._names is None:
                self._names = self._names_that_may_be_asked_for()
            if word not in self._names and len(self._names) >= MAX_NAMES:
                return root or str(path.parent)
            if word in self._names:
                return _shown(repository.noted(word, path, self._names), root)
        return _shown(repository.search(word, path), root)

    def _names_that_may_be_asked_for(self) -> frozenset[bytes]:
        names: set[bytes] = set()
        for file in self._files:
            content = _read(file)
            if content is not None and self._may_ask(content):
                names.update(_WORD.findall(content))
                if len(names) >= MAX_NAMES:
                    break
        return frozenset(names)


class _Repository:
    """Files that may use each other's names."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.searches = 0
        self._files = files
        self._noted: dict[str, dict[bytes, list[Path]]] = {}

    def search(self, word: bytes, path: Path) -> Path | None:
        """Read the files for one word."""
        self.searches += 1
        for other in self._of_family(_family(path)):
            content = None if _is_same(other, path) else _read(other)
            if content is not None and word in content and word in _used(content):
                return other
        return None

    def noted(self, word: bytes, path: Path, names: frozenset[bytes]) -> Path | None:
        """Look for a word in what is noted of all files."""
        family = _family(path)
        if family not in self._noted:
            self._noted[family] = self._users(family, names)
        users = self._noted[family].get(word, ())
        return next((each for each in users if not _is_same(each, path)), None)

    def _users(self, family: str, names: frozenset[bytes]) -> dict[bytes, list[Path]]:
        users: dict[bytes, list[Path]] = {}
        wanted = set(names)
        for other in self._of_family(family):
            content = _read(other)
            for word in wanted & _used(content) if content else ():
                found = users.setdefault(word, [])
                found.append(other)
                if len(found) == _KEPT:
                    wanted.discard(word)
        return users

    def _of_family(self, family: str) -> Iterator[Path]:
        return (each for each in self._files if _family(each) == family)


def _family(path: Path) -> str:
    suffix = path.suffix.lower()
    return _FAMILY_OF.get(suffix, suffix)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.name == other.name and one.samefile(other)
    except OSError:
        return False


def _read(path: Path) -> bytes | None:
    try:
        return read_regular(path, MAX_FILE_BYTES)
    except OSError:
        return None


def _used(content: bytes) -> set[bytes]:
    """Return the words of a file that it gives no value."""
    return {*_WORD.findall(content)}.difference(_GIVEN.findall(content))


def _shown(user: Path | None, root: str | None) -> str | None:
    """Return the path of a file as messages name it."""
    if user is None:
        return None
    return str(user if root is None else user.relative_to(root))
