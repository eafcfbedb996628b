"""The configuration of a client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NoReturn, cast

from pnclient import validators
from pnclient.enums import PNFilterMode, PNHeartbeatNotificationOptions, PNReconnectionPolicy
from pnclient.exceptions import PubNubException
from pnclient.settings import Setting, Settings, alias, nearest, setting
from pnclient.validators import is_loopback

if TYPE_CHECKING:
    from ssl import SSLContext

    from pnfilter import Diagnostic

#: What decides which warnings a filter has, and what becomes of them.
_ABOUT_FILTERS: Final = frozenset(
    (
        "filter_expression",
        "filter_assumptions",
        "filter_mode",
        "filter_warnings",
        "cipher_key",
        "crypto_module",
    )
)

#: Characters of an unchecked filter that are logged.
_MAX_SHOWN: Final = 400

_KEY = "a string that is not empty, or None"
_CIPHER = "an object with methods encrypt and decrypt, or None"
_SWITCH = "True or False"
_SECONDS = f"a number of seconds, above 0 and at most {validators.MAX_SECONDS}"


class FilterWarning(ValueError):
    """A filter has warnings, and ``filter_warnings`` is ``"raise"``.

    ``str()`` shows them with carets.
    """

    def __init__(self, text: str, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(text, diagnostics)
        self.text = text
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        return _render(self.text, self.diagnostics)


class _Identity(Setting):
    """The uuid: made when it is first asked for, if it wasn't set."""

    def __get__(self, config: Any, owner: type) -> Any:
        identity = super().__get__(config, owner)
        if identity is None:
            identity = config._make_uuid()  # noqa: SLF001
        return identity


