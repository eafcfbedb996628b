"""The configuration of a client."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NoReturn, Self

from pnclient import settings
from pnclient.enums import PNFilterMode, PNHeartbeatNotificationOptions, PNReconnectionPolicy
from pnclient.exceptions import PubNubException
from pnclient.settings import Setting

if TYPE_CHECKING:
    import os
    from ssl import SSLContext

    from pnfilter import Diagnostic

#: Warnings of filters that are remembered, so that each is logged once.
MAX_REMEMBERED: Final = 1000

#: What decides which warnings a filter has, and what becomes of them.
_ABOUT_FILTERS: Final = frozenset(
    ("filter_expression", "filter_mode", "filter_warnings", "cipher_key", "crypto_module")
)

_KEY = "a text that is not empty, or None"
_SWITCH = "True or False"
_SECONDS = f"a number of seconds, above 0 and at most {settings.MAX_SECONDS}"


class FilterWarning(ValueError):
    """A filter has warnings, and ``filter_warnings`` is ``"raise"``. ``str()`` shows them with carets."""

    def __init__(self, text: str, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(text, diagnostics)
        self.text = text
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        return _rendered(self.text, self.diagnostics)


class _Identity(Setting[Any, str | None]):
    """The uuid: made when it is first asked for, if it wasn't set."""

    def __get__(self, config: Any, owner: type) -> Any:
        if config is not None and config._values.get(self.name) is None:  # noqa: SLF001
            from uuid import uuid4

            config._values[self.name] = str(uuid4())  # noqa: SLF001
            _log(
                "no uuid was set, so one was made for this configuration: set PNConfiguration.uuid "
                "to the same value each time, or every start counts as another user"
            )
        return super().__get__(config, owner)


