"""Constants that a file of Python, JavaScript or TypeScript imports from another one."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from pnfilter.diagnostics import Position, position_of
from pnfilter.extraction.bounds import TooMuchWorkError
from pnfilter.extraction.code import Code, SourceRange
from pnfilter.extraction.expressions import Evaluator
from pnfilter.extraction.files import MAX_FILE_BYTES
from pnfilter.extraction.languages import BY_EXTENSION, Language
from pnfilter.extraction.pieces import Literal
from pnfilter.extraction.tokens import starts_of_lines
from pnfilter.extraction.trees import leads_out, read_regular, repository_of

#: Constants of a file that may be imported, and characters of the longest.
MAX_CONSTANTS: Final = 1_000
MAX_LENGTH: Final = 5_000
#: Folders above a file in which a module of Python may begin.
_LEVELS_UP: Final = 6
_SCRIPTS: Final = ("JavaScript", "TypeScript", "scripts in markup")
_ENDINGS: Final = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts")
#: ``import Default, { A, B as C } from "./module"``, and the same with ``require``.
_IMPORT: Final = re.compile(
    r"""\bimport\s(?:[\s\w$]{0,100},)?\s*\{(?P<names>[^{}"'`;]*)\}\s*from\s*["'](?P<module>\.[^"'\r\n]*)["']"""
    r"""|\b(?:const|let|var)\s*\{(?P<taken>[^{}"'`;]*)\}\s*=\s*require\(\s*["'](?P<required>\.[^"'\r\n]*)["']"""
)
#: ``from .module import A, B as C``, also with the names in parentheses.
_FROM: Final = re.compile(
    r"^[ \t]*from[ \t]+(?P<module>[.\w]+)[ \t]+import[ \t]*"
    r"(?:\((?P<several>(?:[^()#]|#[^\r\n]*+)*+)\)|(?P<names>[^(\r\n]*))",
    re.MULTILINE,
)
#: Words before a name that they declare, and before parentheses without parameters.
_DECLARING: Final = frozenset("const let var as function class def import".split())
_CONDITIONS: Final = frozenset("if while for switch with".split())
#: Tokens before a name in which its ``lambda`` or ``for`` is searched, and brackets round it.
_MAX_HEAD: Final = 20
_MAX_PATTERN: Final = 5
_NAME: Final = re.compile(r"\s*(?:type\s+)?(\w+)(?:\s*(?:\bas\b|:)\s*(\w+))?\s*")
_COMMENT: Final = re.compile(r"#[^\r\n]*")


class _Imported(NamedTuple):
    """A module, the name of a constant in it, and where it is imported."""

    module: str
    name: str
    place: SourceRange


class Origin(NamedTuple):
    """The file that holds the text of an imported constant, and where the text is in it."""

    path: str
    position: Position


class Constant(NamedTuple):
    """A constant's text, and where it is."""

    text: str
    origin: Origin


class Modules:
    """The constants of files that others import, each file read once.

    ``is_key`` is whether a name holds a filter by itself: that one is found in its own file.
    Without a repository the files are those of the folder that ``named`` has.
    """

    def __init__(self, is_key: Callable[[str], bool], named: Iterable[Path]) -> None:
        self._is_key = is_key
        self._named = named
        self._folders: list[Path] | None = None
        #: By path, and by time and size, as ``check --fix`` may write the file.
        self._constants: dict[tuple[object, ...], dict[str, Constant]] = {}
        self._places: dict[tuple[Path, str, bool], Path | None] = {}
        self._repositories: dict[Path, str] = {}

    def imports(self, path: Path, source: str, language: Language) -> Imports | None:
        """Return what a file imports; None for a language whose imports are not followed."""
        if language.name not in (*_SCRIPTS, "Python"):
            return None
        return Imports(self, path, source, is_python=language.name == "Python")

    def constant(self, path: Path, module: str, name: str, *, is_python: bool) -> Constant | None:
        """Return a constant of the module that a file names so; None if that is not certain."""
        if self._is_key(name):
            return None
        key = path.parent, module, is_python
        if key not in self._places:
            find = _python_module if is_python else _script_module
            self._places[key] = self._allowed(path, [*find(path.parent, module)])
        place = self._places[key]
        if place is None:
            return None
        try:
            state = place.stat()
        except OSError:
            return None
        version = place, state.st_mtime_ns, state.st_size
        if version not in self._constants:
            self._constants[version] = _constants_of(place)
        return self._constants[version].get(name)

    def _allowed(self, path: Path, found: list[Path]) -> Path | None:
        """Return the one file found if it is in the repository of the file that names it."""
        if len(found) != 1:
            return None
        folder = path.parent.resolve()
        if folder not in self._repositories:
            self._repositories[folder] = repository_of(str(folder)) or self._folder_of(folder)
        root = Path(self._repositories[folder])
        real = found[0].resolve()
        if not real.is_relative_to(root) or leads_out(found[0]):
            return None
        hidden = any(part.startswith(".") for part in real.relative_to(root).parts)
        return None if hidden else found[0]

    def _folder_of(self, folder: Path) -> str:
        """Return the named folder that one is in; itself if there is none."""
        if self._folders is None:
            self._folders = [each.resolve() for each in self._named if each.is_dir()]
        around = (each for each in self._folders if folder.is_relative_to(each))
        return str(next(around, folder))


class Imports:
    """The names that a file has from others. ``origins`` is whose text is at which place of it."""

    def __init__(self, modules: Modules, path: Path, source: str, *, is_python: bool) -> None:
        self.origins: dict[int, Origin] = {}
        self._modules = modules
        self._path = path
        self._source = source
        self._is_python = is_python
        self._code: Code | None = None
        self._names: dict[str, _Imported] | None = None
        self._bound: dict[str, bool] = {}

    def follow_in(self, code: Code) -> None:
        """Follow the names of the file's program."""
        self._code = code
        code.of_other_file = self.text_of

    def origin_of(self, starts: Sequence[int]) -> Origin | None:
        """Return whose text the characters at some places are, as far as any is another file's."""
        return next((self.origins[each] for each in starts if each in self.origins), None)

    def text_of(self, name: str, start: int, end: int) -> Literal | None:
        """Return the text of an imported name, all of it at the place where the name is used."""
        if self._names is None:
            find = _from_python if self._is_python else _from_scripts
            self._names = {}
            for local, each in find(self._source):
                known = self._names.setdefault(local, each)
                if known[:2] != each[:2]:
                    # Which of two modules it is from depends on more than the file.
                    self._names[local] = _Imported("", "", known.place)
        found = self._names.get(name)
        if found is None or not found.module or self._is_bound(name, found.place):
            return None
        constant = self._modules.constant(
            self._path, found.module, found.name, is_python=self._is_python
        )
        if constant is None:
            return None
        self.origins[start] = constant.origin
        length = len(constant.text)
        return Literal(constant.text, [start] * length, [end] * length)

    def _is_bound(self, name: str, place: SourceRange) -> bool:
        """Return whether a parameter or a loop of the file has the same name."""
        code = self._code
        if code is None:
            return True
        if name not in self._bound:
            first, last = place
            places = code.places(name)
            code.bounds.spend(len(places))
            self._bound[name] = any(
                binds(code, each) for each in places if not first <= code.tokens[each].start < last
            )
        return self._bound[name]


def binds(code: Code, index: int) -> bool:
    """Return whether a name is one that a function, a loop or a block declares."""
    if code.op(index + 1) == "=>" or code.name(index - 1) in _DECLARING:
        return True
    if code.language.name == "Python":
        return _binds_in_python(code, index)
    opening = index
    for _ in range(_MAX_PATTERN):
        opening = code.around[opening]
        if opening < 0:
            break
        if code.op(opening) == "(":
            is_condition = code.name(opening - 1) in _CONDITIONS
            behind = code.op(code.after(opening))
            return not is_condition and behind in ("=>", "{", ":")
        if code.name(opening - 1) in _DECLARING:
            return True
    return False


def _binds_in_python(code: Code, index: int) -> bool:
    """Return whether a name is one of ``def f(name)``, ``lambda name:`` or ``for name in``."""
    around = code.around[index]
    if around >= 0 and code.name(around - 2) == "def":
        return True
    if not (code.op(index + 1) in (",", ":", "=", ")") or code.name(index + 1) == "in"):
        return False
    for each in range(index - 1, max(-1, index - _MAX_HEAD), -1):
        if code.name(each) in ("lambda", "for"):
            return True
        if code.name(each) == "in" or code.op(each) == ":" or each in code.firsts:
            break
    return False


def _from_scripts(source: str) -> Iterator[tuple[str, _Imported]]:
    """Yield the names that a file of JavaScript imports, with what they are."""
    for match in _IMPORT.finditer(source):
        module = match["module"] or match["required"]
        for other, local in _names(match["names"] or match["taken"] or ""):
            yield local, _Imported(module, other, match.span())


def _from_python(source: str) -> Iterator[tuple[str, _Imported]]:
    """Yield the same of a file of Python."""
    for match in _FROM.finditer(source):
        names = _COMMENT.sub("", match["several"] or match["names"] or "")
        for other, local in _names(names):
            yield local, _Imported(match["module"], other, match.span())


def _names(listed: str) -> Iterator[tuple[str, str]]:
    for each in listed.split(","):
        match = _NAME.fullmatch(each)
        if match is not None:
            yield match[1], match[2] or match[1]


def _script_module(folder: Path, module: str) -> Iterator[Path]:
    """Yield the file that a relative module of JavaScript or TypeScript is."""
    place = Path(os.path.normpath(folder / module))
    places = [place] if place.suffix in _ENDINGS else []
    if place.suffix in (".js", ".mjs", ".cjs", ".jsx"):
        # TypeScript names the file that is made of another.
        places.append(place.with_suffix(place.suffix.replace("j", "t", 1)))
    places += [place.with_name(place.name + ending) for ending in _ENDINGS]
    places += [place / f"index{ending}" for ending in _ENDINGS]
    yield from [each for each in places if each.is_file()][:1]


def _python_module(folder: Path, module: str) -> Iterator[Path]:
    """Yield the files that a module of Python may be, in one of the folders above."""
    name = module.lstrip(".")
    level = len(module) - len(name)
    if not name:
        return
    above = [Path(os.path.normpath(folder / ("../" * number))) for number in range(_LEVELS_UP + 1)]
    starts = above[level - 1 : level] if level else above
    for start in starts:
        place = start.joinpath(*name.split("."))
        for each in (place.with_name(place.name + ".py"), place / "__init__.py"):
            if each.is_file():
                yield each
        if not level and (start / ".git").exists():
            break


def _constants_of(path: Path) -> dict[str, Constant]:
    """Return the names of a file that have one text, outside of functions and blocks."""
    language = BY_EXTENSION.get(path.suffix.lower())
    if language is None:
        return {}
    try:
        content = read_regular(path, MAX_FILE_BYTES)
    except OSError:
        return {}
    if len(content) > MAX_FILE_BYTES or b"\0" in content:
        return {}
    source = content.decode("utf-8", "replace").removeprefix("\ufeff")
    code = Code(source, language)
    evaluator = Evaluator(code)
    try:
        return dict(_evaluated(code, evaluator, str(path)))
    finally:
        evaluator.forget()


def _evaluated(code: Code, evaluator: Evaluator, path: str) -> Iterator[tuple[str, Constant]]:
    starts = starts_of_lines(code.source)
    number = 0
    for index, token in enumerate(code.tokens):
        if code.around[index] >= 0 or not code.name(index) or code.op(index + 1) not in ("=", ":"):
            continue
        code.bounds.start()
        try:
            definitions = code.definitions(token.value)
            if len(definitions) != 1 or definitions[0].at != index or definitions[0].adds:
                continue
            if code.function_of(index) >= 0:
                continue
            ways = evaluator.ways(definitions[0].start, definitions[0].end)
        except TooMuchWorkError:
            if code.bounds.is_used_up:
                return
            continue
        if len(ways) != 1 or not all(isinstance(piece, Literal) for piece in ways[0]):
            continue
        pieces = [piece for piece in ways[0] if isinstance(piece, Literal) and piece.text]
        text = "".join(piece.text for piece in pieces)
        if not text or len(text) > MAX_LENGTH:
            continue
        yield token.value, Constant(text, Origin(path, position_of(pieces[0].starts[0], starts)))
        number += 1
        if number == MAX_CONSTANTS:
            return