class PNConfiguration(Settings):
    """The configuration of a client: keys, times, filter, policies.

    Each property is validated when it is set: ``TypeError`` for a wrong type, ``ValueError`` for a
    wrong value, ``pnfilter.FilterSyntaxError`` (a ``ValueError``) for an invalid filter. A
    property that does not exist is an ``AttributeError``; a subclass may have more. ``repr`` has no
    key and no secret. Copies and pickles have everything but the clients that observe the original.
    A client follows what is changed while it runs.

    Names, types and defaults are the reference's where the SDK 4.8.1 had others (``ssl`` False,
    ``connect_timeout`` 5); properties that only 4.8.1 had are as they were there.
    """

    DEFAULT_PRESENCE_TIMEOUT: ClassVar[int] = 300
    DEFAULT_HEARTBEAT_INTERVAL: ClassVar[int] = 280

    #: Needed by every client: checked when one is made.
    subscribe_key: str | None = setting(validators.text_or_none, None, _KEY, secret=True)
    #: Needed to publish.
    publish_key: str | None = setting(validators.text_or_none, None, _KEY, secret=True)
    #: Every request is signed with it. For servers only: who has it may do everything.
    secret_key: str | None = setting(validators.text_or_none, None, _KEY, secret=True)
    #: Payloads of messages are encrypted with it; metadata, state, signals and names never are.
    cipher_key: str | None = setting(validators.text_or_none, None, _KEY, secret=True)
    #: Sent with every request that access control applies to.
    auth_key: str | None = setting(validators.text_or_none, None, _KEY, secret=True)
    #: Who this client is. Made at random if it isn't set, and then stays; None makes another one.
    uuid: str = cast(Any, _Identity(validators.text_or_none, None, _KEY))
    user_id: str = alias(uuid)

    #: TLS. 4.8.1 used it by default. Where it isn't set, no key, token or signature leaves this
    #: machine without TLS: such a request is refused. Set to False, it allows that.
    ssl: bool = setting(validators.boolean, False, _SWITCH)
    #: ``host`` or ``host:port``; None for the default.
    origin: str = setting(
        validators.origin,
        validators.DEFAULT_ORIGIN,
        "a host with or without a port, without scheme, user and path ('ps.pndsn.com'), or None",
    )
    #: A file of PEM certificates to trust instead of the system's; kept as a text, whatever path it
    #: was.
    ca_certs: str | None = setting(
        validators.certificates, None, "the path of a file of PEM certificates, or None"
    )
    #: A context of one's own for TLS. It has to verify.
    ssl_context: SSLContext | None = setting(
        validators.verifying_context,
        None,
        "an ssl.SSLContext that verifies certificates and host names, or None",
    )

    #: Seconds to wait for a connection.
    connect_timeout: float = setting(validators.seconds, 5, _SECONDS)
    #: Seconds that a long poll may take.
    subscribe_timeout: float = setting(validators.seconds, 310, _SECONDS)
    #: The name that 4.8.1 had for it.
    subscribe_request_timeout: float = alias(subscribe_timeout)
    #: Seconds that any other call may take.
    non_subscribe_request_timeout: float = setting(validators.seconds, 10, _SECONDS)
    #: The name in the reference's sample.
    non_subscribe_timeout: float = alias(non_subscribe_request_timeout)
    #: Seconds that the bytes of a file may take, sent or received.
    file_transfer_timeout: float = setting(validators.seconds, 60, _SECONDS)
    #: Bytes of a file that is sent or received, encrypted where it is.
    max_file_size: int = setting(
        validators.size,
        validators.MAX_FILE_SIZE,
        f"a number of bytes, from 1 to {validators.MAX_SIZE}",
    )

    #: Which messages are wanted; read back exactly as it was set. None or "" for all of them.
    filter_expression: str | None = setting(
        validators.filter_text, None, "a string, or None for no filter"
    )
    #: Where the filter is applied.
    filter_mode: PNFilterMode = setting(
        validators.member(PNFilterMode),
        PNFilterMode.SERVER,
        "a PNFilterMode: SERVER, LOCAL or BOTH",
    )
    #: What is assumed of the service where that isn't known, as ``pnfilter.compile`` takes it: it
    #: counts where a filter is applied here.
    filter_assumptions: Mapping[str, str] | str | Iterable[str] | None = setting(
        validators.assumptions,
        None,
        "names and readings of assumptions, as pnfilter.compile takes them, or None",
    )
    #: What becomes of a filter's warnings: each is logged once, or raised as ``FilterWarning``, or
    #: ignored.
    filter_warnings: Literal["log", "raise", "ignore"] = setting(
        validators.one_of("log", "raise", "ignore"), "log", "'log', 'raise' or 'ignore'"
    )

    #: The heartbeats that are reported to listeners.
    heartbeat_notification_options: PNHeartbeatNotificationOptions = setting(
        validators.member(PNHeartbeatNotificationOptions),
        PNHeartbeatNotificationOptions.FAILURES,
        "one of PNHeartbeatNotificationOptions: NONE, FAILURES or ALL",
    )
    #: Send heartbeats while channels are subscribed, also if no presence timeout was set.
    enable_presence_heartbeat: bool = setting(validators.boolean, False, _SWITCH)
    #: Send no leave events when unsubscribing.
    suppress_leave_events: bool = setting(validators.boolean, False, _SWITCH)
    #: False once a presence timeout was set.
    heartbeat_default_values: bool = setting(validators.boolean, True, _SWITCH)

    #: What to do when the connection is lost.
    reconnect_policy: PNReconnectionPolicy = setting(
        validators.member(PNReconnectionPolicy),
        PNReconnectionPolicy.NONE,
        "a PNReconnectionPolicy: NONE, LINEAR or EXPONENTIAL",
    )
    #: Tries until the loop gives up; None for no limit.
    maximum_reconnection_retries: int | None = setting(
        validators.retries, None, "a number of tries, 0 or more, or None for no limit"
    )
    #: False for a client that can't subscribe and needs no timers.
    enable_subscribe: bool = setting(validators.boolean, True, _SWITCH)
    #: Let worker threads not keep the process alive.
    daemon: bool = setting(validators.boolean, False, _SWITCH)
    #: Send no token with requests.
    disable_token_manager: bool = setting(validators.boolean, False, _SWITCH)
    #: Had no effect in 4.8.1 and has none here: see ``pnclient.set_stream_logger``.
    log_verbosity: bool = setting(validators.boolean, False, _SWITCH)

    #: With ``cipher_key``: each message has an initialization vector of its own. Files always have
    #: one, and a header if this is False.
    use_random_initialization_vector: bool = setting(validators.boolean, False, _SWITCH)
    #: What encrypts and decrypts with a key of its own, whatever ``cipher_key`` is.
    crypto_module: Any = setting(validators.cipher, None, _CIPHER, secret=True)
    #: What encrypts and decrypts with ``cipher_key``, in place of this package's own.
    crypto_instance: Any = setting(validators.cipher, None, _CIPHER, secret=True)
    #: What encrypts and decrypts files with ``cipher_key``, in place of this package's own.
    file_crypto_instance: Any = setting(validators.cipher, None, _CIPHER, secret=True)

    #: Seconds without a sign of life after which the service takes the client for gone.
    presence_timeout: int = setting(
        validators.whole_seconds,
        DEFAULT_PRESENCE_TIMEOUT,
        f"a number of whole seconds, from 1 to {validators.MAX_SECONDS}",
        set_by="set_presence_timeout(timeout)",
    )
    #: Seconds between heartbeats.
    heartbeat_interval: float = setting(
        validators.seconds,
        DEFAULT_HEARTBEAT_INTERVAL,
        _SECONDS,
        set_by="set_presence_timeout_with_custom_interval(timeout, interval)",
    )

    def __init__(self) -> None:
        """Nothing is set: each property has its default."""

    if not TYPE_CHECKING:
        # Hidden from type checkers, which would take any name for an attribute.
        def __getattr__(self, name: str) -> NoReturn:
            kind = type(self)
            raise AttributeError(f"{kind.__name__} has no property {name!r}{nearest(kind, name)}")

        def __setattr__(self, name: str, value: object) -> None:
            kind = type(self)
            if kind is PNConfiguration and not isinstance(getattr(kind, name, None), Setting):
                if hasattr(kind, name):
                    raise AttributeError(f"PNConfiguration.{name} can't be assigned")
                self.__getattr__(name)
            object.__setattr__(self, name, value)

    def set_presence_timeout(self, timeout: int) -> None:
        """Count as present for ``timeout`` seconds, 3 or more, with two heartbeats in that time."""
        kept = self._accepted("presence_timeout", timeout)
        if kept < 3:
            raise ValueError(
                f"PNConfiguration.presence_timeout must be 3 seconds or more, got {kept}: "
                "the heartbeat comes a second before half of it has passed"
            )
        self.set_presence_timeout_with_custom_interval(kept, kept / 2 - 1)

    def set_presence_timeout_with_custom_interval(self, timeout: int, interval: float) -> None:
        """Count as present for ``timeout`` seconds; send a heartbeat every ``interval`` seconds."""
        self._change(
            {
                "presence_timeout": self._accepted("presence_timeout", timeout),
                "heartbeat_interval": self._accepted("heartbeat_interval", interval),
                "heartbeat_default_values": False,
            }
        )

    def set_filter_expression_unchecked(self, text: str | None) -> None:
        """Set ``filter_expression`` to a text that is sent as it is, without a check.

        For a service that reads more than the language that is checked here. What it refuses is
        announced as always (``PNMalformedFilterExpressionCategory``). With ``PNFilterMode.BOTH``, a
        text that can't be read here drops nothing; with LOCAL, which doesn't send it, it is a
        ``ValueError``. Copies keep the text and that it is unchecked; whatever is assigned to
        ``filter_expression`` is checked.

        ``TypeError`` for what is no text, ``ValueError`` for one that no request can carry.
        """
        try:
            found = validators.unchecked_filter(text)
        except TypeError:
            raise TypeError(
                f"set_filter_expression_unchecked takes a string, not {type(text).__name__}"
            ) from None
        except ValueError:
            raise ValueError(
                "set_filter_expression_unchecked takes a string that a request can carry: "
                f"at most {validators.MAX_FILTER:,} characters, no unpaired surrogate"
            ) from None
        self._change({"filter_expression": found})

    @property
    def crypto(self) -> Any:
        """The cipher of payloads.

        ``crypto_module``, ``crypto_instance``, or this package's own.
        """
        if self.crypto_module is not None:
            return self.crypto_module
        if self.crypto_instance is not None:
            return self.crypto_instance
        from pnclient.encryption.modules import PubNubCryptodome

        return PubNubCryptodome(self)

    @property
    def file_crypto(self) -> Any:
        """The cipher of a client's ``encrypt`` and ``decrypt``.

        ``file_crypto_instance``, or this package's own.
        """
        if self.file_crypto_instance is not None:
            return self.file_crypto_instance
        from pnclient.encryption.files import PubNubFileCrypto

        return PubNubFileCrypto(self)

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
        """Check what a client needs; ``PubNubException`` if there is no ``subscribe_key``.

        Makes the uuid if there is none, and says once that 4.8.1 used TLS where that was left open.
        The filter that a subclass has in the property's place is checked here: nothing was set.
        """
        if not isinstance(type(self).filter_expression, Setting):
            self._check_filter({"filter_expression": self.filter_expression})
        if self.subscribe_key is None:
            from pnclient.errors import PNERR_SUBSCRIBE_KEY_MISSING

            raise PubNubException(pn_error=PNERR_SUBSCRIBE_KEY_MISSING)
        _ = self.uuid
        if self._is_ssl_open and not self._is_here(".localhost") and self._first("ssl"):
            _log(
                "requests go out without TLS, because PNConfiguration.ssl was not set; "
                "4.8.1 used TLS by default: set ssl = True for it, or False to silence this warning"
            )

    @property
    def _is_ssl_open(self) -> bool:
        """Whether ``ssl`` was never set."""
        return "ssl" not in self._values and isinstance(type(self).ssl, Setting)

    def _is_here(self, also: str = "") -> bool:
        """Whether the origin is this machine. ``also``: an ending that counts too."""
        from urllib.parse import urlsplit

        host = urlsplit(f"//{self.origin}").hostname or ""
        return is_loopback(host) or bool(also and host.endswith(also))

    def _make_uuid(self) -> str:
        from uuid import uuid4

        made = self._values["uuid"] = str(uuid4())
        if self._first("uuid"):
            _log(
                "no uuid was set, so one was made for this configuration: set PNConfiguration.uuid "
                "to the same value each time, or every start counts as another user"
            )
        return made

    def _change(self, values: Mapping[str, Any]) -> None:
        """Keep all the values, or none of them if the filter has what is refused."""
        if _ABOUT_FILTERS & values.keys():
            self._check_filter(values)
        super()._change(values)

    def _check_filter(self, values: Mapping[str, Any]) -> None:
        """Raise for what would be no filter with these values; raise or log the warnings."""

        # Not all values in one: some tools log the variables of a function that raises.
        def then(name: str, default: Any = None) -> Any:
            return values[name] if name in values else self._values.get(name, default)

        text: str | None = then("filter_expression")
        if text is None:
            return
        from pnfilter import FilterSyntaxError, check

        if isinstance(text, validators.Unchecked):
            self._check_unchecked(text, then("filter_mode"))
            return
        # Locally, the payload is read after it was decrypted.
        at_server = then("filter_mode") is not PNFilterMode.LOCAL
        is_secret = then("cipher_key") is not None or then("crypto_module") is not None
        found = check(text, encrypted=at_server and is_secret, assume=then("filter_assumptions"))
        if errors := [diagnostic for diagnostic in found if diagnostic.severity == "error"]:
            raise FilterSyntaxError(text, errors)
        what = then("filter_warnings", "log")
        warnings = tuple(diagnostic for diagnostic in found if diagnostic.severity == "warning")
        if what == "raise" and warnings:
            raise FilterWarning(text, warnings)
        if what == "log":
            new = tuple(one for one in warnings if self._first(text, one.code, one.span))
            if new:
                _log(f"PNConfiguration.filter_expression: {_render(text, new)}")

    def _check_unchecked(self, text: str, mode: PNFilterMode | None) -> None:
        """Log a filter that isn't checked; ``ValueError`` where neither side would apply it."""
        from urllib.parse import quote

        from pnfilter import FilterSyntaxError, parse

        if mode is PNFilterMode.LOCAL:
            try:
                parse(text)
            except FilterSyntaxError:
                raise ValueError(
                    "PNConfiguration.filter_mode can't be LOCAL with an unchecked filter that "
                    "can't be read here: it isn't sent, so that neither side would filter; "
                    "set SERVER or BOTH"
                ) from None
        if not self._first("unchecked", text):
            return
        shown = text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
        warning = f"PNConfiguration.filter_expression is not checked: {shown!r}"
        size = len(quote(text, safe=""))
        if size > validators.MAX_FILTER_BYTES:
            warning += f"; it takes {size:,} bytes of the request line, which may be refused (414)"
        _log(warning)


def _log(warning: str) -> None:
    import logging

    logging.getLogger("pnclient").warning("%s", warning)


def _render(text: str, diagnostics: tuple[Diagnostic, ...]) -> str:
    """The diagnostics with their carets: the syntax error shows any, whatever their severity."""
    from pnfilter import FilterSyntaxError

    return str(FilterSyntaxError(text, diagnostics))
