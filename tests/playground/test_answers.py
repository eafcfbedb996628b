"""Questions and answers, without a server."""

from __future__ import annotations

import json
from typing import Any

import pytest

import pnfilter
from pnfilter.playground import answers, bounds
from pnfilter.playground.answers import InvalidRequest, Playground, Unknown
from pnfilter.playground.collections import Collection

TEXT = "\n".join(
    json.dumps({"data": {"n": number, "s": "x"}, "meta": {"kind": "abc"[number % 3]}})
    for number in range(300)
)


@pytest.fixture
def playground() -> Playground:
    return Playground()


@pytest.fixture
def name(playground: Playground) -> str:
    name: str = playground.answer("messages", {"text": TEXT})["id"]
    return name


def check(playground: Playground, name: str, text: str, **more: Any) -> dict[str, Any]:
    answer = playground.answer("check", {"id": name, "text": text, **more})
    json.dumps(answer)
    return answer


def test_messages_are_listed(playground: Playground, name: str) -> None:
    answer = playground.answer("messages", {"id": name})
    assert answer["count"] == len(answer["rows"]) == 300
    assert answer["rows"][0] == ['{"kind": "a"}', '{"n": 0, "s": "x"}']
    assert (answer["problems"], answer["more"]) == ([], False)


def test_a_filter_is_judged(playground: Playground, name: str) -> None:
    answer = check(playground, name, "data.n < 10", seq=7)
    assert answer["seq"] == 7
    assert answer["valid"] is True
    assert answer["judged"]["verdicts"] == "M" * 10 + "N" * 290
    assert answer["judged"]["counts"] == {"M": 10, "N": 290, "U": 0, "-": 0}
    assert answer["findings"] == []
    assert [line["label"] for line in answer["tree"]] == [
        *("Comparison <", "Path data.n", "Number 10")
    ]
    assert [each["name"] for each in answer["snippets"]][-1] == "URL"


def test_findings_are_those_of_check_with_their_carets(playground: Playground, name: str) -> None:
    (finding, *_) = check(playground, name, "data.n >")["findings"]
    (wanted, *_) = pnfilter.check("data.n >")
    assert (finding["code"], finding["message"]) == (wanted.code, wanted.message)
    assert finding["excerpt"] == ["1 | data.n >", "  |        ^"]


def test_what_is_no_filter_is_not_judged(playground: Playground, name: str) -> None:
    for text in ("", "data.n >", "(" * 1_000):
        answer = check(playground, name, text)
        assert (answer["valid"], answer["judged"], answer["tree"]) == (False, None, [])
        assert answer["findings"]


def test_a_field_that_no_message_has_is_found_with_a_fix(playground: Playground, name: str) -> None:
    codes = {each["code"]: each for each in check(playground, name, "data.nn == 1")["findings"]}
    assert codes["W441"]["fix"] is None or codes["W441"]["fix"]["edits"]
    assert codes["W444"]["help"] == "choose a message to see which part decides"


def test_safe_fixes_and_the_canonical_form_are_offered(playground: Playground, name: str) -> None:
    answer = check(playground, name, "such=wow")
    assert answer["fixed"] == 'such == "wow"'
    answer = check(playground, name, "data.n>1")
    assert (answer["fixed"], answer["formatted"]) == (None, "data.n > 1")


def test_unsafe_fixes_are_offered_one_by_one(playground: Playground, name: str) -> None:
    for text in ("meta.kind startsWith 'a' AND data.n > 1", "meta.kind ILIKE '_a' || data.n ==="):
        answer = check(playground, name, text)
        assert answer["fixed"] is None
        assert not any(each["fix"] and each["fix"]["safe"] for each in answer["findings"])
    answer = check(playground, name, "such=wow AND data.n.0 === 1;;")
    assert answer["fixed"] == 'such == "wow" && data.n[0] == 1'


def test_completion_comes_with_a_caret(playground: Playground, name: str) -> None:
    assert "completion" not in check(playground, name, "data.")
    answer = check(playground, name, "data.", caret=5)
    assert [item["label"] for item in answer["completion"]["items"]] == ["data.n", "data.s"]


def test_a_message_is_explained_with_every_value(playground: Playground, name: str) -> None:
    text = 'data.n > 100 && meta.kind == "a"'
    answer = playground.answer("explain", {"id": name, "text": text, "index": 3, "seq": 1})
    explained = answer["explanation"]
    assert (explained["verdict"], explained["text"]) == ("NO_MATCH", text)
    greater, equal = explained["parts"]
    assert (greater["verdict"], greater["parts"][0]["value"]) == ("NO_MATCH", "3")
    assert "not needed" in equal["note"]
    assert json.loads(answer["message"])["data"]["n"] == 3
    assert text[greater["start"] : greater["end"]] == "data.n > 100"


