"""Requests and answers without a connection: what is sent, and what an answer means.

Nothing here knows Tornado or sockets. An endpoint describes its request as a ``Call``;
``prepare_request`` encodes, signs and completes it; ``value_of`` reads the ``Reply``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import quote, unquote

from pnclient import errors
from pnclient.access.subjects import NOTHING, Subjects, Tokens
from pnclient.enums import PNOperationType, PNStatusCategory
from pnclient.exceptions import PubNubException
from pnclient.redaction import HIDDEN, MAX_SHOWN, MIN_HIDDEN, Redacted, beginning, redact
from pnclient.status import PNErrorData, PNStatus
from pnfilter import __version__

if TYPE_CHECKING:
    from pnclient.pnconfiguration import PNConfiguration

#: What changes nothing at the service, so that it may be asked for again. Many writes are GET too.
READS: Final = frozenset(
    (
        PNOperationType.PNSubscribeOperation,
        PNOperationType.PNTimeOperation,
        PNOperationType.PNHistoryOperation,
        PNOperationType.PNFetchMessagesOperation,
        PNOperationType.PNMessageCountOperation,
        PNOperationType.PNGetMessageActions,
        PNOperationType.PNHereNowOperation,
        PNOperationType.PNWhereNowOperation,
        PNOperationType.PNGetState,
        PNOperationType.PNChannelsForGroupOperation,
        PNOperationType.PNPushNotificationEnabledChannelsOperation,
        PNOperationType.PNAccessManagerAudit,
        PNOperationType.PNGetUuidMetadataOperation,
        PNOperationType.PNGetAllUuidMetadataOperation,
        PNOperationType.PNGetChannelMetadataOperation,
        PNOperationType.PNGetAllChannelMetadataOperation,
        PNOperationType.PNGetChannelMembersOperation,
        PNOperationType.PNGetMembershipsOperation,
        PNOperationType.PNGetFilesAction,
        PNOperationType.PNGetFileDownloadURLAction,
    )
)

#: Operations that need no right, or only a signature.
UNAUTHORISED: Final = frozenset(
    (
        PNOperationType.PNTimeOperation,
        PNOperationType.PNAccessManagerAudit,
        PNOperationType.PNAccessManagerGrant,
        PNOperationType.PNAccessManagerRevoke,
        PNOperationType.PNAccessManagerGrantToken,
        PNOperationType.PNAccessManagerRevokeToken,
    )
)

#: What requests say the client is, and its header User-Agent.
SDK_NAME = f"pnclient-Python-Tornado/{__version__}"
#: The code with which the service refuses an invalid filter (recorded).
MALFORMED_FILTER = 481
_FILTER_REFUSAL = "Filter syntax error"
#: Categories and codes of answers to a request that would be refused again, beside those from 400
#: to 499. A redirection is followed only by correcting ``origin`` or ``ssl``; one that is
#: temporary may be a captive portal's.
_REFUSALS: Final = frozenset(
    (
        PNStatusCategory.PNAccessDeniedCategory,
        PNStatusCategory.PNBadRequestCategory,
        PNStatusCategory.PNMalformedFilterExpressionCategory,
    )
)
_PERMANENT: Final = frozenset((301, 308, 501, 505))
#: Of those from 400 to 499, the ones that may be another later: a timeout, too early, too many
#: requests.
_PASSING: Final = frozenset((408, 425, 429))
#: Parameters whose values are never shown.
_SECRET = frozenset({"auth", "signature"})


class Raw(str):
    """A segment of a path, or a value of a parameter, that is sent as it is: encoded already."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request as an operation describes it: not encoded, and without the configuration.

    ``path``: its segments; a tuple among them is a list of names, each encoded and joined by commas
    (an empty one is a comma alone). ``query``: the operation's own parameters. ``repr`` shows
    neither, for keys are among them. ``body``: the JSON text.
    """

    operation: PNOperationType
    path: tuple[str | tuple[str, ...], ...] = field(repr=False)
    query: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict, repr=False)
    method: str = "GET"
    body: str | None = None
    #: Those of the operation's own.
    headers: Mapping[str, str] = field(default_factory=dict)
    subjects: Subjects = NOTHING
    #: For the status: what the call concerns.
    channels: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request as it goes out. ``repr`` and ``shown`` have no key, secret or signature."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str]
    body: bytes | None = field(repr=False)
    shown: str
    #: Whether it may be sent twice: see ``READS``.
    is_read: bool = False
    #: Whether it must not leave this machine, as through a proxy: it has keys, and no TLS.
    is_local: bool = False
    #: What an answer must not be shown with, should it repeat the request.
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    #: A body that is made while it is sent, in place of ``body``.
    stream: AsyncIterable[bytes] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came in."""

    code: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class ConnectionFailure(Exception):
    """No answer came. ``category`` says why; ``str()`` has no key, secret or signature."""

    def __init__(self, category: int, message: str) -> None:
        super().__init__(message)
        self.category = category


