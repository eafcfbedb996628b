"""Paths, and brackets that are not valid in the language."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pnfilter.diagnostics import Edit, Fix, Span
from pnfilter.syntax.lexer import (
    BAD_CHARACTER,
    BAD_NUMBER,
    BAD_QUOTES,
    BAD_TEXT,
    END,
    QUOTED,
    Token,
)
from pnfilter.syntax.nodes import quote
from pnfilter.syntax.recovery.characters import STUCK_KEYWORD, bad_number, bad_token
from pnfilter.syntax.recovery.state import (
    COMPARATORS,
    NAMES,
    Repair,
)
from pnfilter.wording import shorten

#: Signs between the steps of a path in other languages, in place of a dot or beside it.
_SEPARATOR = re.compile(
    r"(?:\?\.|[?!]|!!)(?=\[)|(?:[?!&]|!!)\.(?=[A-Za-z_])|(?:->|::)(?=[A-Za-z_])|->>?(?=[\"'])"
)
_QUOTED = re.compile(QUOTED)
#: A key with a mark before it, as JSON-LD and XML made JSON have: ``@type``, ``$id``, ``#text``.
_MARKED = re.compile(r"[@$#][A-Za-z_][A-Za-z0-9_]*")
#: Names of a loop's counter, which is no key.
_COUNTERS = frozenset("i j k n idx index".split())


def separator(repair: Repair, token: Token) -> bool:
    """Report ``data?.mag``, ``data!!.mag``, ``data->mag`` and ``data::mag``, all of one kind."""
    sign = _separator(repair, repair.position) if repair.after_operand else ""
    if not sign:
        return False
    start, end = token.start, token.start + len(sign)
    kind = sign[:2]
    if kind not in repair.separators:
        repair.separators.add(kind)
        signs = (
            (each.start, _separator(repair, index))
            for index, each in enumerate(repair.tokens[repair.position :], repair.position)
            if repair.text.startswith(kind, each.start)
        )
        places = [Span(place, place + len(sign)) for place, sign in signs if sign[:2] == kind]
        edits = [edit for place in places for edit in _step_after(repair, place)]
        meant = {".": "write `.`", "[": "write the key in brackets"}.get(edits[0].text, "remove it")
        fix = Fix(tuple(edits), safe=sign == "?.")
        repair.error("E215", f"`{sign}` is not allowed in a path", Span(start, end), meant, fix)
    repair.skip_to(end)
    key = repair.peek()
    if key.kind == "TEXT":
        repair.position += 1
        repair.push("LSQB", start, end)
        repair.push(*key)
        repair.push("RSQB", key.end, key.end)
    elif key.kind in NAMES:
        repair.position += 1
        repair.push("DOT", start, end)
        repair.push("NAME", key.start, key.end)
    return True


def _step_after(repair: Repair, place: Span) -> list[Edit]:
    """What makes a step of the path of a sign and what follows it."""
    quoted = _QUOTED.match(repair.text, place.end)
    if quoted:
        return [Edit(place, "["), Edit(Span(quoted.end(), quoted.end()), "]")]
    return [Edit(place, "" if repair.text[place.end] == "[" else ".")]


def _separator(repair: Repair, index: int) -> str:
    """The sign that parts the steps of a path, if one begins with this token."""
    token, last = repair.tokens[index], repair.tokens[index - 1]
    if index == 0 or last.end != token.start or last.kind not in {*NAMES, "RSQB", "TEXT"}:
        return ""
    match = _SEPARATOR.match(repair.text, token.start)
    sign = match[0] if match else ""
    if last.kind == "TEXT" and sign[:2] != "->":
        return ""
    # Behind more than the prefix it is a cast of SQL.
    return "" if sign == "::" and repair.word(last) not in {"data", "meta"} else sign


#: A variable of another language, with its steps: ``$message->data->mag``, ``@event.mag``.
_VARIABLE = re.compile(
    r"([$@:])([A-Za-z_]\w*)"
    r"((?:(?:->|\.)[A-Za-z_]\w*|\[(?:\d+|'[^'\r\n]*'|\"[^\"\r\n]*\")\])+)(?![\w(])"
)
#: Names of a message in programs; others are of what it is compared with.
_MESSAGES = frozenset({"data", "meta", "message", "msg", "event", "payload", "request", "m", "e"})


def variable(repair: Repair, token: Token) -> bool:
    """Report ``$data->mag``, ``@event.data.mag`` and ``:user.id`` as a whole."""
    if repair.after_operand or repair.slice(token)[:1] not in {"$", "@", ":"}:
        return False
    found = _VARIABLE.match(repair.text, token.start)
    if found is None:
        return False
    sign, name, written = found.groups()
    if "->" not in written and sign != ":" and name in {"data", "meta"}:
        return False
    span = Span(*found.span())
    steps = written.replace("->", ".")
    named = f"{name}{steps}"
    if name not in {"data", "meta"}:
        named = re.sub(r"\Adata\.(?=(?:data|meta)[.\[])", "", f"data{steps}")
    if name not in _MESSAGES and repair.clauses[-1].comparator is not None:
        repair.error("E111", f"`{shorten(found[0])}` was not filled in", span, _FILL_IN)
        repair.skip_to(span.end)
        repair.push("TEXT", *span)
        return True
    message = f"`{shorten(found[0])}` is a variable of a program"
    fix = Fix((Edit(span, named),), safe=False)
    repair.error("E215", message, span, f"write {shorten(named)}", fix)
    repair.skip_to(span.end)
    repair.push("NAME", *span)
    return True


#: A name between two signs of a kind: ``%mag%`` of a shell, ``|data.mag|`` of mathematics.
_BETWEEN_SIGNS = re.compile(r"([%|])[ \t]*([A-Za-z_][\w.]*)[ \t]*\1(?![|\w])")


def between_signs(repair: Repair, token: Token) -> bool:
    """Report ``%mag%`` and ``|data.mag|``."""
    found = None if repair.after_operand else _BETWEEN_SIGNS.match(repair.text, token.start)
    if found is None:
        return False
    span, name = Span(*found.span()), found[2]
    if found[1] == "%":
        repair.error("E111", f"`{shorten(found[0])}` was not filled in", span, _FILL_IN)
        repair.skip_to(span.end)
        repair.push("TEXT", *span)
        return True
    message = f"`{shorten(found[0])}`: the language has no absolute values"
    help = f"write two comparisons: {shorten(name)} > 5 || {shorten(name)} < -5"
    repair.error("E216", message, span, help)
    repair.skip_to(span.end)
    repair.push("NAME", *span)
    return True


_FILL_IN = "insert the value, quoted, before you send the filter: template and F do both"
_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
#: A key between backticks, as SQL and Kotlin have it.
_BACKTICKED = re.compile(r"`[^`\"'\\\r\n]+`")


def path_step(repair: Repair, token: Token) -> bool:
    if token.kind == "DOT":
        return dot(repair, token)
    if token.kind == "LSQB" and repair.out and repair.out[-1].kind in {"NAME", "RSQB"}:
        return subscript(repair, token)
    if token.kind == "LSQB" and repair.after_operand:
        group = repair.group()
        span = Span(token.start, group[-1].end if group else token.end)
        message = f"`{shorten(repair.text[span.start : span.end])}` doesn't follow a path"
        repair.error("E215", message, span, "only a path has keys and indexes")
        repair.position += len(group) or 1
        return True
    return False


def dot(repair: Repair, token: Token) -> bool:
    key = repair.peek(1)
    if not repair.after_operand and key.kind == "NUMBER" and key.start == token.end:
        bad_number(repair, Token(BAD_NUMBER, token.start, key.end))
        repair.position += 1
        repair.value(token, key.end)
        return True
    if not repair.after_operand:
        repair.error(
            "E215",
            "a path can't begin with `.`",
            Span(token.start, token.end),
            "write data.… or meta.…",
        )
        repair.position += 1
        return True
    if repair.out[-1].kind not in {"NAME", "RSQB"}:
        span = Span(token.start, token.end)
        repair.error("E219", "`.` doesn't follow a path", span, "only a path has keys and indexes")
        repair.position += 2
        return True
    if key.kind in NAMES:
        repair.position += 2
        repair.push(*token)
        repair.push("NAME", key.start, key.end)
        return True
    marked = _MARKED.match(repair.text, token.end) or _BACKTICKED.match(repair.text, token.end)
    if marked:
        # `data.@type`, and a key between backticks
        span = Span(token.start, marked.end())
        key_of_it = marked[0].strip("`")
        step = f".{key_of_it}" if _WORD.fullmatch(key_of_it) else f'["{key_of_it}"]'
        message = f"`{shorten(key_of_it)}` can't follow a dot"
        if marked.re is _BACKTICKED:
            message = f"`{shorten(key_of_it)}` is between backticks"
        bracketed = Fix((Edit(span, step),), safe=False)
        repair.error("E215", message, Span(*marked.span()), f"write {shorten(step)}", bracketed)
        repair.skip_to(span.end)
        repair.push("DOT", token.start, token.end)
        repair.push("NAME", *marked.span())
        return True
    if key.kind == BAD_CHARACTER and repair.slice(key)[0].isalpha():
        repair.position += 1
        repair.push(*token)
        return True
    span = Span(token.start, key.end)
    written = repair.slice(key)
    if key.kind == "STAR":
        path_wildcard(repair, span)
    elif key.kind in {"NUMBER", BAD_NUMBER, "TEXT"}:
        step = f"[{written}]" if key.kind == "TEXT" else steps(written)
        # Beside a space it may be a fraction, or the dot the end of a word. A following dash or
        # colon may belong to the key, and a final keyword may not.
        is_joined = repair.out[-1].end == token.start and token.end == key.start
        is_joined = is_joined or key.kind == "TEXT"
        safe = is_joined and repair.text[key.end : key.end + 1] not in {"-", ":"}
        safe = safe and STUCK_KEYWORD.fullmatch(written) is None
        fix = Fix((Edit(span, step),), safe) if step else None
        repair.error(
            "E215",
            f"`{shorten(written)}` can't follow a dot",
            Span(key.start, key.end),
            f"write {shorten(step)}" if step else "name the key",
            fix,
        )
    elif key.kind == "LSQB":
        dot = Span(token.start, token.end)
        repair.error(
            "E215",
            "`.` is not allowed before a bracket",
            dot,
            "remove the dot",
            Fix((Edit(dot, ""),)),
        )
        repair.position += 1
        return True
    else:
        span = Span(token.start, token.end)
        repair.error("E215", "`.` has no key after it", span, "name the key")
        # A sign in its place is no operator.
        is_sign = key.start == token.end and key.kind in {BAD_CHARACTER, "PERCENT", "CARET"}
        repair.position += 2 if is_sign else 1
        return True
    repair.position += 2
    return True


def steps(written: str) -> str:
    """Rewrite steps after a dot that begin with a digit, in brackets; empty if one is missing.

    ``10.name`` is an index and a key: ``[10].name``.
    """
    parts = written.split(".")
    return "".join(map(_step, parts)) if all(parts) else ""


def _step(part: str) -> str:
    if re.fullmatch(r"0|[1-9][0-9]*", part):
        return f"[{part}]"
    return f'["{part}"]' if part[0].isdigit() else f".{part}"


def path_wildcard(repair: Repair, span: Span) -> None:
    tokens = repair.operand_tokens()
    written = repair.text[tokens[0].start if tokens else span.start : span.end]
    message = f"`{shorten(written)}` has a wildcard; a path names one field"
    repair.error("E209", message, span, "name the field, as in data.title")


def subscript(repair: Repair, token: Token) -> bool:
    """``[`` after a path: an index or a quoted key, and ``]``."""
    inner, closing = repair.peek(1), repair.peek(2)
    if inner.kind in {"TEXT", "NUMBER", BAD_QUOTES} and closing.kind == "RSQB":
        if inner.kind == BAD_QUOTES:
            repair.position += 1
            repair.push(*token)
            bad_token(repair, inner)
        else:
            if repair.slice(token) == "{":
                _key_in_braces(repair, Span(token.start, closing.end), repair.slice(inner))
            repair.push(*token)
            repair.push(*inner)
            repair.position += 2
        repair.position += 1
        repair.push(*closing)
        return True
    if repair.slice(inner)[:1] == "?" and (group := repair.group()):
        # JSONPath selects elements so.
        path_wildcard(repair, Span(token.start, group[-1].end))
        repair.position += len(group)
        return True
    if open_key(repair, token):
        return True
    ahead = 1
    while repair.peek(ahead).kind not in {"RSQB", END, "AND", "OR", BAD_TEXT, *COMPARATORS}:
        ahead += 1
    if repair.peek(ahead).kind != "RSQB":
        repair.never_closed(token)
        repair.position += 1
        if inner.kind in {"TEXT", "NUMBER", *NAMES}:
            repair.position += 1
        return True
    span = Span(inner.start, repair.peek(ahead).start)
    written = repair.text[span.start : span.end].strip()
    if ahead == 2 and inner.kind in NAMES:
        fix = Fix((Edit(Span(inner.start, inner.end), quote(written)),), written not in _COUNTERS)
        message = f"the key `{shorten(written)}` has no quotes"
        repair.error("E215", message, span, f'write ["{shorten(written)}"]', fix)
    elif written == "*":
        path_wildcard(repair, Span(token.start, repair.peek(ahead).end))
    else:
        shown = f"`{shorten(written)}`" if written else "`[]`"
        repair.error(
            "E215",
            f"{shown} is neither a key nor an index",
            Span(token.start, repair.peek(ahead).end),
            'write an integer from 0, or a quoted key: ["my-key"]',
        )
    repair.position += ahead + 1
    return True


_OPEN_KEY = re.compile(r"\[\s*([\"']?)([^\"'\[\]\r\n]*)([\"']?)\]")


def open_key(repair: Repair, token: Token) -> bool:
    """Report ``data["key]`` and ``data[key"]``, whose string takes in what follows."""
    found = _OPEN_KEY.match(repair.text, token.start)
    if found is None or not (found[1] or found[3]) or found[1] == found[3]:
        return False
    quote_sign = found[1] or found[3]
    meant = f"[{quote_sign}{found[2].strip()}{quote_sign}]"
    span = Span(*found.span())
    fix = Fix((Edit(span, meant),), safe=False)
    message = f"the key `{shorten(found[0][1:-1])}` is not between two quotes of one kind"
    repair.error("E104", message, span, f"write {shorten(meant)}", fix)
    # Quotes that follow have changed their places.
    repair.gave_up = True
    return True


def _key_in_braces(repair: Repair, span: Span, key: str) -> None:
    written = shorten(repair.text[slice(*span)])
    fix = Fix((Edit(span, f"[{key}]"),), safe=False)
    message = f"`{written}`: a key is in square brackets"
    repair.error("E215", message, span, f"write [{shorten(key)}]", fix)


def square_bracket(repair: Repair, token: Token) -> bool:
    """``["a", "b"]`` where an operand begins."""
    if token.kind != "LSQB" or repair.after_operand:
        return False
    group = repair.group()
    if _is_compared_set(repair, group):
        # The tree reports it, with the test that was meant.
        repair.position += 1
        repair.push("LPAR", token.start, token.end)
        repair.open(token)
        repair.clauses[-1].square_set = True
        return True
    span = Span(token.start, token.end)
    fix = None
    if group:
        last = group[-1]
        span = Span(token.start, last.end)
        edits = (Edit(Span(token.start, token.end), "("), Edit(Span(last.start, last.end), ")"))
        # Right of a comparison it is a value to equal, not a set of choices.
        fix = Fix(edits, safe=not repair.out or repair.out[-1].kind not in COMPARATORS)
    inner = repair.text[span.start + 1 : span.end - 1] if group else '"a", "b"'
    help = f"write ({shorten(inner)})"
    message = f"`{shorten(repair.text[span.start : span.end])}`: a set is in parentheses"
    repair.error("E221", message, span, help, fix)
    repair.position += 1
    repair.push("LPAR", token.start, token.end)
    repair.open(token)
    repair.clauses[-1].square_set = True
    return True


def _is_compared_set(repair: Repair, group: Sequence[Token]) -> bool:
    """Whether a field is compared with a list of several values, and no more."""
    if "COMMA" not in {part.kind for part in group}:
        return False
    clause = repair.clauses[-1]
    equal = {"EQ", "NE", "ASSIGN"}
    if repair.peek(len(group)).kind in equal and clause.comparator is None:
        path = repair.path_ahead(len(group) + 1)
        return bool(path) and repair.ends(len(group) + 1 + len(path))
    compared = bool(repair.out) and repair.out[-1] == clause.comparator
    is_field = repair.out[-2:-1] and repair.out[-2].kind in {"NAME", "RSQB"}
    return compared and bool(is_field) and repair.out[-1].kind in equal and repair.ends(len(group))
