"""Push notifications of devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Self

from pnclient import errors
from pnclient.access.subjects import Subjects
from pnclient.api.arguments import (
    Names,
    as_list,
    as_strings,
    check_acknowledged,
    check_integer,
    check_string,
    names_of,
)
from pnclient.api.endpoint import Client, Endpoint, R
from pnclient.enums import PNOperationType, PNPushEnvironment, PNPushType
from pnclient.exceptions import PubNubException
from pnclient.redaction import Redacted
from pnclient.transport import Call

_PUSH_TYPES: dict[int, str] = {
    PNPushType.APNS: "apns",
    PNPushType.GCM: "gcm",
    PNPushType.MPNS: "mpns",
    PNPushType.FCM: "fcm",
}
_ENVIRONMENTS = (PNPushEnvironment.DEVELOPMENT, PNPushEnvironment.PRODUCTION)


class PNPushAddChannelResult:
    def __str__(self) -> str:
        return "Channel successfully added"


class PNPushRemoveChannelResult:
    def __str__(self) -> str:
        return "Channel successfully removed"


class PNPushRemoveAllChannelsResult:
    def __str__(self) -> str:
        return "All channels successfully removed"


@dataclass(eq=False)
class PNPushListProvisionsResult:
    """The channels that a device is registered for."""

    channels: list[str]

    def __str__(self) -> str:
        return f"Push notification enabled on following channels: {', '.join(self.channels)}"


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
        """The service that reaches the device: a ``PNPushType``.

        ``ValueError`` for anything but a number.
        """
        given: object = push_type
        if isinstance(given, bool) or not isinstance(given, int | None):
            raise TypeError(f"push_type: expected a PNPushType, got {given!r}")
        try:
            self._push_type = None if given is None else PNPushType(given)
        except ValueError:
            raise ValueError(f"push_type: expected a PNPushType, got {given!r}") from None
        return self

    def topic(self, topic: str) -> Self:
        """The app's name at Apple, which APNS2 needs; of the other services none is sent."""
        self._topic = topic
        return self

    def environment(self, environment: str) -> Self:
        """Set the ``PNPushEnvironment`` of APNS2; by default the one for development."""
        given: object = environment
        if given is not None and given not in _ENVIRONMENTS:
            raise ValueError(f"environment: expected {' or '.join(_ENVIRONMENTS)}, got {given!r}")
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
                *(devices, Redacted(self._device_id), *more),
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


def check_changed(data: Any) -> None:
    """Raise ``TypeError`` for an answer that doesn't report success.

    Success is assumed to be ``[1, text]`` or an object.
    """
    if isinstance(data, dict):
        check_acknowledged(data)
    elif as_list(data)[:1] == [0]:
        raise TypeError("the service says that there was an error")


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def push_type_to_string(push_type: int) -> str:
    """Return the name of a push service in a request; empty if it has none."""
    return _PUSH_TYPES.get(push_type, "")


class AddChannelsToPush(OfDeviceAndChannels[PNPushAddChannelResult]):
    """Let a device have push notifications of channels."""

    OPERATION = PNOperationType.PNAddPushNotificationsOnChannelsOperation

    def _call(self) -> Call:
        return self._of_device(add=tuple(self._channels))

    def _result(self, data: Any) -> PNPushAddChannelResult:
        check_changed(data)
        return PNPushAddChannelResult()


class ListPushProvisions(OfDevice[PNPushListProvisionsResult]):
    """Ask for the channels of which a device has push notifications."""

    OPERATION = PNOperationType.PNPushNotificationEnabledChannelsOperation
    #: Channels in one page, as the SDK for JavaScript has it.
    MAX_COUNT: Final = 1_000

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._start: str | None = None
        self._count: int | None = None

    def start(self, start: str | None) -> Self:
        """The channel after which the page begins (assumed). 4.8.1 has no pages."""
        self._start = check_string(start, "start")
        return self

    def count(self, count: int | None) -> Self:
        """How many channels a page has, 1,000 at most. 4.8.1 has no pages."""
        asked = check_integer(count, "count")
        if asked is not None and asked < 1:
            raise ValueError(f"count: expected at least 1, got {count}")
        self._count = asked
        return self

    def _call(self) -> Call:
        page: dict[str, str] = {}
        if self._start is not None:
            page["start"] = self._start
        if self._count is not None:
            page["count"] = str(min(self._count, self.MAX_COUNT))
        return self._of_device(**page)

    def _result(self, data: Any) -> PNPushListProvisionsResult:
        return PNPushListProvisionsResult(as_strings(data))


class RemoveChannelsFromPush(OfDeviceAndChannels[PNPushRemoveChannelResult]):
    """Let a device have no more push notifications of channels."""

    OPERATION = PNOperationType.PNRemovePushNotificationsFromChannelsOperation

    def _call(self) -> Call:
        return self._of_device(remove=tuple(self._channels))

    def _result(self, data: Any) -> PNPushRemoveChannelResult:
        check_changed(data)
        return PNPushRemoveChannelResult()


class RemoveDeviceFromPush(OfDevice[PNPushRemoveAllChannelsResult]):
    """Let a device have no more push notifications at all."""

    OPERATION = PNOperationType.PNRemoveAllPushNotificationsOperation

    def _call(self) -> Call:
        return self._of_device("remove")

    def _result(self, data: Any) -> PNPushRemoveAllChannelsResult:
        check_changed(data)
        return PNPushRemoveAllChannelsResult()
