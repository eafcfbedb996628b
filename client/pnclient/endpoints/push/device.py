"""What the operations on a device's registrations for push notifications have in common."""

from __future__ import annotations

from typing import Any, Self

from pnclient import errors
from pnclient.access.subjects import Subjects
from pnclient.endpoints.arguments import Names, names_of
from pnclient.endpoints.endpoint import Client, Endpoint, R
from pnclient.endpoints.shapes import acknowledged, listed
from pnclient.enums import PNPushEnvironment, PNPushType
from pnclient.exceptions import PubNubException
from pnclient.hiding import Hidden
from pnclient.transport import Call

_PUSH_TYPES: dict[int, str] = {
    PNPushType.APNS: "apns",
    PNPushType.GCM: "gcm",
    PNPushType.MPNS: "mpns",
    PNPushType.FCM: "fcm",
}
_ENVIRONMENTS = (PNPushEnvironment.DEVELOPMENT, PNPushEnvironment.PRODUCTION)


class OfDevice(Endpoint[R]):
    """An operation on one device, which no log and no status shows."""

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._device_id: str | None = None
        self._push_type: PNPushType | None = None
        self._topic: str | None = None
        self._environment = PNPushEnvironment.DEVELOPMENT

    def device_id(self, device_id: str) -> Self:
        """What the service for push notifications calls the device."""
        self._device_id = device_id
        return self

    def push_type(self, push_type: int) -> Self:
        """The service that reaches the device: a ``PNPushType``. ``ValueError`` for a number that is none."""
        given: object = push_type
        if isinstance(given, bool) or not isinstance(given, int | None):
            raise TypeError(f"push_type: a PNPushType is expected, not {given!r}")
        try:
            self._push_type = None if given is None else PNPushType(given)
        except ValueError:
            raise ValueError(f"push_type: a PNPushType is expected, not {given!r}") from None
        return self

    def topic(self, topic: str) -> Self:
        """The app's name at Apple, which APNS2 needs; of the other services none is sent."""
        self._topic = topic
        return self

    def environment(self, environment: str) -> Self:
        """Which of Apple's services APNS2 means, a ``PNPushEnvironment``: that for development unless it is set."""
        given: object = environment
        if given is not None and given not in _ENVIRONMENTS:
            raise ValueError(
                f"environment: {' or '.join(_ENVIRONMENTS)} is expected, not {given!r}"
            )
        self._environment = environment or PNPushEnvironment.DEVELOPMENT
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        if not _is_name(self._device_id):
            raise PubNubException(pn_error=errors.PNERR_PUSH_DEVICE_MISSING)
        if self._push_type is None:
            raise PubNubException(pn_error=errors.PNERROR_PUSH_TYPE_MISSING)
        if self._push_type is PNPushType.APNS2 and not _is_name(self._topic):
            raise PubNubException(pn_error=errors.PNERR_PUSH_TOPIC_MISSING)

    def _of_device(self, *more: str, **parameters: str | tuple[str, ...]) -> Call:
        version, devices = "v1", "devices"
        if self._push_type is PNPushType.APNS2:
            version, devices = "v2", "devices-apns2"
            parameters |= {"environment": self._environment, "topic": self._topic or ""}
        elif self._push_type is not None:
            parameters["type"] = push_type_to_string(self._push_type)
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=(
                *(version, "push", "sub-key", self.pubnub.config.subscribe_key or ""),
                *(devices, Hidden(self._device_id), *more),
            ),
            query=parameters,
        )


class OfDeviceAndChannels(OfDevice[R]):
    """An operation on a device and some channels."""

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._channels: list[str] = []

    def channels(self, channels: Names | None) -> Self:
        """The channels, instead of those before: a text with commas between them, or a list."""
        self._channels = [] if channels is None else names_of(channels, "channels")
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        if not self._channels:
            raise PubNubException(pn_error=errors.PNERR_CHANNEL_MISSING)
        super()._validate()

    def _subjects(self) -> Subjects:
        return Subjects(channels=tuple(self._channels))


def changed(data: Any) -> None:
    """Raise ``TypeError`` for an answer that doesn't say that all went well (assumed: ``[1, text]``, or an object)."""
    if isinstance(data, dict):
        acknowledged(data)
    elif listed(data)[:1] == [0]:
        raise TypeError("the service says that there was an error")


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def push_type_to_string(push_type: int) -> str:
    """The name of a service for push notifications in a request; empty for one without such a name."""
    return _PUSH_TYPES.get(push_type, "")
