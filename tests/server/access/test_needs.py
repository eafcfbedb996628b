"""Which rights each operation needs."""

from __future__ import annotations

from pnfilter.server.access.needs import RULES
from pnfilter.server.service import ROUTES


def test_every_operation_has_a_row() -> None:
    assert {route.operation for route in ROUTES} <= RULES.keys()
