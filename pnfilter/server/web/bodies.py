"""Bodies of requests, which clients may compress."""

from __future__ import annotations

import zlib
from typing import Final

from pnfilter.server.web.requests import Request

#: Makes zlib read its own form and gzip's: clients send the one under the name of the other.
_ZLIB_OR_GZIP: Final = zlib.MAX_WBITS | 32


def inflated(request: Request, limit: int) -> bytes | None:
    """The body, inflated where it is compressed, up to a byte more than ``limit``.

    None for one that is cut off or spoilt.
    """
    if request.headers.get("Content-Encoding", "identity").lower() not in ("deflate", "gzip"):
        return request.body
    inflate = zlib.decompressobj(_ZLIB_OR_GZIP)
    try:
        body = inflate.decompress(request.body, limit + 1)
    except zlib.error:
        return None
    # The beginning of a number is a number too.
    return body if inflate.eof or len(body) > limit else None