class Taker(Protocol):
    """Takes the body of an answer while it comes. What it raises ends the request."""

    async def begin(self, total: int | None) -> None: ...

    async def take(self, part: bytes) -> None: ...


class ServiceFailure(Exception):
    """The answer was no success, or there was none.

    ``category``: what a status says of it. ``exception``: what ``.result()`` raises. ``data``: the
    decoded body, or its text where it is no JSON. ``code``: the answer's, or None.
    ``is_permanent``: whether the same request would be refused again; unset, the category and the
    code decide.
    """

    def __init__(
        self,
        category: PNStatusCategory,
        exception: PubNubException,
        data: Any = None,
        code: int | None = None,
        *,
        is_permanent: bool | None = None,
    ) -> None:
        super().__init__(str(exception))
        self.category = category
        self.exception = exception
        self.data = data
        self.code = code
        self.is_permanent = _is_refusal(category, code) if is_permanent is None else is_permanent


def _is_refusal(category: PNStatusCategory, code: int | None) -> bool:
    if category in _REFUSALS or code in _PERMANENT:
        return True
    return code is not None and 400 <= code < 500 and code not in _PASSING


def prepare_request(
    config: PNConfiguration,
    call: Call,
    *,
    sequence: int | None = None,
    sdk_name: str = SDK_NAME,
    tokens: Tokens | None = None,
) -> Prepared:
    """The request of a call: every part encoded once, and signed where there is a secret key.

    ``sequence``: a publish request's number. ``tokens``: where a token is looked up if there is no
    auth key. ``PubNubException`` for a text that no request can carry, and for a key that would
    leave this machine without TLS though that was not allowed.
    """
    try:
        return _prepare(config, call, sequence, sdk_name, _auth(config, call, tokens))
    except UnicodeEncodeError:
        raise PubNubException(
            pn_error=errors.PNERR_CLIENT_ERROR,
            errormsg="a text holds an unpaired surrogate, which no request can carry",
        ) from None


def _auth(config: PNConfiguration, call: Call, tokens: Tokens | None) -> str | None:
    """What authorises a call: the auth key, or else a token that covers what it concerns."""
    if call.operation in UNAUTHORISED:
        return None
    if config.auth_key or tokens is None or config.disable_token_manager:
        return config.auth_key
    return tokens.token_for(call.subjects)


def _prepare(
    config: PNConfiguration, call: Call, sequence: int | None, sdk_name: str, auth: str | None
) -> Prepared:
    body = None if call.body is None else call.body.encode()
    query: dict[str, str | tuple[str, ...]] = dict(call.query)
    if sequence is not None:
        query["seqn"] = str(sequence)
    query["pnsdk"] = sdk_name
    query["uuid"] = config.uuid
    if auth:
        query["auth"] = auth
    path = "".join(f"/{_segment(part)}" for part in call.path)
    is_local = _stays_here(config, auth)
    if config.secret_key:
        query["timestamp"] = str(int(time.time()))
        query["signature"] = _signature(config, config.secret_key, call, path, query)
    scheme = "https" if config.ssl else "http"
    start = f"{scheme}://{config.origin}"
    values = {name: _value(value) for name, value in query.items()}
    headers = {"User-Agent": sdk_name}
    if body is not None:
        headers["Content-Type"] = "application/json"
    headers.update(call.headers)
    return Prepared(
        method=call.method,
        url=f"{start}{path}?" + "&".join(f"{name}={value}" for name, value in values.items()),
        headers=headers,
        body=body,
        shown=_show(config, call, start, values),
        is_read=call.operation in READS,
        is_local=is_local,
        secrets=_secrets(config, call, query),
    )