class PNConfiguration:
    """What a client is told: keys, times, filter, policies.

    Each property is validated when it is set: ``TypeError`` for a wrong type, ``ValueError`` for a wrong
    value, ``pnfilter.FilterSyntaxError`` (a ``ValueError``) for a filter that is none. A property that
    does not exist is an ``AttributeError``; a subclass may have more. ``repr`` has no key and no
    secret. Copies and pickles have everything but the clients that observe the original. A client
    follows what is changed while it runs.

    Names, types and defaults are the reference's where the SDK 4.8.1 had others (``ssl`` False,
    ``connect_timeout`` 5); properties that only 4.8.1 had are as they were there.
    """

    DEFAULT_PRESENCE_TIMEOUT: ClassVar[int] = 300
    DEFAULT_HEARTBEAT_INTERVAL: ClassVar[int] = 280

    #: Needed by every client: checked when one is made.
    subscribe_key: Setting[str | None, str | None] = Setting(
        settings.text_or_none, None, _KEY, secret=True
    )
    #: Needed to publish.
    publish_key: Setting[str | None, str | None] = Setting(
        settings.text_or_none, None, _KEY, secret=True
    )
    #: Every request is signed with it. For servers only: who has it may do everything.
    secret_key: Setting[str | None, str | None] = Setting(
        settings.text_or_none, None, _KEY, secret=True
    )
    #: Payloads of messages are encrypted with it; metadata, state, signals and names never are.
    cipher_key: Setting[str | None, str | None] = Setting(
        settings.text_or_none, None, _KEY, secret=True
    )
    #: Sent with every request that access control applies to.
    auth_key: Setting[str | None, str | None] = Setting(
        settings.text_or_none, None, _KEY, secret=True
    )
    #: Who this client is. Made at random if it isn't set, and then stays; None makes another one.
    uuid: Setting[str, str | None] = _Identity(settings.text_or_none, None, _KEY)
    user_id = uuid

    #: TLS. 4.8.1 used it by default.
    ssl: Setting[bool, bool] = Setting(settings.boolean, False, _SWITCH)
    #: ``host`` or ``host:port``; None for the default.
    origin: Setting[str, str | None] = Setting(
        settings.origin,
        settings.DEFAULT_ORIGIN,
        "a host with or without a port, without scheme, user and path ('ps.pndsn.com'), or None",
    )
    #: A file of PEM certificates to trust instead of the system's.
    ca_certs: Setting[str | None, str | os.PathLike[str] | None] = Setting(
        settings.certificates, None, "the path of a file of PEM certificates, or None"
    )
    #: A context of one's own for TLS. It has to verify.
    ssl_context: Setting[SSLContext | None, SSLContext | None] = Setting(
        settings.verifying_context,
        None,
        "an ssl.SSLContext that verifies certificates and host names, or None",
    )

    #: Seconds to wait for a connection.
    connect_timeout: Setting[float, float] = Setting(settings.seconds, 5, _SECONDS)
    #: Seconds that a long poll may take.
    subscribe_timeout: Setting[float, float] = Setting(settings.seconds, 310, _SECONDS)
    #: The name that 4.8.1 had for it.
    subscribe_request_timeout = subscribe_timeout
    #: Seconds that any other call may take.
    non_subscribe_request_timeout: Setting[float, float] = Setting(settings.seconds, 10, _SECONDS)
    #: The name in the reference's sample.
    non_subscribe_timeout = non_subscribe_request_timeout

    #: Which messages are wanted; read back exactly as it was set. None or "" for all of them.
    filter_expression: Setting[str | None, str | None] = Setting(
        settings.filter_text, None, "a text, or None for no filter"
    )
    #: Where the filter is applied.
    filter_mode: Setting[PNFilterMode, PNFilterMode] = Setting(
        settings.member(PNFilterMode), PNFilterMode.SERVER, "a PNFilterMode: SERVER, LOCAL or BOTH"
    )
    #: What becomes of a filter's warnings: each is logged once, or raised as ``FilterWarning``, or ignored.
    filter_warnings: Setting[
        Literal["log", "raise", "ignore"], Literal["log", "raise", "ignore"]
    ] = Setting(settings.one_of("log", "raise", "ignore"), "log", "'log', 'raise' or 'ignore'")

    #: Which heartbeats listeners are told of.
    heartbeat_notification_options: Setting[
        PNHeartbeatNotificationOptions, PNHeartbeatNotificationOptions
    ] = Setting(
        settings.member(PNHeartbeatNotificationOptions),
        PNHeartbeatNotificationOptions.FAILURES,
        "one of PNHeartbeatNotificationOptions: NONE, FAILURES or ALL",
    )
    #: Send heartbeats while channels are subscribed, also if no presence timeout was set.
    enable_presence_heartbeat: Setting[bool, bool] = Setting(settings.boolean, False, _SWITCH)
    #: Send no leave events when unsubscribing.
    suppress_leave_events: Setting[bool, bool] = Setting(settings.boolean, False, _SWITCH)
    #: False once a presence timeout was set.
    heartbeat_default_values: Setting[bool, bool] = Setting(settings.boolean, True, _SWITCH)

    #: What to do when the connection is lost.
    reconnect_policy: Setting[PNReconnectionPolicy, PNReconnectionPolicy] = Setting(
        settings.member(PNReconnectionPolicy),
        PNReconnectionPolicy.NONE,
        "a PNReconnectionPolicy: NONE, LINEAR or EXPONENTIAL",
    )
    #: Tries until the loop gives up; None for no limit.
    maximum_reconnection_retries: Setting[int | None, int | None] = Setting(
        settings.retries, None, "a number of tries, 0 or more, or None for no limit"
    )
    #: False for a client that can't subscribe and needs no timers.
    enable_subscribe: Setting[bool, bool] = Setting(settings.boolean, True, _SWITCH)
    #: Let worker threads not keep the process alive.
    daemon: Setting[bool, bool] = Setting(settings.boolean, False, _SWITCH)
    #: Send no token with requests.
    disable_token_manager: Setting[bool, bool] = Setting(settings.boolean, False, _SWITCH)
    #: Had no effect in 4.8.1 and has none here: see ``pnclient.set_stream_logger``.
    log_verbosity: Setting[bool, bool] = Setting(settings.boolean, False, _SWITCH)

    #: With ``cipher_key``: each message has an initialization vector of its own.
    use_random_initialization_vector: Setting[bool, bool] = Setting(
        settings.boolean, False, _SWITCH
    )
    #: What encrypts and decrypts in place of ``cipher_key``, in the newer format.
    crypto_module: Setting[Any, Any] = Setting(settings.anything, None, "anything", secret=True)
    #: What encrypts with ``cipher_key`` in place of this package's own.
    crypto_instance: Setting[Any, Any] = Setting(settings.anything, None, "anything", secret=True)

    _values: dict[str, Any]
    _observers: list[Callable[[str], object]]
    _remembered: set[int]

    # Not in `__init__`: a subclass may set properties before it calls that.
    def __new__(cls, *_: Any, **__: Any) -> Self:
        self = super().__new__(cls)
        self.__dict__.update(_values={}, _observers=[], _remembered=set())
        return self

    def __init__(self) -> None:
        """Everything at its default."""

    if not TYPE_CHECKING:
        # Hidden from type checkers, which would take any name for an attribute.
        def __getattr__(self, name: str) -> NoReturn:
            raise AttributeError(_no_property(name))

        def __setattr__(self, name: str, value: object) -> None:
            known = getattr(type(self), name, None)
            if type(self) is PNConfiguration and not isinstance(known, Setting):
                how = _SET_BY.get(name)
                raise AttributeError(
                    f"PNConfiguration.{name} is set by {how}" if how else _no_property(name)
                )
            object.__setattr__(self, name, value)

    # What is derived.

    def set_presence_timeout_with_custom_interval(self, timeout: int, interval: float) -> None:
        """Count as present for ``timeout`` seconds, and send a heartbeat every ``interval`` seconds."""
        self._change(
            {
                "presence_timeout": _PRESENCE_TIMEOUT.accept(timeout),
                "heartbeat_interval": _HEARTBEAT_INTERVAL.accept(interval),
                "heartbeat_default_values": False,
            }
        )

    def set_presence_timeout(self, timeout: int) -> None:
        """Count as present for ``timeout`` seconds (3 or more), and send a heartbeat twice in that time."""
        interval = _PRESENCE_TIMEOUT.accept(timeout) / 2 - 1
        if interval <= 0:
            raise ValueError(
                f"PNConfiguration.presence_timeout is 3 seconds or more, not {timeout!r}: "
                "heartbeats come one second before half of it"
            )
        self.set_presence_timeout_with_custom_interval(timeout, interval)

    @property
    def presence_timeout(self) -> int:
        """Seconds that the service waits for a sign of life."""
        kept: int = self._values.get("presence_timeout", self.DEFAULT_PRESENCE_TIMEOUT)
        return kept

    @property
    def heartbeat_interval(self) -> float:
        """Seconds between heartbeats."""
        kept: float = self._values.get("heartbeat_interval", self.DEFAULT_HEARTBEAT_INTERVAL)
        return kept

    @property
    def crypto(self) -> Any:
        """What encrypts and decrypts: ``crypto_module``, ``crypto_instance``, or this package's own."""
        if self.crypto_module is not None:
            return self.crypto_module
        if self.crypto_instance is not None:
            return self.crypto_instance
        from pnclient.crypto import PubNubCryptodome

        return PubNubCryptodome(self)

    @property
    def port(self) -> int:
        """The port of the origin, or the scheme's."""
        from urllib.parse import urlsplit

        return urlsplit(self.scheme_and_host()).port or (443 if self.ssl else 80)

    def scheme(self) -> str:
        """``https`` or ``http``."""
        return "https" if self.ssl else "http"

    def scheme_extended(self) -> str:
        """``https://`` or ``http://``."""
        return f"{self.scheme()}://"

    def scheme_and_host(self) -> str:
        """Where requests go: scheme, host and port."""
        return self.scheme_extended() + self.origin

    def validate(self) -> None:
        """What a client checks when it is made: ``PubNubException`` if there is no ``subscribe_key``.

        Makes the uuid if there is none, and says once that 4.8.1 used TLS where that was left open.
        """
        if self.subscribe_key is None:
            from pnclient.errors import PNERR_SUBSCRIBE_KEY_MISSING

            raise PubNubException(pn_error=PNERR_SUBSCRIBE_KEY_MISSING)
        _ = self.uuid
        if "ssl" not in self._values and not _is_loopback(self.origin) and self._first("ssl"):
            _log(
                "requests go out without TLS, because PNConfiguration.ssl was not set; "
                "4.8.1 used TLS by default: set ssl = True for it, or False to be told no more"
            )

    # How values are kept.

    def _observe(self, callback: Callable[[str], object]) -> Callable[[], None]:
        """Call ``callback`` with the name of each property that changed; what is returned ends that."""
        self._observers.append(callback)

        def end() -> None:
            # It may have ended before.
            with suppress(ValueError):
                self._observers.remove(callback)

        return end

    def _change(self, values: Mapping[str, Any]) -> None:
        """Keep ``values``, all of them or, if the filter has what is refused, none; tell observers."""
        if _ABOUT_FILTERS & values.keys():
            self._check_filter({**self._values, **values})
        changed = [name for name, value in values.items() if self._kept(name) != value]
        self._values.update(values)
        for name in changed:
            for tell in tuple(self._observers):
                tell(name)

    def _kept(self, name: str) -> Any:
        # Not read as a property: that would make a uuid.
        return self._values.get(name, getattr(getattr(type(self), name), "default", None))

    def _first(self, *about: object) -> bool:
        """Whether this is the first time that something is told ``about`` that."""
        # Not what it is about: that may be long.
        number = hash(about)
        if number in self._remembered:
            return False
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.clear()
        self._remembered.add(number)
        return True

    def _check_filter(self, values: Mapping[str, Any]) -> None:
        """Raise for a filter that is none; raise or log the warnings."""
        text: str | None = values.get("filter_expression")
        if text is None:
            return
        from pnfilter import FilterSyntaxError, check

        # Locally, the payload is read after it was decrypted.
        at_server = values.get("filter_mode") is not PNFilterMode.LOCAL
        keys = (values.get("cipher_key"), values.get("crypto_module"))
        found = check(text, encrypted=at_server and keys != (None, None))
        if errors := [diagnostic for diagnostic in found if diagnostic.severity == "error"]:
            raise FilterSyntaxError(text, errors)
        what = values.get("filter_warnings", "log")
        warnings = tuple(diagnostic for diagnostic in found if diagnostic.severity == "warning")
        if what == "raise" and warnings:
            raise FilterWarning(text, warnings)
        if what == "log":
            new = tuple(one for one in warnings if self._first(text, one.code, one.span))
            if new:
                _log(f"PNConfiguration.filter_expression: {_rendered(text, new)}")

    # How it is shown, copied and kept.

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{name}={'<hidden>' if _is_secret(name) else repr(value)}"
            for name, value in self._values.items()
        )
        return f"{type(self).__name__}({shown})"

    def __copy__(self) -> Self:
        return self._twin(self._state())

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        from copy import deepcopy

        # It can't be copied, and is made to be shared.
        memo[id(self.ssl_context)] = self.ssl_context
        twin = memo[id(self)] = self._twin({})
        twin.__setstate__(deepcopy(self._state(), memo))
        return twin

    def __getstate__(self) -> dict[str, Any]:
        if self.ssl_context is not None:
            raise TypeError("PNConfiguration.ssl_context can't be pickled: use ca_certs")
        return self._state()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _observers=[])

    def _state(self) -> dict[str, Any]:
        """Everything but the observers, which belong to the original."""
        state = {name: value for name, value in self.__dict__.items() if name != "_observers"}
        return {**state, "_values": dict(self._values), "_remembered": set(self._remembered)}

    def _twin(self, state: dict[str, Any]) -> Self:
        twin = self.__class__.__new__(self.__class__)
        twin.__setstate__(state)
        return twin


