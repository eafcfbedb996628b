"""What ``grep`` prints instead of messages: names of files, fields, counters, lines around."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from .conftest import Command

LINES = [
    '{"data": {"n": 1, "s": "one"}, "meta": {"a": "x"}}\n',
    '{"data": {"n": 2, "s": "two"}, "meta": {"a": "y"}}\n',
    '{"data": {"n": 3}, "meta": {"a": "z"}}\n',
]
SEVERAL = ("one.ndjson", "m.ndjson", "two.ndjson")


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.ndjson").write_text("".join(LINES))
    Path("one.ndjson").write_text(LINES[0])
    Path("two.ndjson").write_text(LINES[1])


# Names of files


@pytest.mark.parametrize(
    ("options", "names", "status"),
    [
        ("-l", ["m.ndjson", "two.ndjson"], 0),
        ("-L", ["one.ndjson"], 0),
        ("-lv", ["one.ndjson", "m.ndjson"], 0),
        ("-Lv", ["two.ndjson"], 0),
        ("-lh", ["m.ndjson", "two.ndjson"], 0),
        ("-ln", ["m.ndjson", "two.ndjson"], 0),
        ("-lm1", ["m.ndjson", "two.ndjson"], 0),
        ("-lm0", [], 1),
        ("-lq", [], 0),
        ("--files-with-matches", ["m.ndjson", "two.ndjson"], 0),
        ("--files-without-match", ["one.ndjson"], 0),
    ],
)
def test_names_of_files(pn: Command, options: str, names: list[str], status: int) -> None:
    ended = pn("grep", options, "data.n >= 2", *SEVERAL)
    assert ended == (status, "".join(f"{name}\n" for name in names), "")


def test_names_of_other_inputs(pn: Command) -> None:
    assert pn("grep", "-l", "data.n > 2", stdin=LINES[2].encode()).out == "(standard input)\n"
    assert pn("grep", "-L", "data.n > 9", *SEVERAL).status == 1
    ended = pn("grep", "-L", "data.n > 9", "none", "one.ndjson")
    assert (ended.status, ended.out) == (2, "one.ndjson\n")
    Path("array.json").write_text(f"[{','.join(LINES)}]")
    assert pn("grep", "-sl", "data.n > 2", "array.json").out == "array.json\n"
    Path("quick.ndjson").write_text(LINES[2] * 50)
    assert pn("grep", "-l", "--quick", 'meta.a == "z"', "quick.ndjson").out == "quick.ndjson\n"


def test_a_file_is_read_up_to_its_first_match(pn: Command) -> None:
    Path("broken.ndjson").write_text(LINES[2] + "{\n")
    assert pn("grep", "-l", "data.n > 2", "broken.ndjson") == (0, "broken.ndjson\n", "")
    assert pn("grep", "-L", "data.n < 2", "broken.ndjson").status == 2
    Path("long.ndjson").write_text(LINES[2] * 500 + "{\n" * 500)
    assert pn("grep", "-l", "data.n > 2", "long.ndjson") == (0, "long.ndjson\n", "")


@pytest.mark.parametrize(
    "options",
    [("-l", "-L"), ("-c", "-l"), ("-c", "-L"), ("-L", "--follow")],
    ids=" ".join,
)
def test_options_that_exclude_each_other(pn: Command, options: tuple[str, ...]) -> None:
    ended = pn("grep", *options, "data.n > 1", "m.ndjson")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("usage:")


# One field of each message


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("2.50", "2.5"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("true", "true"),
        ('"caf\u00e9 \\u00e9 \\"x\\""', 'caf\u00e9 \u00e9 "x"'),
        ('""', ""),
        # A value is one line, and does nothing to a terminal.
        ('"a\\nb"', '"a\\nb"'),
        ('"\\u001b[2J"', '"\\u001b[2J"'),
        ('"\\u0085"', '"\\u0085"'),
        ('["\u009b", {"k": null, "u": "\u00e9"}]', '["\\u009b",{"k":null,"u":"\\u00e9"}]'),
        ('{"k": [1.0, "\u00e9"]}', '{"k":[1.0,"\u00e9"]}'),
        ('{"huge": 1e999}', '{"huge":null}'),
        ("null", None),
        ("1e999", None),
    ],
)
def test_values_of_a_field(pn: Command, value: str, line: str | None) -> None:
    Path("v.ndjson").write_text(f'{{"data": {{"v": {value}}}, "meta": {{"a": 1}}}}\n', "utf-8")
    ended = pn("grep", "-o", "data.v", "a == 1", "v.ndjson")
    assert ended == (0, "" if line is None else f"{line}\n", "")


def test_a_field_is_named_as_in_filters(pn: Command) -> None:
    assert pn("grep", "-o", "a", "data.n > 1", "m.ndjson").out == "y\nz\n"
    assert pn("grep", "--only", 'meta["a"]', "data.n > 1", "m.ndjson").out == "y\nz\n"
    assert pn("grep", "-odata.s", "data.n > 1", "m.ndjson") == (0, "two\n", "")
    assert pn("grep", "-no", "data.s", "data.n > 1", "m.ndjson", "one.ndjson").out == (
        "m.ndjson:2:two\n"
    )
    assert pn("grep", "-o", "data", "data.n > 2", "m.ndjson").out == '{"n":3}\n'
    assert pn("grep", "-m1", "-o", "data.n", "data.n > 1", "m.ndjson").out == "2\n"
    assert pn("grep", "-vo", "data.n", "data.n > 1", "m.ndjson").out == "1\n"


def test_fields_of_messages_in_other_forms(pn: Command) -> None:
    Path("array.json").write_text(f"[{','.join(LINES)}]")
    assert pn("grep", "-so", "data.s", "data.n > 0", "array.json").out == "one\ntwo\n"
    Path("answer.json").write_text('{"t": {"t": "1", "r": 1}, "m": [{"c": "q", "d": {"n": 7}}]}')
    assert pn("grep", "-so", "data.n", "data.n > 0", "answer.json").out == "7\n"
    Path("bare.ndjson").write_text('{"n": 1}\n{"n": 2}\n' * 200)
    ended = pn("grep", "-so", "data.n", "--payload", "data", "data.n > 1", "bare.ndjson")
    assert ended.out == "2\n" * 200


def test_fields_of_large_files(pn: Command) -> None:
    """Lines that are evaluated in blocks give the same fields as the first ones."""
    many = "".join(LINES) * 200
    Path("many.ndjson").write_text(many)
    for options in ([], ["--quick"], ["--line-buffered"]):
        ended = pn("grep", *options, "-o", "data.s", 'meta.a CONTAINS "y"', "many.ndjson")
        assert ended.out == "two\n" * 200
    assert pn("grep", "-o", "data.s", "data.n > 0", stdin=many.encode()).out == "one\ntwo\n" * 200
    assert pn("grep", "-m300", "-o", "data.n", "data.n > 0", "many.ndjson").out == "1\n2\n3\n" * 100


@pytest.mark.parametrize("field", ["data.n > 1", "data.", "", "'data'", "1"])
def test_no_field(pn: Command, field: str) -> None:
    ended = pn("grep", "-o", field, "data.n > 1", "m.ndjson")
    assert (ended.status, ended.out) == (2, "")
    assert "-o takes a field, such as data.mag" in ended.err


# Counters


def test_statistics(pn: Command) -> None:
    Path("b.ndjson").write_text(LINES[0] + "{\n\n" + '{"data": {}}\n')
    size = sum(Path(name).stat().st_size for name in ("m.ndjson", "b.ndjson"))
    ended = pn("grep", "-s", "--stats", 'meta.a != "x"', "m.ndjson", "b.ndjson", "none")
    *lines, seconds = ended.err.splitlines()
    assert ended.status == 2
    assert lines == [
        "5 messages",
        "3 selected",
        "1 undecided",
        "1 broken",
        "2 inputs read, 2 with a selected message",
        f"{size} bytes read",
    ]
    assert seconds.endswith(" seconds")
    assert 0 <= float(seconds.split()[0]) < 60


@pytest.mark.parametrize("options", [(), ("-c",), ("-L",), ("-o", "data.n"), ("-v",), ("-j2",)])
def test_statistics_of_many_lines(pn: Command, options: tuple[str, ...]) -> None:
    content = "".join(LINES) * 10_000
    Path("many.ndjson").write_text(content)
    text = "data.n > 9" if options == ("-L",) else "data.n > 1"
    selected = 0 if "-L" in options else 10_000 if "-v" in options else 20_000
    lines = pn("grep", "-s", "--stats", *options, text, "many.ndjson").err.splitlines()
    assert lines[:4] == ["30,000 messages", f"{selected:,} selected", "0 undecided", "0 broken"]
    assert lines[5] == f"{len(content):,} bytes read"


def test_statistics_where_a_search_ends_early(pn: Command) -> None:
    for option in ("-q", "-l", "-m1"):
        ended = pn("grep", "--stats", option, "data.n > 1", "m.ndjson")
        assert ended.status == 0
        assert ended.err.startswith("2 messages\n1 selected\n")
    for option in ("--quick", "--follow"):
        ended = pn("grep", option, "--stats", "data.n > 1", "m.ndjson")
        assert (ended.status, ended.out) == (2, "")
        assert "--stats" in ended.err


# Lines around


def around(lines: list[str], hits: list[int], before: int, after: int, most: int | None) -> str:
    """What is printed with ``-n`` of lines of which those with these numbers are selected."""
    hits = hits[:most]
    wanted = sorted(
        {n for hit in hits for n in range(hit - before, hit + after + 1) if 0 < n <= len(lines)}
    )
    printed: list[str] = []
    for last, number in zip([0, *wanted], wanted, strict=False):
        if printed and number != last + 1:
            printed.append("--\n")
        line = lines[number - 1].rstrip("\n")
        printed.append(f"{number}{':' if number in hits else '-'}{line}\n")
    return "".join(printed)


@pytest.mark.parametrize("seed", range(30))
def test_lines_around(pn: Command, seed: int) -> None:
    """Lines at the start are read one by one, and later ones in blocks: the same is printed."""
    source = random.Random(seed)
    count = source.choice([1, 2, 5, 99, 100, 101, 102, 350])
    share = source.choice([0.0, 0.02, 0.3, 1.0])
    kinds = [
        0 if source.random() < share else source.choice([1, 1, 1, 1, 2, 3]) for _ in range(count)
    ]
    # The first line says what all are.
    kinds[0] = min(kinds[0], 1)
    texts = ['{"data": 1, "meta": {"a": 1}}\n', '{"data": 2, "meta": {"a": 2}}\n', "\n", "{]\n"]
    lines = [texts[kind] for kind in kinds]
    if source.random() < 0.5:
        lines[-1] = lines[-1].rstrip("\n") or lines[-1]
    hits = [number for number, kind in enumerate(kinds, 1) if kind == 0]
    Path("m.ndjson").write_text("".join(lines))
    before, after = source.choice([(0, 0), (1, 0), (0, 2), (2, 2), (3, 1), (500, 500)])
    most = source.choice([None, None, 1, 2, 50])
    options = [f"-B{before}", f"-A{after}", *([] if most is None else [f"-m{most}"])]
    expected = around(lines, hits, before, after, most)
    assert pn("grep", "-sn", *options, "a == 1", "m.ndjson").out == expected
    content = "".join(lines).encode()
    assert pn("grep", "-sn", "--context=9", *options, "a == 1", stdin=content).out == expected


def test_lines_around_in_several_files(pn: Command) -> None:
    ended = pn("grep", "-C1", "data.n == 2", "m.ndjson", "one.ndjson", "two.ndjson", "m.ndjson")
    group = f"m.ndjson-{LINES[0]}m.ndjson:{LINES[1]}m.ndjson-{LINES[2]}"
    assert ended == (0, f"{group}--\ntwo.ndjson:{LINES[1]}--\n{group}", "")
    ended = pn("grep", "-nhA1", "--color=always", "data.n == 2", "m.ndjson", "two.ndjson")
    assert ended.out.split("\n")[1].startswith("\x1b[32m3\x1b[0m\x1b[36m-\x1b[0m{")
    assert ended.out.split("\n")[2] == "\x1b[36m--\x1b[0m"


def test_lines_around_need_lines(pn: Command) -> None:
    """What has no lines is not read, and all else is."""
    Path("array.json").write_text(f"[{','.join(LINES)}]")
    Path("pretty.json").write_text('{\n"data": {"n": 2}\n}\n')
    Path("answer.json").write_text('{"t": {"t": "1", "r": 1}, "m": [{"c": "q", "d": {"n": 2}}]}')
    Path("recorded.har").write_text('{"log": {"entries": []}}')
    for name in ("array.json", "pretty.json", "answer.json"):
        ended = pn("grep", "-A1", "data.n == 2", name, "two.ndjson")
        assert (ended.status, ended.out) == (2, f"two.ndjson:{LINES[1]}")
        assert f"pnfilter: {name}: its messages aren't lines" in ended.err
    assert pn("grep", "-A1", "data.n == 2", "recorded.har").out == ""


@pytest.mark.parametrize("options", ["-cA1", "-lB1", "-LC1", "-A1 -o data.n", "-A x", "-B -1"])
def test_lines_around_are_refused(pn: Command, options: str) -> None:
    ended = pn("grep", *options.split(), "data.n == 2", "m.ndjson")
    assert (ended.status, ended.out) == (2, "")


def test_lines_around_where_nothing_is_printed(pn: Command) -> None:
    assert pn("grep", "-qC1", "data.n == 2", "m.ndjson") == (0, "", "")
    quick = pn("grep", "--quick", "-B1", 'meta.a == "y"', "m.ndjson")
    assert quick == (0, LINES[0] + LINES[1], "")
