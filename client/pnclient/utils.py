"""Functions that programs imported from here, under their old names; the client has no need of most.

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

from pnclient import errors
from pnclient.access import tokens
from pnclient.endpoints.arguments import names_of
from pnclient.enums import PNOperationType, PNPushType, PNStatusCategory
from pnclient.exceptions import PubNubException
from pnclient.payloads import json_text
from pnclient.transport import encoded

if TYPE_CHECKING:
    from pnclient.models.consumer.common import PNStatus
    from pnclient.models.consumer.v3.pn_resource import PNResource

P = ParamSpec("P")
R = TypeVar("R")

_PUSH_TYPES: dict[int, str] = {
    PNPushType.APNS: "apns",
    PNPushType.GCM: "gcm",
    PNPushType.MPNS: "mpns",
    PNPushType.FCM: "fcm",
}


def get_data_for_user(data: Any) -> Any:
    """Of an answer: what it says and brings, if it has both; else all of it."""
    if isinstance(data, Mapping) and "message" in data and "payload" in data:
        return {"message": data["message"], "payload": data["payload"]}
    return data


def write_value_as_string(data: Any) -> str:
    """The JSON of a value; ``PubNubException`` where it has none. 4.8.1 escaped nothing in texts."""
    return json_text(data)


def url_encode(data: str) -> str:
    """A text as it stands in a request: all but letters, digits and ``_.-~`` escaped."""
    return encoded(data)


def url_write(data: Any) -> str:
    """The JSON of a value, encoded for a request."""
    return encoded(json_text(data))


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
    return ",".join(map(encoded, items_list))


def join_channels(items_list: Iterable[str]) -> str:
    """The same for a path: a comma alone stands for no channels."""
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
    """Whether the status tells that the subscription is there."""
    return status.category == PNStatusCategory.PNConnectedCategory


def is_unsubscribed_event(status: PNStatus) -> bool:
    """Whether the status tells that a subscription was ended."""
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
    return encoded(s_url).replace("~", "%7E")


def sign_sha256(secret: str, sign_input: str) -> str:
    """The HMAC-SHA256 of a text, in base64 for URLs."""
    return urlsafe_b64encode(
        hmac.digest(secret.encode(), sign_input.encode(), hashlib.sha256)
    ).decode()


def parse_resources(
    resource_list: Iterable[PNResource] | None,
    resource_set_name: str,
    resources: dict[str, dict[str, int]],
    patterns: dict[str, dict[str, int]],
) -> None:
    """Enter what access is granted to into the two maps, under ``resource_set_name``: names with their rights."""
    resources.setdefault(resource_set_name, {})
    patterns.setdefault(resource_set_name, {})
    for resource in resource_list or ():
        name = resource.get_id()
        if not isinstance(name, str) or not name:
            raise PubNubException(
                pn_error=errors.PNERR_RESOURCES_MISSING, errormsg="a name or pattern is no text"
            )
        found = patterns if resource.is_pattern_resource() else resources
        found[resource_set_name][name] = calculate_bitmask(resource)


def calculate_bitmask(pn_resource: PNResource) -> int:
    """The rights on something as a number; ``PubNubException`` where there are none."""
    rights = {
        tokens.READ: pn_resource.is_read(),
        tokens.WRITE: pn_resource.is_write(),
        tokens.MANAGE: pn_resource.is_manage(),
        tokens.DELETE: pn_resource.is_delete(),
        tokens.CREATE: pn_resource.is_create(),
        tokens.GET: pn_resource.is_get(),
        tokens.UPDATE: pn_resource.is_update(),
        tokens.JOIN: pn_resource.is_join(),
    }
    bits = sum(bit for bit, is_given in rights.items() if is_given)
    if not bits:
        raise PubNubException(pn_error=errors.PNERR_PERMISSION_MISSING)
    return bits


def push_type_to_string(push_type: int) -> str:
    """The name of a service for push notifications in a request; empty for one without such a name."""
    return _PUSH_TYPES.get(push_type, "")


def strip_right(text: str, suffix: str) -> str:
    """The text without the suffix, if it ends with that."""
    return text.removesuffix(suffix)


def datetime_now() -> str:
    """The local time for a log."""
    return datetime.now().astimezone().strftime("%I:%M%p on %B %d, %Y")


def decode_utf8_dict(dic: Any) -> Any:
    """A value with text where bytes were, however deep; what is named ``sig`` stays bytes."""
    if isinstance(dic, bytes):
        return dic.decode()
    if isinstance(dic, dict):
        names = {name: name.decode() if isinstance(name, bytes) else name for name in dic}
        return {
            names[name]: value
            if names[name] == "sig" and isinstance(value, bytes)
            else decode_utf8_dict(value)
            for name, value in dic.items()
        }
    if isinstance(dic, list):
        return [decode_utf8_dict(value) for value in dic]
    return dic
