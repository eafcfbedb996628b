"""Requests over connections that are kept alive."""

try:
    import tornado  # noqa: F401
except ImportError:
    raise ImportError("the client needs Tornado: pip install 'pnfilter[client]'") from None
