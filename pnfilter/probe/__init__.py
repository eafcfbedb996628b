"""Find out what the service does where that isn't known, with the user's own keys.

``plan`` says what is asked and what it costs, ``run`` asks, and its ``Report`` has the readings.
Nothing is imported until it is used::

    from pnfilter import compile, probe

    report = probe.run(probe.plan(), probe.Keys(publish_key, subscribe_key))
    filter = compile(text, report.assumptions)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pnfilter.probe.planning import Plan as Plan
    from pnfilter.probe.planning import plan as plan
    from pnfilter.probe.report import Found as Found
    from pnfilter.probe.report import Report as Report
    from pnfilter.probe.running import run as run
    from pnfilter.probe.service import Keys as Keys
    from pnfilter.probe.service import ProbeError as ProbeError
    from pnfilter.probe.settings_text import with_readings as with_readings

#: Where each public name lives.
_HOMES = {
    "Found": "pnfilter.probe.report",
    "Keys": "pnfilter.probe.service",
    "Plan": "pnfilter.probe.planning",
    "ProbeError": "pnfilter.probe.service",
    "Report": "pnfilter.probe.report",
    "plan": "pnfilter.probe.planning",
    "run": "pnfilter.probe.running",
    "with_readings": "pnfilter.probe.settings_text",
}

__all__ = ["Found", "Keys", "Plan", "ProbeError", "Report", "plan", "run", "with_readings"]


if not TYPE_CHECKING:
    # Hidden from type checkers, which would take any name for a public one.
    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module 'pnfilter.probe' has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
