"""The texts that exceptions begin with: none of 4.8.1 is missing."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest

from pnclient import errors
from pnclient.exceptions import PubNubException
from pnclient.models.consumer.common import PNStatus
from pnclient.models.consumer.pn_error_data import PNErrorData

#: The names of 4.8.1, without their PNERR_.
NAMES = """
    CLIENT_TIMEOUT _TIMEOUT REQUEST_CANCELLED HTTP_ERROR CONNECTION_ERROR TOO_MANY_REDIRECTS_ERROR
    SERVER_ERROR CLIENT_ERROR UNKNOWN_ERROR CHANNEL_MISSING CHANNELS_MISSING GROUP_MISSING
    MESSAGE_MISSING SUBSCRIBE_KEY_MISSING SECRET_KEY_MISSING PUBLISH_KEY_MISSING
    PUBLISH_META_WRONG_TYPE DEFERRED_NOT_IMPLEMENTED JSON_DECODING_FAILED JSON_NOT_SERIALIZABLE
    CHANNEL_OR_GROUP_MISSING STATE_MISSING UUID_MISSING STATE_SETTER_FOR_GROUPS_NOT_SUPPORTED_YET
    PUSH_DEVICE_MISSING PAM_NO_FLAGS PAM_INVALID_ARGUMENTS RESOURCES_MISSING TTL_MISSING INVALID_META
    PERMISSION_MISSING INVALID_ACCESS_TOKEN MESSAGE_ACTION_MISSING MESSAGE_ACTION_TYPE_MISSING
    MESSAGE_ACTION_VALUE_MISSING MESSAGE_TIMETOKEN_MISSING MESSAGE_ACTION_TIMETOKEN_MISSING
    HISTORY_MESSAGE_ACTIONS_MULTIPLE_CHANNELS PUSH_TOPIC_MISSING FILE_OBJECT_MISSING
    FILE_NAME_MISSING FILE_ID_MISSING
""".split()


def test_every_name_of_old_is_a_text_of_its_own() -> None:
    found = {name: text for name, text in vars(errors).items() if name.startswith("PNERR")}
    assert found.keys() == {*(f"PNERR_{name}" for name in NAMES), "PNERROR_PUSH_TYPE_MISSING"}
    assert all(isinstance(text, str) and text for text in found.values())
    # These two were one text.
    assert found["PNERR_REQUEST_CANCELLED"] == found["PNERR_CLIENT_ERROR"]
    assert len(set(found.values())) == len(found) - 1


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (PubNubException(pn_error=errors.PNERR_CHANNEL_MISSING), "Channel missing"),
        (
            PubNubException("no such key", 403, errors.PNERR_CLIENT_ERROR),
            "HTTP Client Error (403): no such key",
        ),
        (
            PubNubException("it broke", pn_error=errors.PNERR_UNKNOWN_ERROR),
            "Unknown Error: it broke",
        ),
    ],
)
def test_an_exceptions_text_is_put_together_as_of_old(error: PubNubException, text: str) -> None:
    assert str(error) == text
    assert error.status is None


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))]
)
def test_an_exception_is_copied_and_pickled_with_its_status(
    again: Callable[[PubNubException], PubNubException],
) -> None:
    error = PubNubException("no such key", 403, errors.PNERR_CLIENT_ERROR)
    error.status = PNStatus()
    error.status.status_code = 403
    error.status.error_data = PNErrorData(str(error), error)
    found = again(error)
    assert str(found) == "HTTP Client Error (403): no such key"
    assert found.status is not None
    assert found.status.status_code == 403
