"""What operations do to the service, and what they need."""

from __future__ import annotations

from typing import Final

from pnclient.enums import PNOperationType

#: What changes nothing at the service, so that it may be asked for again. Many writes are GET too.
READS: Final = frozenset(
    (
        PNOperationType.PNSubscribeOperation,
        PNOperationType.PNTimeOperation,
        PNOperationType.PNHistoryOperation,
        PNOperationType.PNFetchMessagesOperation,
        PNOperationType.PNMessageCountOperation,
        PNOperationType.PNGetMessageActions,
        PNOperationType.PNHereNowOperation,
        PNOperationType.PNWhereNowOperation,
        PNOperationType.PNGetState,
        PNOperationType.PNChannelsForGroupOperation,
        PNOperationType.PNPushNotificationEnabledChannelsOperation,
        PNOperationType.PNAccessManagerAudit,
        PNOperationType.PNGetUuidMetadataOperation,
        PNOperationType.PNGetAllUuidMetadataOperation,
        PNOperationType.PNGetChannelMetadataOperation,
        PNOperationType.PNGetAllChannelMetadataOperation,
        PNOperationType.PNGetChannelMembersOperation,
        PNOperationType.PNGetMembershipsOperation,
        PNOperationType.PNGetFilesAction,
        PNOperationType.PNGetFileDownloadURLAction,
    )
)

#: What nobody needs a right for, or only who signs.
UNAUTHORISED: Final = frozenset(
    (
        PNOperationType.PNTimeOperation,
        PNOperationType.PNAccessManagerAudit,
        PNOperationType.PNAccessManagerGrant,
        PNOperationType.PNAccessManagerRevoke,
        PNOperationType.PNAccessManagerGrantToken,
        PNOperationType.PNAccessManagerRevokeToken,
    )
)
