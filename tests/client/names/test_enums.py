"""The numbers of 4.8.1."""

from __future__ import annotations

import copy
import pickle
from enum import IntEnum

import pytest

from pnclient import enums
from pnclient.enums import HttpMethod, PNHeartbeatNotificationOptions

#: As read from its source.
NUMBERS: dict[str, dict[str, int]] = {
    "HttpMethod": {"GET": 1, "POST": 2, "DELETE": 3, "PATCH": 4},
    "PNStatusCategory": {
        "PNUnknownCategory": 1,
        "PNAcknowledgmentCategory": 2,
        "PNAccessDeniedCategory": 3,
        "PNTimeoutCategory": 4,
        "PNNetworkIssuesCategory": 5,
        "PNConnectedCategory": 6,
        "PNReconnectedCategory": 7,
        "PNDisconnectedCategory": 8,
        "PNUnexpectedDisconnectCategory": 9,
        "PNCancelledCategory": 10,
        "PNBadRequestCategory": 11,
        "PNMalformedFilterExpressionCategory": 12,
        "PNMalformedResponseCategory": 13,
        "PNDecryptionErrorCategory": 14,
        "PNTLSConnectionFailedCategory": 15,
        "PNTLSUntrustedCertificateCategory": 16,
        "PNInternalExceptionCategory": 17,
    },
    "PNOperationType": {
        "PNSubscribeOperation": 1,
        "PNUnsubscribeOperation": 2,
        "PNPublishOperation": 3,
        "PNHistoryOperation": 4,
        "PNWhereNowOperation": 5,
        "PNHeartbeatOperation": 6,
        "PNSetStateOperation": 7,
        "PNAddChannelsToGroupOperation": 8,
        "PNRemoveChannelsFromGroupOperation": 9,
        "PNChannelGroupsOperation": 10,
        "PNRemoveGroupOperation": 11,
        "PNChannelsForGroupOperation": 12,
        "PNPushNotificationEnabledChannelsOperation": 13,
        "PNAddPushNotificationsOnChannelsOperation": 14,
        "PNRemovePushNotificationsFromChannelsOperation": 15,
        "PNRemoveAllPushNotificationsOperation": 16,
        "PNTimeOperation": 17,
        "PNHereNowOperation": 18,
        "PNGetState": 19,
        "PNAccessManagerAudit": 20,
        "PNAccessManagerGrant": 21,
        "PNAccessManagerRevoke": 22,
        "PNHistoryDeleteOperation": 23,
        "PNMessageCountOperation": 24,
        "PNFireOperation": 25,
        "PNSignalOperation": 26,
        "PNAccessManagerGrantToken": 41,
        "PNAddMessageAction": 42,
        "PNGetMessageActions": 43,
        "PNDeleteMessageAction": 44,
        "PNFetchMessagesOperation": 45,
        "PNGetFilesAction": 46,
        "PNDeleteFileOperation": 47,
        "PNGetFileDownloadURLAction": 48,
        "PNFetchFileUploadS3DataAction": 49,
        "PNDownloadFileAction": 50,
        "PNSendFileAction": 51,
        "PNSendFileNotification": 52,
        "PNSetUuidMetadataOperation": 53,
        "PNGetUuidMetadataOperation": 54,
        "PNRemoveUuidMetadataOperation": 55,
        "PNGetAllUuidMetadataOperation": 56,
        "PNSetChannelMetadataOperation": 57,
        "PNGetChannelMetadataOperation": 58,
        "PNRemoveChannelMetadataOperation": 59,
        "PNGetAllChannelMetadataOperation": 60,
        "PNSetChannelMembersOperation": 61,
        "PNGetChannelMembersOperation": 62,
        "PNRemoveChannelMembersOperation": 63,
        "PNManageChannelMembersOperation": 64,
        "PNSetMembershipsOperation": 65,
        "PNGetMembershipsOperation": 66,
        "PNRemoveMembershipsOperation": 67,
        "PNManageMembershipsOperation": 68,
    },
    "PNHeartbeatNotificationOptions": {"NONE": 1, "FAILURES": 2, "ALL": 3},
    "PNReconnectionPolicy": {"NONE": 1, "LINEAR": 2, "EXPONENTIAL": 3},
    "PNPushType": {"APNS": 1, "MPNS": 2, "GCM": 3, "APNS2": 4},
}
#: What 4.8.1 did not have.
NEW = {
    "PNStatusCategory": {
        "PNRequestMessageCountExceededCategory": 21,
        "PNFilterDisagreementCategory": 100,
    },
    "PNOperationType": {"PNAccessManagerRevokeToken": 40},
    "PNPushType": {"FCM": 5},
    "PNFilterMode": {"SERVER": 1, "LOCAL": 2, "BOTH": 3},
}


@pytest.mark.parametrize("name", sorted({*NUMBERS, *NEW}))
def test_an_enumeration_has_these_numbers(name: str) -> None:
    kind = getattr(enums, name)
    assert issubclass(kind, IntEnum)
    assert {member.name: int(member) for member in kind} == NUMBERS.get(name, {}) | NEW.get(
        name, {}
    )


def test_no_enumeration_is_without_a_row() -> None:
    kinds = {
        name
        for name, kind in vars(enums).items()
        if isinstance(kind, type) and issubclass(kind, IntEnum) and kind is not IntEnum
    }
    assert kinds == {*NUMBERS, *NEW}


def test_members_are_numbers_and_outlive_copies() -> None:
    member = PNHeartbeatNotificationOptions.FAILURES
    assert member == 2
    assert {2: "found"}[member] == "found"
    assert copy.deepcopy(member) is member
    assert pickle.loads(pickle.dumps(member)) is member


def test_the_samples_spelling_is_the_same_member() -> None:
    assert PNHeartbeatNotificationOptions["All"] is PNHeartbeatNotificationOptions.ALL


@pytest.mark.parametrize(("number", "text"), [(1, "GET"), (2, "POST"), (3, "DELETE"), (4, "PATCH")])
def test_a_method_has_its_name_in_a_request(number: int, text: str) -> None:
    assert HttpMethod.string(number) == HttpMethod.string(HttpMethod(number)) == text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("PNResourceType", {"CHANNEL": "channel", "GROUP": "group", "USER": "user", "SPACE": "space",
            # What 4.8.1 did not have.
            "UUID": "uuid"}),
        ("PNMatchType", {"RESOURCE": "resource", "PATTERN": "pattern"}),
        ("PNPushEnvironment", {"DEVELOPMENT": "development", "PRODUCTION": "production"}),
    ],
)  # fmt: skip
def test_words_are_those_of_old(name: str, words: dict[str, str]) -> None:
    kind = getattr(enums, name)
    assert {one: value for one, value in vars(kind).items() if one.isupper()} == words
