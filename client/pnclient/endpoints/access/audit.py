"""Asking what was granted."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.access.rights import OfRights
from pnclient.enums import PNOperationType
from pnclient.models.consumer.access_manager import PNAccessManagerAuditResult
from pnclient.transport import Call


class Audit(OfRights[PNAccessManagerAuditResult]):
    """Ask what auth keys, and everybody, may do: with channels and groups, or with everything.

    Needs the secret key.
    """

    OPERATION = PNOperationType.PNAccessManagerAudit

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_secret_key()

    def _call(self) -> Call:
        return self._of_rights("audit", {})

    def _result(self, data: Any) -> PNAccessManagerAuditResult:
        return PNAccessManagerAuditResult.from_json(data["payload"])