_PRESENCE_TIMEOUT: Final = Setting[int, int](
    settings.whole_seconds, 0, f"whole seconds, from 1 to {settings.MAX_SECONDS}"
)
_PRESENCE_TIMEOUT.name = "presence_timeout"
_HEARTBEAT_INTERVAL: Final = Setting[float, float](settings.seconds, 0, _SECONDS)
_HEARTBEAT_INTERVAL.name = "heartbeat_interval"

#: How what can't be assigned is set.
_SET_BY: Final = {
    "presence_timeout": "set_presence_timeout(seconds)",
    "heartbeat_interval": "set_presence_timeout_with_custom_interval(timeout, interval)",
    "port": "origin",
    "crypto": "crypto_module or crypto_instance",
}


def _log(warning: str) -> None:
    import logging

    logging.getLogger("pnclient").warning("%s", warning)


def _is_secret(name: str) -> bool:
    return getattr(getattr(PNConfiguration, name, None), "secret", False)


def _is_loopback(origin: str) -> bool:
    from ipaddress import ip_address
    from urllib.parse import urlsplit

    host = urlsplit(f"//{origin}").hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _no_property(name: str) -> str:
    """The message for a name that is no property, with the nearest that is one."""
    from difflib import get_close_matches

    # Other SDKs write subscribeKey.
    spelled = {one.replace("_", ""): one for one in vars(PNConfiguration) if one[0] != "_"}
    near = get_close_matches(name.replace("_", "").lower(), spelled, n=1)
    hint = f": did you mean {spelled[near[0]]!r}?" if near else ""
    return f"PNConfiguration has no property {name!r}{hint}"


def _rendered(text: str, diagnostics: tuple[Diagnostic, ...]) -> str:
    """The diagnostics with their carets: the syntax error shows any, whatever their severity."""
    from pnfilter import FilterSyntaxError

    return str(FilterSyntaxError(text, diagnostics))
