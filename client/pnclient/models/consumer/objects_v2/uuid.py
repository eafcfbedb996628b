"""An import path of pubnub 4.8.1. Written by tools/old_paths.py."""

from pnclient.api.metadata import (
    PNGetAllUUIDMetadataResult,
    PNGetUUIDMetadataResult,
    PNRemoveUUIDMetadataResult,
    PNSetUUIDMetadataResult,
)
from pnclient.api.subscribe import PNUUIDMetadataResult

__all__ = [
    "PNGetAllUUIDMetadataResult",
    "PNGetUUIDMetadataResult",
    "PNRemoveUUIDMetadataResult",
    "PNSetUUIDMetadataResult",
    "PNUUIDMetadataResult",
]
