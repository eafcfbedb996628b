"""The numbers that the SDK for Tornado gave to its categories, operations and options."""

from __future__ import annotations

from enum import IntEnum


class HttpMethod(IntEnum):
    """How a request is sent."""

    GET = 1
    POST = 2
    DELETE = 3
    PATCH = 4

    @classmethod
    def string(cls, method: int) -> str:
        """The method's name in a request."""
        return cls(method).name


class PNStatusCategory(IntEnum):
    """What a status reports."""

    PNUnknownCategory = 1
    PNAcknowledgmentCategory = 2
    PNAccessDeniedCategory = 3
    PNTimeoutCategory = 4
    PNNetworkIssuesCategory = 5
    PNConnectedCategory = 6
    PNReconnectedCategory = 7
    PNDisconnectedCategory = 8
    PNUnexpectedDisconnectCategory = 9
    PNCancelledCategory = 10
    PNBadRequestCategory = 11
    PNMalformedFilterExpressionCategory = 12
    PNMalformedResponseCategory = 13
    PNDecryptionErrorCategory = 14
    PNTLSConnectionFailedCategory = 15
    PNTLSUntrustedCertificateCategory = 16
    PNInternalExceptionCategory = 17
    #: The later SDKs' own; here: as many messages came as one answer holds, so that some may be
    #: lost.
    PNRequestMessageCountExceededCategory = 21
    #: This client's own: with ``PNFilterMode.BOTH``, a message came that doesn't match here.
    PNFilterDisagreementCategory = 100


class PNOperationType(IntEnum):
    """What a request was for. Numbers that are missing belong to calls that aren't here."""

    PNSubscribeOperation = 1
    PNUnsubscribeOperation = 2
    PNPublishOperation = 3
    PNHistoryOperation = 4
    PNWhereNowOperation = 5
    PNHeartbeatOperation = 6
    PNSetStateOperation = 7
    PNAddChannelsToGroupOperation = 8
    PNRemoveChannelsFromGroupOperation = 9
    PNChannelGroupsOperation = 10
    PNRemoveGroupOperation = 11
    PNChannelsForGroupOperation = 12
    PNPushNotificationEnabledChannelsOperation = 13
    PNAddPushNotificationsOnChannelsOperation = 14
    PNRemovePushNotificationsFromChannelsOperation = 15
    PNRemoveAllPushNotificationsOperation = 16
    PNTimeOperation = 17
    PNHereNowOperation = 18
    PNGetState = 19
    PNAccessManagerAudit = 20
    PNAccessManagerGrant = 21
    PNAccessManagerRevoke = 22
    PNHistoryDeleteOperation = 23
    PNMessageCountOperation = 24
    PNFireOperation = 25
    PNSignalOperation = 26
    #: The later SDKs' own.
    PNAccessManagerRevokeToken = 40
    PNAccessManagerGrantToken = 41
    PNAddMessageAction = 42
    PNGetMessageActions = 43
    PNDeleteMessageAction = 44
    PNFetchMessagesOperation = 45
    PNGetFilesAction = 46
    PNDeleteFileOperation = 47
    PNGetFileDownloadURLAction = 48
    PNFetchFileUploadS3DataAction = 49
    PNDownloadFileAction = 50
    PNSendFileAction = 51
    PNSendFileNotification = 52
    PNSetUuidMetadataOperation = 53
    PNGetUuidMetadataOperation = 54
    PNRemoveUuidMetadataOperation = 55
    PNGetAllUuidMetadataOperation = 56
    PNSetChannelMetadataOperation = 57
    PNGetChannelMetadataOperation = 58
    PNRemoveChannelMetadataOperation = 59
    PNGetAllChannelMetadataOperation = 60
    PNSetChannelMembersOperation = 61
    PNGetChannelMembersOperation = 62
    PNRemoveChannelMembersOperation = 63
    PNManageChannelMembersOperation = 64
    PNSetMembershipsOperation = 65
    PNGetMembershipsOperation = 66
    PNRemoveMembershipsOperation = 67
    PNManageMembershipsOperation = 68


class PNHeartbeatNotificationOptions(IntEnum):
    """The heartbeats that are reported to listeners."""

    NONE = 1
    FAILURES = 2
    ALL = 3
    #: The spelling of the reference's sample.
    All = 3


class PNReconnectionPolicy(IntEnum):
    """What happens after the connection is lost."""

    NONE = 1
    LINEAR = 2
    EXPONENTIAL = 3


class PNPushType(IntEnum):
    """A service for push notifications."""

    APNS = 1
    MPNS = 2
    GCM = 3
    APNS2 = 4
    #: The later SDKs' own, which have no MPNS.
    FCM = 5


class PNResourceType:
    """What a token gives access to."""

    CHANNEL = "channel"
    GROUP = "group"
    UUID = "uuid"
    #: The older words for a uuid and a channel.
    USER = "user"
    SPACE = "space"


class PNMatchType:
    """How a token names what it gives access to."""

    RESOURCE = "resource"
    PATTERN = "pattern"


class PNPushEnvironment:
    """Which of Apple's two services is meant."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class PNFilterMode(IntEnum):
    """Where a filter is applied.

    ``SERVER``: there, and the client trusts it. ``LOCAL``: here only, it is not sent; for keys
    without the Stream Controller add-on. ``BOTH``: sent, and checked again here.
    """

    SERVER = 1
    LOCAL = 2
    BOTH = 3
