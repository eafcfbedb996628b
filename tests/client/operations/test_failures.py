"""What is raised, and what a status says, for answers that are no success and for none at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pnclient.enums import PNOperationType, PNStatusCategory
from pnclient.exceptions import PubNubException
from pnclient.models.consumer.common import PNStatus
from pnclient.pnconfiguration import PNConfiguration
from pnclient.redaction import MAX_SHOWN
from pnclient.transport import (
    Call,
    ConnectionFailure,
    Reply,
    ServiceFailure,
    failure_of,
    failure_status,
    prepare_request,
    status_of,
    value_of,
)

REFUSED = {"message": "Forbidden", "payload": {"channels": ["a"]}, "error": True, "status": 403}
MALFORMED = {
    "status": 481,
    "service": "PubSub",
    "error": True,
    "message": "Filter syntax error: unexpected end",
}
CALL = Call(
    operation=PNOperationType.PNHereNowOperation,
    path=("v2", "presence", "sub-key", "sub-secret"),
    channels=("a", "b"),
    groups=("g",),
)


def failure(code: int, body: Any) -> ServiceFailure:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(ServiceFailure) as raised:
        value_of(Reply(code, {}, content))
    return raised.value


@pytest.mark.parametrize(
    ("code", "body", "category", "text"),
    [
        (400, {"error": True}, "PNBadRequest", "HTTP Client Error (400): {'error': True}"),
        (400, [0, "Invalid Key", "15"], "PNBadRequest", "HTTP Client Error (400): [0, 'Invalid Key', '15']"),
        (403, REFUSED, "PNAccessDenied", f"HTTP Client Error (403): {REFUSED}"),
        (404, {"m": 1}, "PNUnknown", "HTTP Client Error (404): {'m': 1}"),
        (414, {"m": 1}, "PNUnknown", "HTTP Client Error (414): {'m': 1}"),
        (429, {"m": 1}, "PNUnknown", "HTTP Client Error (429): {'m': 1}"),
        (400, b"", "PNBadRequest", "HTTP Client Error (400): N/A"),
        (307, b"", "PNUnknown", "HTTP Client Error (307): N/A"),
        (500, {"m": 1}, "PNUnknown", "HTTP Server Error (500): HTTP 500: Internal Server Error"),
        (503, b"", "PNUnknown", "HTTP Server Error (503): HTTP 503: Service Unavailable"),
        (502, b"<h1>no</h1>", "PNUnknown", "HTTP Server Error (502): HTTP 502: Bad Gateway"),
        (599, b"", "PNUnknown", "HTTP Server Error (599): HTTP 599: Unknown"),
        (404, b"<h1>no</h1>", "PNUnknown", "HTTP Client Error (404): <h1>no</h1>"),
        (403, b"no", "PNAccessDenied", "HTTP Client Error (403): no"),
        (481, MALFORMED, "PNMalformedFilterExpression", f"HTTP Client Error (481): {MALFORMED}"),
        (481, b"no", "PNMalformedFilterExpression", "HTTP Client Error (481): no"),
        (400, MALFORMED, "PNMalformedFilterExpression", f"HTTP Client Error (400): {MALFORMED}"),
        (400, b"Filter syntax error", "PNMalformedFilterExpression", "HTTP Client Error (400): Filter syntax error"),
        (403, MALFORMED, "PNAccessDenied", f"HTTP Client Error (403): {MALFORMED}"),
        (200, b"<h1>hello</h1>", "PNMalformedResponse", "JSON decoding failed: json decode error"),
        (200, b"", "PNMalformedResponse", "JSON decoding failed: json decode error"),
        (200, b"[1,", "PNMalformedResponse", "JSON decoding failed: json decode error"),
        (200, b"\xff\xfe\xfa", "PNMalformedResponse", "JSON decoding failed: json decode error"),
        (200, b"[" * 200_000, "PNMalformedResponse", "JSON decoding failed: json decode error"),
    ],
)  # fmt: skip
def test_an_answer_that_is_no_success_has_a_category_and_a_text(
    code: int, body: Any, category: str, text: str
) -> None:
    failed = failure(code, body)
    assert failed.category.name == f"{category}Category"
    assert str(failed.exception) == text == str(failed)
    assert failed.code == code


def test_what_came_is_kept_beside_the_text() -> None:
    assert failure(500, {"m": 1}).data == {"m": 1}
    assert failure(502, b"<h1>no</h1>").data == "<h1>no</h1>"


def test_a_body_that_is_no_json_is_reported_in_part() -> None:
    failed = failure(404, b"\xf0\x9f\x8e\x89" * 100_000)
    assert failed.data == "🎉" * MAX_SHOWN


@pytest.mark.parametrize("code", [200, 201])
def test_a_success_is_its_json(code: int) -> None:
    assert value_of(Reply(code, {}, '[1, 12345678901234567890, "é"]'.encode())) == [
        1,
        12345678901234567890,
        "é",
    ]


@pytest.mark.parametrize(
    ("category", "text"),
    [
        (PNStatusCategory.PNTimeoutCategory, "Client Timeout: no answer within 10 seconds"),
        (PNStatusCategory.PNNetworkIssuesCategory, "Connection Error: no answer within 10 seconds"),
        (
            PNStatusCategory.PNTLSUntrustedCertificateCategory,
            "Connection Error: no answer within 10 seconds",
        ),
    ],
)
def test_no_answer_is_a_failure_too(category: PNStatusCategory, text: str) -> None:
    failed = failure_of(ConnectionFailure(category, "no answer within 10 seconds"))
    assert (failed.category, str(failed.exception)) == (category, text)
    assert (failed.code, failed.data) == (None, None)


@pytest.fixture
def secretive() -> PNConfiguration:
    config = PNConfiguration()
    config.origin, config.ssl, config.uuid = "127.0.0.1:1", False, "me"
    config.subscribe_key, config.publish_key = "sub-secret", "pub-secret"
    config.secret_key, config.auth_key = "sec-secret", "auth-secret"
    return config


def test_a_status_tells_how_a_call_went(secretive: PNConfiguration) -> None:
    request = prepare_request(secretive, CALL)
    acknowledged = PNStatusCategory.PNAcknowledgmentCategory
    status = status_of(secretive, CALL, acknowledged, request=request, code=200, data={"a": 1})
    assert not status.is_error()
    assert (status.error, status.error_data) == (None, None)
    assert (status.category, status.operation) == (acknowledged, CALL.operation)
    assert (status.status_code, status.original_response) == (200, {"a": 1})
    assert (status.tls_enabled, status.origin, status.uuid) == (False, "127.0.0.1:1", "me")
    assert (status.affected_channels, status.affected_groups) == (["a", "b"], ["g"])
    assert status.client_request == request.shown
    # As with 4.8.1: it never had them.
    assert (status.auth_key, status.client_response) == (None, None)
    assert "secret" not in f"{vars(status)}{status!r}"
    assert repr(status) == (
        "PNStatus(category=PNAcknowledgmentCategory, operation=PNHereNowOperation, "
        "status_code=200, error=None)"
    )


def test_the_status_of_a_failure_holds_its_exception(secretive: PNConfiguration) -> None:
    failed = failure(403, REFUSED)
    bare = Call(operation=CALL.operation, path=CALL.path)
    status = failure_status(secretive, bare, failed)
    assert status.is_error()
    assert status.error_data is not None
    assert status.error_data.exception is failed.exception
    assert status.error_data.information == str(failed.exception)
    assert failed.exception.status is status
    assert (status.status_code, status.original_response) == (403, REFUSED)
    assert (status.affected_channels, status.affected_groups) == (None, None)
    assert status.client_request is None


def test_a_failure_of_another_kind_has_a_status_too(secretive: PNConfiguration) -> None:
    category = PNStatusCategory.PNInternalExceptionCategory
    error = ValueError("no")
    status = status_of(secretive, CALL, category, exception=error)
    assert status.error_data is not None
    assert status.error_data.exception is error


def test_a_status_that_says_that_nothing_failed_is_no_error() -> None:
    status = PNStatus()
    assert repr(status) == "PNStatus(category=None, operation=None, status_code=None, error=None)"
    status.error = False
    assert not status.is_error()


def test_an_exception_tells_what_4_8_1_told() -> None:
    assert (
        str(PubNubException(errormsg="why", status_code=400, pn_error="What")) == "What (400): why"
    )
    assert str(PubNubException(errormsg="why", pn_error="What")) == "What: why"
    assert str(PubNubException(pn_error="What", status_code=400)) == "What"
