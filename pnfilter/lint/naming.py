"""What the name of a field gives away: it was meant for something else."""

from __future__ import annotations

from pnfilter.syntax.nodes import Expression, Path, is_bare_name

#: Fields of the envelope: no filter reads them (documented, live).
ENVELOPE_FIELDS = frozenset({"channel", "publisher", "timetoken", "messageType"})
#: Dates of App Context, which are called so without anything before them.
APP_CONTEXT_DATES = frozenset({"updated", "eTag"})
#: What App Context calls its own fields: another filter language of the same vendor.
_APP_CONTEXT_ROOTS = frozenset({"uuid", "channel"})
_APP_CONTEXT_FIELDS = frozenset(
    {"id", "name", "custom", "updated", "eTag", "externalId", "profileUrl", "email", "description"}
)
#: Words that are a misspelt or a foreign prefix, with the prefix meant.
PREFIXES = {
    "dat": "data",
    "dta": "data",
    "daat": "data",
    "datas": "data",
    "payload": "data",
    "mta": "meta",
    "mata": "meta",
    "metta": "meta",
    "emta": "meta",
    "adta": "data",
    "dataa": "data",
    "met": "meta",
    "metas": "meta",
    "metadata": "meta",
    "meta_data": "meta",
}


def is_bare_word(node: Expression) -> bool:
    """One name without prefix, steps or brackets."""
    return is_bare_name(node) and not node.brackets


def is_notable(path: Path) -> bool:
    """Whether a path without prefix is more than a name of the application's own."""
    name = path.keys[0]
    return len(path.keys) > 1 or name in ENVELOPE_FIELDS or name in APP_CONTEXT_DATES


def is_envelope_field(path: Path) -> bool:
    """A bare name that looks like a field of the envelope, or like a prefix for the message."""
    if path.prefix:
        return False
    if len(path.keys) == 1:
        return path.keys[0] in ENVELOPE_FIELDS
    return path.keys[0] == "message"


def is_prefix_mistake(path: Path) -> bool:
    """Whether the first word of a path is a prefix in capitals, misspelt or of another language."""
    word = str(path.keys[0]).lower() if len(path.keys) > 1 and not path.prefix else ""
    return word in {"data", "meta"} or word in PREFIXES


def is_app_context(path: Path) -> bool:
    """Whether a bare path is one of App Context, whatever it is compared with."""
    if path.prefix or len(path.keys) < 2:
        return False
    first, second = path.keys[:2]
    return first == "custom" or (first in _APP_CONTEXT_ROOTS and second in _APP_CONTEXT_FIELDS)


def is_something_else(path: Path) -> bool:
    """Whether a lint tells what a notable path was meant for."""
    return is_envelope_field(path) or is_prefix_mistake(path) or is_app_context(path)
