"""Live channels: what they bring, recorded, published again, and compared with a filter.

``Recorder`` and ``Recording`` write and read recordings, ``compare`` says where the service and a
filter differ on one, ``Replay`` publishes one again, and ``Tail`` follows channels. What talks to a
service needs ``pip install 'pnfilter[client]'``. Nothing is imported until it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pnfilter.live.comparison import Comparison as Comparison
    from pnfilter.live.comparison import Disagreement as Disagreement
    from pnfilter.live.comparison import Support as Support
    from pnfilter.live.comparison import compare as compare
    from pnfilter.live.recorder import Recorder as Recorder
    from pnfilter.live.recording import Mark as Mark
    from pnfilter.live.recording import Recorded as Recorded
    from pnfilter.live.recording import Recording as Recording
    from pnfilter.live.replay import Replay as Replay
    from pnfilter.live.tail import Tail as Tail

#: Where each public name lives.
_HOMES = {
    "Comparison": "pnfilter.live.comparison",
    "Disagreement": "pnfilter.live.comparison",
    "Mark": "pnfilter.live.recording",
    "Recorded": "pnfilter.live.recording",
    "Recorder": "pnfilter.live.recorder",
    "Recording": "pnfilter.live.recording",
    "Replay": "pnfilter.live.replay",
    "Support": "pnfilter.live.comparison",
    "Tail": "pnfilter.live.tail",
    "compare": "pnfilter.live.comparison",
}

__all__ = [
    "Comparison",
    "Disagreement",
    "Mark",
    "Recorded",
    "Recorder",
    "Recording",
    "Replay",
    "Support",
    "Tail",
    "compare",
]


if not TYPE_CHECKING:
    # Hidden from type checkers, which would take any name for a public one.
    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module 'pnfilter.live' has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
