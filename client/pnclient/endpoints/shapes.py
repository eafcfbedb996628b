"""What is expected of answers. Each raises ``TypeError`` where it isn't met."""

from __future__ import annotations

from typing import Any


def mapping(value: Any) -> dict[str, Any]:
    """An object."""
    if not isinstance(value, dict):
        raise TypeError("an object is expected")
    return value


def listed(value: Any) -> list[Any]:
    """A list."""
    if not isinstance(value, list):
        raise TypeError("a list is expected")
    return value


def texts(value: Any) -> list[str]:
    """A list of texts."""
    if not all(isinstance(entry, str) for entry in listed(value)):
        raise TypeError("texts are expected")
    names: list[str] = value
    return names


def counts(value: Any) -> dict[str, int]:
    """An object of integers."""
    if not all(type(entry) is int for entry in mapping(value).values()):
        raise TypeError("integers are expected")
    numbers: dict[str, int] = value
    return numbers


def acknowledged(data: Any) -> dict[str, Any]:
    """An object that says no more than that all went well (recorded)."""
    if mapping(data).get("error"):
        raise TypeError("the service says that there was an error")
    return mapping(data)
