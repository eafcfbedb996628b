"""The former home of ``running`` and ``serve``."""

from pnfilter.server.serving import Server, running, serve

__all__ = ["Server", "running", "serve"]
