"""Filters as people write them, made up from a seed: the same seed gives the same list.

The shapes are those seen in public code and documentation, in about the shares they have there:
skipping one's own messages, one field against a text or a number, two or three clauses, a set,
a pattern, a range, a long list of alternatives. Nine in a hundred hold a usual mistake (a single
``=``, an unquoted word, a word of SQL, a lost bracket or quote, a ``%`` as wildcard), so that
reporting is measured too. Names, texts and numbers vary, so that hardly any two are equal.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

DEFAULT_SEED = 20180207
_NAMES = """
    region priority type language status sender role room team level kind source userId device
    severity category city version channelType isBot score price temperature retries tags
""".split()
_WORDS = """
    us-east-1 eu-west-2 high low urgent en fr pt-br spanish typing text image alert open closed
    moderator admin guest sensor mobile web news sports weather lobby general anonymous beta
""".split()
#: A weight, and a text with holes.
RIGHT = (
    (16, "uuid != '{id}'"),
    (14, '{path} == "{word}"'),
    (10, "{path} != '{word}'"),
    (9, "{number_path} {order} {number}"),
    (9, '{path} == "{word}" && {number_path} {order} {number}'),
    (6, "({path} == '{word}' || {path} == '{word}') && {path} != '{id}'"),
    (6, '("{word}", "{word}", "{word}") CONTAINS {path}'),
    (5, '{path} CONTAINS "{word}"'),
    (5, "{path} LIKE '{word}*'"),
    (4, "{number_path} >= {small} && {number_path} < {number}"),
    (3, "!({path} == '{word}') && {path} CONTAINS '{word}'"),
    (2, "{many}"),
    (2, "data.items[{digit}].{name} == '{word}' && meta[\"{word}\"] != '{id}'"),
)
MISTAKEN = (
    (3, "{path}={name}"),
    (2, "{path} == {name}"),
    (1, "{path} == '{word}' AND {path} == '{word}'"),
    (1, "({path} == '{word}' && {number_path} > {number}"),
    (1, "{path} == '{word} && {path} > {number}"),
    (1, "{path} LIKE '%{word}%'"),
)


class _Fields(dict[str, str]):
    """Fills the holes of a shape, each with something new."""

    def __init__(self, source: random.Random) -> None:
        super().__init__()
        self.source = source
        # A filter is of one generation: bare names, or names with a prefix.
        self.prefixes = source.choice((("",), ("meta.", "data.", "data.user.")))

    def __missing__(self, hole: str) -> str:
        source = self.source
        match hole:
            case "id":
                return f"{source.choice(('user', 'pn', 'client'))}-{source.getrandbits(48):012x}"
            case "word":
                return source.choice(_WORDS)
            case "name":
                return source.choice(_NAMES)
            case "path" | "number_path":
                return source.choice(self.prefixes) + source.choice(_NAMES)
            case "order":
                return source.choice(("<", "<=", ">", ">="))
            case "number":
                return source.choice((f"{source.randint(10, 9999)}", f"{source.random() * 90:.2f}"))
            case "small" | "digit":
                return str(source.randint(0, 9))
            case "many":
                path = self["path"]
                return " || ".join(f"{path} == '{self['word']}{n}'" for n in range(12))
            case _:
                raise KeyError(hole)


def generate(
    count: int, seed: int = DEFAULT_SEED, shapes: Sequence[tuple[int, str]] = ()
) -> list[str]:
    """``count`` filters, one line each, of ``shapes`` or of all there are."""
    source = random.Random(seed)
    weights, shapes = zip(*(shapes or (*RIGHT, *MISTAKEN)), strict=True)
    return [shape.format_map(_Fields(source)) for shape in source.choices(shapes, weights, k=count)]
