"""Queries that are JSON, translated: of MongoDB, of JsonLogic, and plain rules."""

from __future__ import annotations

import json
import re
from typing import Any

from pnfilter.syntax.nodes import quote

#: Levels of a query that is translated.
MAX_LEVELS = 32
#: What an object is that has a filter as a string.
SETTING = "an object with the filter in it"

_COMPARISONS = {
    **{word: word for word in ("==", "!=", "<", "<=", ">", ">=")},
    "===": "==",
    "!==": "!=",
    "=": "==",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "lte": "<=",
    "gt": ">",
    "gte": ">=",
}
_JUNCTIONS = {"and": " && ", "or": " || "}
_LOGIC = frozenset(
    {*_COMPARISONS, *_JUNCTIONS, "!", "!!", "in", "var", "if", "some", "all", "none"}
)
_ELASTIC = frozenset({"query", "bool", "match", "match_all", "term", "terms", "range", "must"})
_SETTING = re.compile(r"filter[-_ ]?(?:expr(?:ession)?)?", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
#: Keys without quotes, as JavaScript allows, or a string.
_KEY_OR_STRING = re.compile(
    r"(\"(?:[^\"\\]|\\.)*\")|'((?:[^'\\\"]|\\.)*)'|(?<=[{,\s])([$A-Za-z_][\w.$]*)(?=\s*:)"
)


class _Untranslatable(Exception):
    """A part of a query without a counterpart."""


def json_query(text: str) -> tuple[str, str] | None:
    """Return what language a JSON text is a query of, and the filter, empty where there is none."""
    query = _read(text)
    if _is_in_lists(query):
        try:
            return "a condition in JSON", _listed(query, MAX_LEVELS)
        except _Untranslatable:
            return "a condition in JSON", ""
    if isinstance(query, list) and len(query) == 1:
        (query,) = query
    if not isinstance(query, dict) or not query:
        return None
    keys = query.keys()
    setting = [query[key] for key in keys if _SETTING.fullmatch(key)]
    try:
        if setting and isinstance(setting[0], str):
            return SETTING, setting[0]
        if len(keys) == 1 and keys <= _LOGIC:
            return "a rule of JsonLogic", _logic(query, MAX_LEVELS)
        if {"field", "value"} <= keys:
            return "a rule in JSON", _rule(query)
        if keys <= _ELASTIC:
            return "a query of Elasticsearch", ""
        return _mongo_or_object(text), _mongo(query, "", MAX_LEVELS)
    except _Untranslatable:
        is_logic = len(keys) == 1 and keys <= _LOGIC
        return "a rule of JsonLogic" if is_logic else _mongo_or_object(text), ""


def _mongo_or_object(text: str) -> str:
    return "a query of MongoDB" if "$" in text else "a JSON object"


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass

    def quote_key(match: re.Match[str]) -> str:
        return match[1] or json.dumps(match[3] if match[2] is None else match[2])

    try:
        return json.loads(_KEY_OR_STRING.sub(quote_key, text))
    except (ValueError, RecursionError):
        return None


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    raise _Untranslatable


def _set(values: Any) -> str:
    if (
        not isinstance(values, list)
        or not values
        or not all(
            isinstance(value, (str, int, float)) and not isinstance(value, bool) for value in values
        )
    ):
        raise _Untranslatable
    return f"({', '.join(map(_literal, values))})"


def path_of(name: str) -> str:
    """The path of a name with dots; what has no prefix is of the payload."""
    parts = name.split(".")
    if parts[0] not in {"data", "meta"} or len(parts) < 2:
        parts.insert(0, "data")
    steps = (
        f"[{part}]"
        if part.isdigit()
        else f".{part}"
        if _NAME.fullmatch(part)
        else f"[{quote(part)}]"
        for part in parts[1:]
    )
    return parts[0] + "".join(steps)


def _join(parts: list[str], joint: str) -> str:
    if not parts:
        raise _Untranslatable
    if len(parts) == 1:
        return parts[0]
    other = " || " if joint == " && " else " && "
    return joint.join(f"({part})" if other in part else part for part in parts)


def _member(values: Any, path: str) -> str:
    if isinstance(values, list) and len(values) == 1:
        return f"{path} == {_literal(values[0])}"
    return f"{_set(values)} CONTAINS {path}"


def _mongo(query: Any, prefix: str, levels: int) -> str:
    if not levels or not isinstance(query, dict) or not query:
        raise _Untranslatable
    parts = []
    for key, value in query.items():
        if key in {"$and", "$or", "$nor"}:
            if not isinstance(value, list):
                raise _Untranslatable
            joint = " && " if key == "$and" else " || "
            inner = _join([_mongo(each, prefix, levels - 1) for each in value], joint)
            parts.append(f"!({inner})" if key == "$nor" else inner)
        elif key == "$not":
            parts.append(f"!({_mongo(value, prefix, levels - 1)})")
        elif key.startswith("$"):
            parts.append(_mongo_operator(key[1:], value, prefix))
        elif isinstance(value, dict):
            parts.append(_mongo(value, f"{prefix}.{key}" if prefix else key, levels - 1))
        else:
            path = path_of(f"{prefix}.{key}" if prefix else key)
            parts.append(f"{path} == {_literal(value)}")
    return _join(parts, " && ")


def _mongo_operator(operator: str, value: Any, name: str) -> str:
    if not name:
        raise _Untranslatable
    path = path_of(name)
    if operator in _COMPARISONS:
        return f"{path} {_COMPARISONS[operator]} {_literal(value)}"
    if operator == "in":
        return _member(value, path)
    if operator == "nin":
        return f"!({_member(value, path)})"
    if operator == "regex" and isinstance(value, str):
        found = re.fullmatch(r"(\^?)([\w -]+)(\$?)", value)
        if found:
            start, middle, end = found.groups()
            return f"{path} LIKE {quote(('' if start else '*') + middle + ('' if end else '*'))}"
    raise _Untranslatable


def _rule(rule: dict[str, Any]) -> str:
    operator = str(rule.get("op") or rule.get("operator") or "==").lower()
    meant = _COMPARISONS.get(operator) or {"like": "LIKE", "contains": "CONTAINS"}.get(operator)
    if meant is None or not isinstance(rule["field"], str):
        raise _Untranslatable
    return f"{path_of(rule['field'])} {meant} {_literal(rule['value'])}"


_LIST_OPERATORS = {**_COMPARISONS, "like": "LIKE", "contains": "CONTAINS", "<>": "!="}
_LIST_JUNCTIONS = {
    **dict.fromkeys(("and", "all", "&&"), " && "),
    **dict.fromkeys(("or", "any", "||"), " || "),
}


def _is_in_lists(query: Any) -> bool:
    """Whether the first list that has no list before it is ``["mag", ">", 5]`` or a junction."""
    first: Any = None
    for _ in range(MAX_LEVELS):
        if not isinstance(query, list) or not query:
            return False
        first = query[0]
        if not isinstance(first, list) or (len(query) == 3 and _operator(query[1])):
            break
        query = first
    if isinstance(first, list):
        return True
    if not isinstance(first, str):
        return False
    if first.lower() in _LIST_JUNCTIONS:
        return len(query) > 1 and all(isinstance(each, list) for each in query[1:])
    return len(query) == 3 and any(_operator(each) for each in query[:2])


def _operator(value: Any) -> str:
    return _LIST_OPERATORS.get(value.lower(), "") if isinstance(value, str) else ""


def _listed(query: Any, levels: int) -> str:
    """The condition of lists: of triples, and of junctions before or between conditions."""
    if not levels or not isinstance(query, list) or not query:
        raise _Untranslatable
    first = query[0]
    is_triple = len(query) == 3 and bool(_operator(query[1]))
    if isinstance(first, list) and not is_triple:
        joints = {str(each).lower() for each in query if not isinstance(each, list)}
        joint = _LIST_JUNCTIONS.get(joints.pop(), "") if joints else " && "
        if joints or not joint:
            raise _Untranslatable
        return _join([_listed(each, levels - 1) for each in query if isinstance(each, list)], joint)
    if isinstance(first, str) and first.lower() in _LIST_JUNCTIONS:
        parts = [_listed(each, levels - 1) for each in query[1:]]
        return _join(parts, _LIST_JUNCTIONS[first.lower()])
    if len(query) != 3:
        raise _Untranslatable
    name, operator, value = query if is_triple else (query[1], first, query[2])
    if isinstance(name, list) and len(name) == 2 and name[0] in ("get", "var"):
        name = name[1]
    if not isinstance(name, str) or not _operator(operator):
        raise _Untranslatable
    return f"{path_of(name)} {_operator(operator)} {_literal(value)}"


def _logic(rule: Any, levels: int) -> str:
    if not levels or not isinstance(rule, dict) or len(rule) != 1:
        raise _Untranslatable
    ((operator, values),) = rule.items()
    values = values if isinstance(values, list) else [values]
    if operator in _JUNCTIONS:
        return _join([_logic(each, levels - 1) for each in values], _JUNCTIONS[operator])
    if operator == "!" and len(values) == 1:
        return f"!({_logic(values[0], levels - 1)})"
    if operator == "var":
        return _logic_operand(rule)
    if len(values) == 3 and operator in {"<", "<="}:
        low, middle, high = map(_logic_operand, values)
        return f"{low} {operator} {middle} && {middle} {operator} {high}"
    if len(values) != 2:
        raise _Untranslatable
    left, right = values
    if operator in _COMPARISONS:
        return f"{_logic_operand(left)} {_COMPARISONS[operator]} {_logic_operand(right)}"
    if operator == "in":
        if isinstance(right, list):
            return _member(right, _logic_operand(left))
        return f"{_logic_operand(right)} CONTAINS {_logic_operand(left)}"
    raise _Untranslatable


def _logic_operand(value: Any) -> str:
    if isinstance(value, dict):
        name = value.get("var") if len(value) == 1 else None
        name = name[0] if isinstance(name, list) and name else name
        if not isinstance(name, str) or not name:
            raise _Untranslatable
        return path_of(name)
    return _literal(value)