def _stays_here(config: PNConfiguration, auth: str | None) -> bool:
    """Whether a request must not leave this machine; ``PubNubException`` where it would."""
    if config.ssl or not (auth or config.secret_key) or not config._is_ssl_open:  # noqa: SLF001
        return False
    if config._is_here():  # noqa: SLF001
        return True
    what = "an access token"
    if config.secret_key:
        what = "a signature of the secret_key"
    elif auth == config.auth_key:
        what = "the auth_key"
    raise in_clear(f"{what} would go to {config.origin}")


def in_clear(what: str) -> PubNubException:
    """Why a request is not sent that has a key and no TLS."""
    return PubNubException(
        pn_error="Not sent",
        errormsg=f"{what} without TLS, where others can read it: set PNConfiguration.ssl = True, "
        "or ssl = False to send it all the same",
    )


def percent_encode(text: str) -> str:
    """Return a string for a path or parameter: all but letters, digits and ``_.-~`` escaped."""
    return str(text) if isinstance(text, Raw) else quote(text, safe="")


def _segment(part: str | tuple[str, ...]) -> str:
    if isinstance(part, str):
        # A proxy might take these for steps of the path.
        return part.replace(".", "%2E") if part in (".", "..") else percent_encode(part)
    return ",".join(map(percent_encode, part)) or ","


def _value(value: str | tuple[str, ...]) -> str:
    return percent_encode(value) if isinstance(value, str) else ",".join(map(percent_encode, value))


def _signature(
    config: PNConfiguration,
    secret_key: str,
    call: Call,
    path: str,
    query: Mapping[str, str | tuple[str, ...]],
) -> str:
    """The signature as the official SDKs for Python make it (observed).

    They sign a published body with another string than all else, and some parameters encoded twice;
    here, as in the official SDK for JavaScript, each is encoded once.
    """
    canonical = "&".join(f"{name}={_canonical(query[name])}" for name in sorted(query))
    publish_key = config.publish_key or ""
    legacy = call.method == "POST" and call.path[0] == "publish"
    if legacy:
        lines = [config.subscribe_key or "", publish_key, path, canonical]
    else:
        lines = [call.method, publish_key, path, canonical, call.body or ""]
    digest = hmac.digest(secret_key.encode(), "\n".join(lines).encode(), hashlib.sha256)
    signature = urlsafe_b64encode(digest).decode()
    return signature if legacy else "v2." + signature.rstrip("=")


def _canonical(value: str | tuple[str, ...]) -> str:
    text = value if isinstance(value, str) else Raw(",".join(map(percent_encode, value)))
    plain = unquote(text) if isinstance(text, Raw) else text
    return quote(plain, safe="").replace("~", "%7E")


def _show(config: PNConfiguration, call: Call, start: str, values: Mapping[str, str]) -> str:
    """The request for logs and statuses: without keys, secrets and signatures, and not too long."""
    secret = {config.subscribe_key, config.publish_key, config.secret_key, config.auth_key}
    hidden = [
        HIDDEN if part in secret or isinstance(part, Redacted) else _segment(part)
        for part in call.path
    ]
    query = "&".join(
        f"{name}={HIDDEN if name in _SECRET else value}" for name, value in values.items()
    )
    text = f"{call.method} {start}/{'/'.join(hidden)}?{query}"
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def _secrets(
    config: PNConfiguration, call: Call, query: Mapping[str, str | tuple[str, ...]]
) -> frozenset[str]:
    keys = (config.subscribe_key, config.publish_key, config.secret_key)
    found = [key or "" for key in keys]
    found += [part for part in call.path if isinstance(part, Redacted)]
    for name in _SECRET:
        value = query.get(name, "")
        found += [value] if isinstance(value, str) else value
    return frozenset(
        form for one in found if len(one) >= MIN_HIDDEN for form in (str(one), percent_encode(one))
    )


