"""An import path of pubnub 4.8.1. Written by tools/old_paths.py."""

from pnclient.api.access import (
    PNAccessManagerAuditResult,
    PNAccessManagerChannelData,
    PNAccessManagerChannelGroupData,
    PNAccessManagerGrantResult,
    PNAccessManagerKeyData,
    PNAccessManagerUuidsData,
    fetch_permissions,
)

__all__ = [
    "PNAccessManagerAuditResult",
    "PNAccessManagerChannelData",
    "PNAccessManagerChannelGroupData",
    "PNAccessManagerGrantResult",
    "PNAccessManagerKeyData",
    "PNAccessManagerUuidsData",
    "fetch_permissions",
]
