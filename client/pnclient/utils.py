"""Functions that programs import from here by their old names; the client needs few of them.

``sign_request`` is not among them: requests are signed as they are encoded.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import wraps
from threading import Lock
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from urllib.parse import urlunsplit
from uuid import uuid4

from pnclient.access.tokens import decode_utf8_dict
from pnclient.api.access_tokens import calculate_bitmask, parse_resources
from pnclient.api.arguments import json_text, names_of
from pnclient.api.push import push_type_to_string
from pnclient.enums import PNOperationType, PNStatusCategory
from pnclient.transport import percent_encode

if TYPE_CHECKING:
    from pnclient.status import PNStatus

__all__ = [
    "build_url",
    "calculate_bitmask",
    "datetime_now",
    "decode_utf8_dict",
    "extend_list",
    "get_data_for_user",
    "is_subscribed_event",
    "is_unsubscribed_event",
    "join_channels",
    "join_items",
    "join_items_and_encode",
    "pam_encode",
    "parse_resources",
    "prepare_pam_arguments",
    "push_type_to_string",
    "sign_sha256",
    "split_items",
    "strip_right",
    "synchronized",
    "url_encode",
    "url_write",
    "uuid",
    "write_value_as_string",
]

P = ParamSpec("P")
R = TypeVar("R")


def get_data_for_user(data: Any) -> Any:
    """Of an answer: what it says and brings, if it has both; else all of it."""
    if isinstance(data, Mapping) and "message" in data and "payload" in data:
        return {"message": data["message"], "payload": data["payload"]}
    return data


def write_value_as_string(data: Any) -> str:
    """Return the JSON of a value; ``PubNubException`` if it has none. 4.8.1 escaped no strings."""
    return json_text(data)


def url_encode(data: str) -> str:
    """Return a text as it is in a request: all but letters, digits and ``_.-~`` escaped."""
    return percent_encode(data)


def url_write(data: Any) -> str:
    """The JSON of a value, encoded for a request."""
    return percent_encode(json_text(data))


def uuid() -> str:
    """A random UUID."""
    return str(uuid4())


def split_items(items_string: str) -> list[str]:
    """The names in a text with commas."""
    return names_of(items_string)


def join_items(items_list: Iterable[str]) -> str:
    """Names with commas between them."""
    return ",".join(items_list)


def join_items_and_encode(items_list: Iterable[str]) -> str:
    """Names, each encoded, with commas between them."""
    return ",".join(map(percent_encode, items_list))


def join_channels(items_list: Iterable[str]) -> str:
    """The same for a path: a comma alone means no channels."""
    return join_items_and_encode(items_list) or ","


def extend_list(existing_items: list[str], new_items: str | Iterable[str]) -> None:
    """Append names, given one by one or as a text with commas."""
    existing_items.extend(names_of(new_items))


def build_url(scheme: str, origin: str, path: str, params: str = "") -> str:
    """A URL of parts that are encoded."""
    return urlunsplit((scheme, origin, path, params, ""))


def synchronized(func: Callable[P, R]) -> Callable[P, R]:
    """One call of the function at a time."""
    lock = Lock()

    @wraps(func)
    def synchronized_func(*args: P.args, **kwargs: P.kwargs) -> R:
        with lock:
            return func(*args, **kwargs)

    return synchronized_func


def is_subscribed_event(status: PNStatus) -> bool:
    """Whether the status says that the subscription is there."""
    return status.category == PNStatusCategory.PNConnectedCategory


def is_unsubscribed_event(status: PNStatus) -> bool:
    """Whether the status says that a subscription was ended."""
    return (
        status.category == PNStatusCategory.PNAcknowledgmentCategory
        and status.operation == PNOperationType.PNUnsubscribeOperation
    )


def prepare_pam_arguments(unsorted_params: Mapping[str, Any]) -> str:
    """Parameters as they are signed: sorted by name, values encoded."""
    return "&".join(
        f"{name}={pam_encode(str(unsorted_params[name]))}" for name in sorted(unsorted_params)
    )


def pam_encode(s_url: str) -> str:
    """A text as it is signed: all but letters, digits and ``_.-`` escaped."""
    return percent_encode(s_url).replace("~", "%7E")


def sign_sha256(secret: str, sign_input: str) -> str:
    """The HMAC-SHA256 of a text, in base64 for URLs."""
    return urlsafe_b64encode(
        hmac.digest(secret.encode(), sign_input.encode(), hashlib.sha256)
    ).decode()


def strip_right(text: str, suffix: str) -> str:
    """The text without the suffix, if it ends with that."""
    return text.removesuffix(suffix)


def datetime_now() -> str:
    """The local time for a log."""
    return datetime.now().astimezone().strftime("%I:%M%p on %B %d, %Y")
