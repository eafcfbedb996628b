"""Readings in a settings file: the rest of it stays byte for byte."""

from __future__ import annotations

import tomllib

import pytest

from pnfilter.probe import with_readings

READINGS = {"missing-differs": "match", "no-metadata": "no-match"}
ADDED = 'missing-differs = "match"\nno-metadata = "no-match"\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"[service]\n{ADDED}"),
        ("# mine\n", f"# mine\n\n[service]\n{ADDED}"),
        ("keys = ['a']", f"keys = ['a']\n\n[service]\n{ADDED}"),
        ("[severity]\nW403 = 'error'\n", f"[severity]\nW403 = 'error'\n\n[service]\n{ADDED}"),
        ("[service]\n", f"[service]\n{ADDED}"),
        ("[service]", f"[service]\n{ADDED}"),
        ("[ service ]  # asked\n", f"[ service ]  # asked\n{ADDED}"),
        (
            '[service]\nprofile = "javascript"\n\n# last\n[severity]\n',
            f'[service]\nprofile = "javascript"\n{ADDED}\n# last\n[severity]\n',
        ),
        (
            "[service]\n  no-metadata='match' # why\nlike-scalar = \"text\"\n",
            '[service]\n  no-metadata="no-match" # why\nlike-scalar = "text"\n'
            'missing-differs = "match"\n',
        ),
        (
            "[service]\n\"missing-differs\" = 'no-match'\n'no-metadata' = \"match\"",
            '[service]\n"missing-differs" = "match"\n\'no-metadata\' = "no-match"',
        ),
        (
            "keys = []\r\n[service]\r\nno-metadata = 'match'\r\n",
            'keys = []\r\n[service]\r\nno-metadata = "no-match"\r\nmissing-differs = "match"\r\n',
        ),
        ("\ufeffkeys = []\n", f"\ufeffkeys = []\n\n[service]\n{ADDED}"),
        ("\ufeff[service]\n", f"\ufeff[service]\n{ADDED}"),
        # A header inside a string is none, and another table is another one.
        (
            'schema = """\n[service]\n"""\n[services]\n[service.x]\n',
            None,
        ),
        ("# a\u2028b\n[service]\n", f"# a\u2028b\n[service]\n{ADDED}"),
    ],
)
def test_readings_are_written(before: str, after: str | None) -> None:
    if after is None:
        with pytest.raises(ValueError, match="write it yourself"):
            with_readings(before, READINGS)
        return
    written = with_readings(before, READINGS)
    assert written == after
    assert tomllib.loads(written.removeprefix("\ufeff"))["service"].items() >= READINGS.items()
    assert with_readings(written, READINGS) == written


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '[project]\nname = "x"\n\n[tool.pnfilter]\nkeys = ["k"]\n\n[tool.ruff]\n',
            '[project]\nname = "x"\n\n[tool.pnfilter]\nkeys = ["k"]\n\n[tool.ruff]\n'
            f"\n[tool.pnfilter.service]\n{ADDED}",
        ),
        (
            "[tool.pnfilter.service]\n[tool.ruff]\n[service]\n",
            f"[tool.pnfilter.service]\n{ADDED}[tool.ruff]\n[service]\n",
        ),
    ],
)
def test_a_project_has_its_own_table(before: str, after: str) -> None:
    assert with_readings(before, READINGS, name="pyproject.toml") == after


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("service = {}\n", r"write it yourself: \[service\], missing-differs = \"match\""),
        ("service.like-scalar = 'text'\n", "write it yourself"),
        ("service = 1\n", "write it yourself"),
        ("[[service]]\n", "write it yourself"),
        ("['service']\nlike-scalar = 'text'\n", "write it yourself"),
        ('[service]\nno-metadata = """match"""\n', "write it yourself"),
        ("[service]\nno-metadata = 1\n", "write it yourself"),
        ("[service\n", "not TOML"),
        ("a = 1\na = 2\n", "not TOML"),
        ("a = " + "[" * 50_000, "nested too deeply|not TOML"),
    ],
)
def test_another_form_is_left_alone(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        with_readings(text, READINGS)


def test_only_names_are_written() -> None:
    with pytest.raises(ValueError, match="small letters"):
        with_readings("", {"missing-differs": 'match"\n[severity]'})
    assert with_readings("a = 1", {}) == "a = 1"