def value_of(reply: Reply, secrets: frozenset[str] = frozenset()) -> Any:
    """The JSON of a successful answer; ``ServiceFailure`` for any other, without the ``secrets``.

    Categories and texts are those of 4.8.1, but for what it lost: the code of an error without
    JSON, and that a filter was refused.
    """
    try:
        data, decoded = json.loads(reply.body), True
    except (ValueError, RecursionError):
        data, decoded = beginning(reply.body, secrets), False
    if 200 <= reply.code < 300:
        if decoded:
            return data
        raise ServiceFailure(
            PNStatusCategory.PNMalformedResponseCategory,
            PubNubException(
                pn_error=errors.PNERR_JSON_DECODING_FAILED, errormsg="json decode error"
            ),
            data,
            reply.code,
        )
    if decoded:
        try:
            data = redact(secrets, data)
        except RecursionError:
            # It is nested deeper than it can be looked through, though not than it can be read.
            data = beginning(reply.body, secrets)
    # A body that is empty is given as this.
    told = data if reply.body else "N/A"
    kind = errors.PNERR_CLIENT_ERROR
    if reply.code >= 500:
        kind = errors.PNERR_SERVER_ERROR
        told = f"HTTP {reply.code}: {_phrase(reply.code)}"
    raise ServiceFailure(
        _category(reply),
        PubNubException(pn_error=kind, errormsg=told, status_code=reply.code),
        data,
        reply.code,
    )


def _category(reply: Reply) -> PNStatusCategory:
    if reply.code == MALFORMED_FILTER or (
        reply.code == 400 and _FILTER_REFUSAL.encode() in reply.body
    ):
        return PNStatusCategory.PNMalformedFilterExpressionCategory
    return {
        400: PNStatusCategory.PNBadRequestCategory,
        403: PNStatusCategory.PNAccessDeniedCategory,
    }.get(reply.code, PNStatusCategory.PNUnknownCategory)


def _phrase(code: int) -> str:
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return "Unknown"


def failure_of(failure: ConnectionFailure) -> ServiceFailure:
    """What ``.result()`` raises, and a status says, of a call that got no answer."""
    category = PNStatusCategory(failure.category)
    timed_out = category is PNStatusCategory.PNTimeoutCategory
    kind = errors.PNERR_CLIENT_TIMEOUT if timed_out else errors.PNERR_CONNECTION_ERROR
    return ServiceFailure(category, PubNubException(pn_error=kind, errormsg=str(failure)))


def status_of(
    config: PNConfiguration,
    call: Call,
    category: PNStatusCategory,
    *,
    request: Prepared | None = None,
    code: int | None = None,
    data: Any = None,
    exception: Exception | None = None,
) -> PNStatus:
    """The status of a call: an error where ``exception`` is given."""
    status = PNStatus()
    status.category = category
    status.operation = call.operation
    status.status_code = code
    status.original_response = data
    status.tls_enabled = config.ssl
    status.origin = config.origin
    status.uuid = config.uuid
    if request is not None:
        status.client_request = request.shown
    if call.channels or call.groups:
        status.affected_channels = list(call.channels)
        status.affected_groups = list(call.groups)
    if exception is not None:
        status.error = True
        status.error_data = PNErrorData(str(exception), exception)
        if isinstance(exception, PubNubException):
            exception.status = status
    return status


def failure_status(
    config: PNConfiguration, call: Call, failure: ServiceFailure, *, request: Prepared | None = None
) -> PNStatus:
    """The status of a call that failed. Its exception carries it."""
    return status_of(
        config,
        call,
        failure.category,
        request=request,
        code=failure.code,
        data=failure.data,
        exception=failure.exception,
    )
