"""An import path of pubnub 4.8.1. Written by tools/old_paths.py."""

from pnclient.api.files import (
    PNDeleteFileResult,
    PNDownloadFileResult,
    PNFetchFileUploadS3DataResult,
    PNGetFileDownloadURLResult,
    PNGetFilesResult,
    PNPublishFileMessageResult,
    PNSendFileResult,
)

__all__ = [
    "PNDeleteFileResult",
    "PNDownloadFileResult",
    "PNFetchFileUploadS3DataResult",
    "PNGetFileDownloadURLResult",
    "PNGetFilesResult",
    "PNPublishFileMessageResult",
    "PNSendFileResult",
]