def test_what_is_no_filter_is_not_explained(playground: Playground, name: str) -> None:
    answer = playground.answer("explain", {"id": name, "text": "a ==", "index": 0})
    assert answer["explanation"] is None
    assert answer["message"]


def test_numbers_of_live_messages_go_on(playground: Playground) -> None:
    playground.shelf.put("live", Collection([{"data": 1}, {"data": 2}], first=10), 0)
    answer = check(playground, "live", "data == 2")
    assert (answer["first"], answer["judged"]["verdicts"]) == (10, "NM")
    question = {"id": "live", "text": "data == 2", "index": 11}
    assert playground.answer("explain", question)["explanation"]["verdict"] == "MATCH"
    with pytest.raises(InvalidRequest, match="there is no message 9"):
        playground.answer("explain", {**question, "index": 9})


@pytest.mark.parametrize(
    ("operation", "question", "complaint"),
    [
        ("check", {}, "`text` must be a string"),
        ("check", {"text": 5}, "`text` must be a string"),
        ("check", {"text": "x" * (bounds.MAX_FILTER + 1)}, "at most 8,192 characters"),
        ("check", {"text": "a", "id": None}, "`id` must be a string"),
        ("check", {"text": "a", "caret": True}, "`caret` must be a whole number"),
        ("check", {"text": "a", "caret": -1}, "`caret` must be a whole number"),
        ("explain", {"text": "a", "index": 300}, "there is no message 300"),
        ("explain", {"text": "a", "index": 1.5}, "`index` must be a whole number"),
        ("messages", {"text": []}, "`text` must be a string"),
        (
            "messages",
            {"text": "", "form": "xml"},
            "`form` must be one of auto, message, data, envelope",
        ),
    ],
)
def test_what_makes_no_sense_is_reported(
    playground: Playground, name: str, operation: str, question: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(InvalidRequest, match=complaint):
        playground.answer(operation, {"id": name, **question})


def test_a_text_of_messages_is_bounded(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MAX_TEXT", 10)
    with pytest.raises(InvalidRequest, match="`text` must have at most 10 characters, not 11"):
        playground.answer("messages", {"text": "x" * 11})


@pytest.mark.parametrize(
    ("operation", "question"),
    [("messages", {}), ("check", {"text": "a"}), ("explain", {"text": "a", "index": 0})],
)
def test_messages_that_are_gone_are_unknown(
    playground: Playground, operation: str, question: dict[str, Any]
) -> None:
    with pytest.raises(Unknown):
        playground.answer(operation, {"id": "gone", **question})


def test_findings_and_the_tree_are_bounded(
    playground: Playground, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MAX_FINDINGS", 2)
    monkeypatch.setattr(bounds, "MAX_TREE", 4)
    answer = check(playground, name, " && ".join(["data.x == y"] * 5))
    assert (len(answer["findings"]), len(answer["tree"])) == (2, 4)


def test_samples_are_left_out_where_time_was_short(
    playground: Playground, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = [each["code"] for each in check(playground, name, "data.n == -1")["findings"]]
    assert "W444" in codes
    monkeypatch.setattr(
        answers,
        "verdicts_of",
        lambda *_: {"verdicts": "-", "counts": {"M": 0, "N": 0, "U": 0, "-": 1}, "reasons": []},
    )
    codes = [each["code"] for each in check(playground, name, "data.n == -1")["findings"]]
    assert "W444" not in codes


def test_assumptions_settle_what_is_undecided(name: str) -> None:
    text = 'data.absent != "x"'
    plain = Playground()
    first = plain.answer("messages", {"text": TEXT})["id"]
    judged = check(plain, first, text)["judged"]
    assert judged["counts"]["U"] == 300
    assert judged["advice"].startswith("--assume missing-differs=match (or no-match) settles them")
    assumed = Playground(pnfilter.Assumptions.of("missing-differs=match"))
    second = assumed.answer("messages", {"text": TEXT})["id"]
    judged = check(assumed, second, text)["judged"]
    assert (judged["counts"]["M"], judged["advice"]) == (300, "")
    explained = assumed.answer("explain", {"id": second, "text": text, "index": 0})
    assert "assumed by your settings" in json.dumps(explained)
