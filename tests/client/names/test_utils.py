"""The helper functions of old."""

from __future__ import annotations

import base64
import re
import threading
from typing import Any

import pytest

from pnclient import utils
from pnclient.enums import PNOperationType, PNPushType, PNStatusCategory
from pnclient.exceptions import PubNubException
from pnclient.models.consumer.common import PNStatus

#: 4.8.1's, but for ``sign_request``.
NAMES = """
    build_url calculate_bitmask datetime_now decode_utf8_dict extend_list get_data_for_user is_subscribed_event
    is_unsubscribed_event join_channels join_items join_items_and_encode pam_encode parse_resources
    prepare_pam_arguments push_type_to_string sign_sha256 split_items strip_right synchronized
    url_encode url_write uuid write_value_as_string
""".split()


def test_the_functions_are_these() -> None:
    assert {*utils.__all__} == {*NAMES}
    assert all(callable(getattr(utils, name)) for name in NAMES)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("hello", '"hello"'),
        ('say "hi"', '"say \\"hi\\""'),
        ("ä", '"ä"'),
        ({"a": [1, None]}, '{"a": [1, null]}'),
        (1.5, "1.5"),
    ],
)
def test_values_as_json(value: Any, text: str) -> None:
    assert utils.write_value_as_string(value) == text
    assert utils.url_write(value) == utils.url_encode(text)


@pytest.mark.parametrize("value", [object(), {1, 2}, float("nan")])
def test_what_json_does_not_have(value: Any) -> None:
    with pytest.raises(PubNubException, match=r"^Trying to publish not JSON serializable object$"):
        utils.write_value_as_string(value)


def test_encoding() -> None:
    assert utils.url_encode("a b/c+~*é") == "a%20b%2Fc%2B~%2A%C3%A9"
    assert utils.pam_encode("a~!'()*[]-_.") == "a%7E%21%27%28%29%2A%5B%5D-_."
    assert utils.prepare_pam_arguments({"b": 1, "a": "x y", "C": "~"}) == "C=%7E&a=x%20y&b=1"


def test_lists_of_names() -> None:
    assert utils.split_items("") == []
    assert utils.split_items("a,b") == ["a", "b"]
    assert utils.join_items(["a", "b c"]) == "a,b c"
    assert utils.join_items_and_encode(["a", "b c,d"]) == "a,b%20c%2Cd"
    assert utils.join_channels([]) == ","
    assert utils.join_channels(["a", "b/c"]) == "a,b%2Fc"
    names = ["a"]
    utils.extend_list(names, "b,c")
    utils.extend_list(names, ("d",))
    utils.extend_list(names, "")
    assert names == ["a", "b", "c", "d"]


def test_urls() -> None:
    assert utils.build_url("http", "h:1", "/a%2Fb", "x=1&y=%20") == "http://h:1/a%2Fb?x=1&y=%20"
    assert utils.build_url("https", "h", "/a") == "https://h/a"


def test_what_an_answer_brings() -> None:
    answer = {"status": 200, "message": "OK", "payload": {"a": 1}}
    assert utils.get_data_for_user(answer) == {"message": "OK", "payload": {"a": 1}}
    for other in ({"message": "OK"}, [1], None, 3, "message payload"):
        assert utils.get_data_for_user(other) is other


def test_signatures() -> None:
    # RFC 4231, test case 2.
    digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    expected = base64.urlsafe_b64encode(bytes.fromhex(digest)).decode()
    assert utils.sign_sha256("Jefe", "what do ya want for nothing?") == expected


def test_statuses() -> None:
    def status(category: PNStatusCategory, operation: PNOperationType | None = None) -> PNStatus:
        made = PNStatus()
        made.category, made.operation = category, operation
        return made

    connected = status(PNStatusCategory.PNConnectedCategory)
    left = status(PNStatusCategory.PNAcknowledgmentCategory, PNOperationType.PNUnsubscribeOperation)
    published = status(
        PNStatusCategory.PNAcknowledgmentCategory, PNOperationType.PNPublishOperation
    )
    statuses = (connected, left, published)
    assert [utils.is_subscribed_event(one) for one in statuses] == [True, False, False]
    assert [utils.is_unsubscribed_event(one) for one in statuses] == [False, True, False]


def test_one_call_at_a_time() -> None:
    inside: list[int] = []
    most: list[int] = []
    entered, leave = threading.Event(), threading.Event()

    @utils.synchronized
    def work(number: int, *, double: int = 1) -> int:
        inside.append(number)
        most.append(len(inside))
        entered.set()
        assert leave.wait(10)
        inside.remove(number)
        return number * double

    results: list[int] = []
    threads = [
        threading.Thread(target=lambda one=one: results.append(work(one, double=2)))
        for one in (1, 2)
    ]
    for thread in threads:
        thread.start()
    assert entered.wait(10)
    leave.set()
    for thread in threads:
        thread.join(10)
    assert (sorted(results), most, work.__name__) == ([2, 4], [1, 1], "work")


def test_the_rest() -> None:
    assert re.fullmatch(
        r"[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}", utils.uuid()
    )
    assert utils.uuid() != utils.uuid()
    assert utils.strip_right("a-pnpres-pnpres", "-pnpres") == "a-pnpres"
    assert utils.strip_right("a", "-pnpres") == "a"
    assert re.fullmatch(r"\d\d:\d\d[AP]M on [A-Z]\w+ \d\d, \d{4}", utils.datetime_now())
    names = [utils.push_type_to_string(one) for one in (*PNPushType, 9)]
    assert names == ["apns", "mpns", "gcm", "", "fcm", ""]
    data = {b"a": [b"b", {b"sig": b"\xff", "c": b"d"}], "sig": "text", 1: None}
    assert utils.decode_utf8_dict(data) == {
        "a": ["b", {"sig": b"\xff", "c": "d"}],
        "sig": "text",
        1: None,
    }
