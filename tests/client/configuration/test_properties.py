"""Each property: its name, default, what it accepts, and how it says what it doesn't."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pnclient.enums import PNFilterMode, PNHeartbeatNotificationOptions, PNReconnectionPolicy
from pnclient.exceptions import PubNubException
from pnclient.pnconfiguration import PNConfiguration
from pnfilter import FilterSyntaxError

#: The reference's table; it says of uuid that the SDK generates it.
REFERENCE: dict[str, tuple[type, Any]] = {
    "subscribe_key": (str, None),
    "publish_key": (str, None),
    "secret_key": (str, None),
    "cipher_key": (str, None),
    "auth_key": (str, None),
    "ssl": (bool, False),
    "connect_timeout": (int, 5),
    "subscribe_timeout": (int, 310),
    "non_subscribe_request_timeout": (int, 10),
    "filter_expression": (str, None),
    "heartbeat_notification_options": (
        PNHeartbeatNotificationOptions,
        PNHeartbeatNotificationOptions.FAILURES,
    ),
    "reconnect_policy": (PNReconnectionPolicy, PNReconnectionPolicy.NONE),
    "origin": (str, "ps.pndsn.com"),
    "suppress_leave_events": (bool, False),
    "enable_subscribe": (bool, True),
    "daemon": (bool, False),
    "disable_token_manager": (bool, False),
}
#: What 4.8.1 had besides, and what is new.
BEYOND: dict[str, Any] = {
    "crypto_instance": None,
    "crypto_module": None,
    "enable_presence_heartbeat": False,
    "file_crypto_instance": None,
    "file_transfer_timeout": 60,
    "filter_assumptions": None,
    "filter_mode": PNFilterMode.SERVER,
    "filter_warnings": "log",
    "heartbeat_default_values": True,
    "heartbeat_interval": 280,
    "ca_certs": None,
    "log_verbosity": False,
    "max_file_size": 5_242_880,
    "maximum_reconnection_retries": None,
    "presence_timeout": 300,
    "ssl_context": None,
    "use_random_initialization_vector": False,
}
ALIASES = {
    "non_subscribe_timeout": "non_subscribe_request_timeout",
    "subscribe_request_timeout": "subscribe_timeout",
    "user_id": "uuid",
}
METHODS = """
    crypto file_crypto port scheme scheme_and_host scheme_extended set_presence_timeout
    set_presence_timeout_with_custom_interval set_filter_expression_unchecked validate
    DEFAULT_HEARTBEAT_INTERVAL DEFAULT_PRESENCE_TIMEOUT
""".split()
SECRETS = ("subscribe_key", "publish_key", "secret_key", "cipher_key", "auth_key")
SWITCHES = [name for name, (kind, _) in REFERENCE.items() if kind is bool] + [
    name for name, default in BEYOND.items() if isinstance(default, bool)
]
TIMES = (
    "connect_timeout",
    "subscribe_timeout",
    "non_subscribe_request_timeout",
    "file_transfer_timeout",
)
MARK = "do-not-show-me"


class Ciphers:
    """Encrypts nothing."""

    def encrypt(self, key: str, text: str) -> str:
        return text

    def decrypt(self, key: str, text: str) -> str:
        return text


KEY = "a string that is not empty, or None"
SECONDS = "a number of seconds, above 0 and at most 31536000"
CIPHER = "an object with methods encrypt and decrypt, or None"
#: Of each property: what its message says is accepted, and what isn't.
REFUSED: dict[str, tuple[str, list[Any]]] = {
    **{name: (KEY, ["", " ", "\udc80", 1, b"x", ["x"]]) for name in SECRETS},
    **{name: (KEY, ["", " \n", "\udc80", 1, b"x", ["x"]]) for name in ("uuid", "user_id")},
    **{name: ("True or False", [1, 0, "no", None, 1.0]) for name in SWITCHES},
    **{
        name: (SECONDS, [0, -1, 0.0, float("nan"), float("inf"), 10**400, True, None, "5"])
        for name in (*TIMES, "subscribe_request_timeout", "non_subscribe_timeout")
    },
    "origin": (
        "a host with or without a port, without scheme, user and path ('ps.pndsn.com'), or None",
        [
            *("https://ps.pndsn.com", "a/b", "a:0", "a:65536", "a:x", "a b", "", "[::1", "ä.org"),
            *("[127.0.0.1]", "[::::]", "[1:2]:80", "[.]", 1),
        ],
    ),
    "reconnect_policy": (
        "a PNReconnectionPolicy: NONE, LINEAR or EXPONENTIAL",
        [0, 4, "LINEAR", None, True, 1.0],
    ),
    "heartbeat_notification_options": (
        "one of PNHeartbeatNotificationOptions: NONE, FAILURES or ALL",
        [0, 4, "ALL", None, True],
    ),
    "filter_assumptions": (
        "names and readings of assumptions, as pnfilter.compile takes them, or None",
        ["missing-differs", "python", {"no-metadata": "yes"}, 3, [1]],
    ),
    "filter_mode": ("a PNFilterMode: SERVER, LOCAL or BOTH", [0, 4, "LOCAL", None, True]),
    "filter_warnings": ("'log', 'raise' or 'ignore'", ["error", "", None, 1]),
    "maximum_reconnection_retries": (
        "a number of tries, 0 or more, or None for no limit",
        [-1, 1.5, False, "3"],
    ),
    "crypto_module": (CIPHER, [Ciphers, "enigma", 1]),
    "crypto_instance": (CIPHER, [Ciphers, "enigma", 1]),
    "file_crypto_instance": (CIPHER, [Ciphers, "enigma", 1]),
    "max_file_size": (
        "a number of bytes, from 1 to 1099511627776",
        [0, -1, 2**41, 1.5, True, None, "5"],
    ),
    "ca_certs": (
        "the path of a file of PEM certificates, or None",
        ["/no/such/file", "/", b"/", 1, "a\0b"],
    ),
    "ssl_context": (
        "an ssl.SSLContext that verifies certificates and host names, or None",
        [True, "/", 1],
    ),
}


def test_the_public_names_are_these() -> None:
    public = {name for name in dir(PNConfiguration) if not name.startswith("_")}
    assert public == {*REFERENCE, *BEYOND, *ALIASES, *METHODS, "uuid"}


@pytest.mark.parametrize("name", [*REFERENCE, *BEYOND])
def test_a_property_has_its_default(name: str) -> None:
    default = REFERENCE[name][1] if name in REFERENCE else BEYOND[name]
    value = getattr(PNConfiguration(), name)
    assert (value, type(value)) == (default, type(default))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "text with späces") for name in (*SECRETS, "uuid")),
        *((name, None) for name in SECRETS),
        *((name, None) for name in ("crypto_instance", "crypto_module", "ssl_context", "ca_certs")),
        *((name, value) for name in SWITCHES for value in (True, False)),
        *((name, value) for name in TIMES for value in (1, 0.5, 365 * 24 * 3600)),
        ("origin", "127.0.0.1:8090"),
        ("origin", "a-b.example_1.org"),
        ("origin", "[::1]:65535"),
        ("filter_assumptions", None),
        ("filter_warnings", "raise"),
        ("filter_warnings", "ignore"),
        ("maximum_reconnection_retries", 0),
        ("maximum_reconnection_retries", 7),
        ("maximum_reconnection_retries", None),
        ("crypto_instance", Ciphers()),
        ("crypto_module", Ciphers()),
        ("ssl_context", ssl.create_default_context()),
        ("ca_certs", __file__),
    ],
)
def test_a_value_is_kept_as_it_is(name: str, value: Any) -> None:
    config = PNConfiguration()
    setattr(config, name, value)
    assert getattr(config, name) is value


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("heartbeat_notification_options", PNHeartbeatNotificationOptions),
        ("reconnect_policy", PNReconnectionPolicy),
        ("filter_mode", PNFilterMode),
    ],
)
def test_an_option_is_a_member_or_its_number(name: str, kind: Any) -> None:
    config = PNConfiguration()
    for member in kind:
        setattr(config, name, member)
        assert getattr(config, name) is member
        setattr(config, name, int(member))
        assert getattr(config, name) is member


def test_a_path_is_kept_as_text_and_no_origin_is_the_default() -> None:
    config = PNConfiguration()
    # Any path of the operating system's does.
    config.ca_certs = Path(__file__)  # type: ignore[assignment] # pyright: ignore[reportAttributeAccessIssue]
    assert config.ca_certs == __file__
    config.origin = "localhost"
    config.origin = None  # type: ignore[assignment] # pyright: ignore[reportAttributeAccessIssue]
    assert config.origin == "ps.pndsn.com"


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_named_and_changes_nothing(name: str) -> None:
    config = PNConfiguration()
    config.uuid = "me"
    before = repr(config)
    accepted, values = REFUSED[name]
    for value in values:
        with pytest.raises((TypeError, ValueError)) as refused:
            setattr(config, name, value)
        message = str(refused.value)
        assert message.startswith(f"PNConfiguration.{name} must be {accepted}")
        if name in (*SECRETS, "crypto_module", "crypto_instance", "file_crypto_instance"):
            assert message.endswith(f", got a {type(value).__name__} (not shown)")
        else:
            assert message.endswith((f", got {value!r}", "...0000000000000000000"))
        assert (refused.value.__context__, refused.value.__cause__) == (None, None)
        assert repr(config) == before


def test_what_each_property_refuses_is_tested() -> None:
    assigned = {*REFERENCE, *BEYOND, *ALIASES, "uuid"} - {"presence_timeout", "heartbeat_interval"}
    # Filters have tests of their own.
    assert assigned - {"filter_expression"} == REFUSED.keys()


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("ssl", "yes", TypeError),
        ("connect_timeout", "5", TypeError),
        ("connect_timeout", -5, ValueError),
        ("uuid", "", ValueError),
        ("uuid", "\ud800", ValueError),
        ("reconnect_policy", 4, ValueError),
        ("ca_certs", 3, TypeError),
    ],
)
def test_a_wrong_type_is_a_type_error_and_a_wrong_value_a_value_error(
    name: str, value: Any, kind: type[Exception]
) -> None:
    with pytest.raises((TypeError, ValueError)) as refused:
        setattr(PNConfiguration(), name, value)
    assert type(refused.value) is kind


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_an_alias_is_another_name_for_one_value(alias: str, name: str) -> None:
    config = PNConfiguration()
    changed: list[str] = []
    config._observe(changed.append)
    one, other = ("a", "b") if name == "uuid" else (1, 2)
    setattr(config, alias, one)
    assert getattr(config, name) == one
    setattr(config, name, other)
    assert getattr(config, alias) == other
    assert changed == [name, name]
    assert repr(config) == f"PNConfiguration({name}={other!r})"


def test_tls_that_does_not_verify_is_refused() -> None:
    config = PNConfiguration()
    unchecked, unverified = ssl.create_default_context(), ssl.create_default_context()
    unchecked.check_hostname = False
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    for context in (unchecked, unverified):
        with pytest.raises(ValueError, match="that verifies certificates and host names"):
            config.ssl_context = context
    assert config.ssl_context is None


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("subscribeKey", "subscribe_key"),
        ("subscribe_time_out", "subscribe_timeout"),
        ("non_subscribe_timout", "non_subscribe_timeout"),
        ("filter", "filter_mode"),
        ("userId", "user_id"),
        ("SSL", "ssl"),
        ("reconnection_policy", "reconnect_policy"),
    ],
)
def test_a_name_that_is_none_gets_the_nearest(name: str, hint: str) -> None:
    config = PNConfiguration()
    expected = f"^PNConfiguration has no property '{name}': did you mean '{hint}'\\?$"
    with pytest.raises(AttributeError, match=expected):
        setattr(config, name, MARK)
    with pytest.raises(AttributeError, match=expected):
        getattr(config, name)
    assert not hasattr(config, name)


def test_a_name_that_is_like_no_other_gets_none() -> None:
    with pytest.raises(AttributeError, match=r"^PNConfiguration has no property 'xyzzy'$"):
        setattr(PNConfiguration(), "xyzzy", 1)  # noqa: B010


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("presence_timeout", r"is set by set_presence_timeout\(timeout\)"),
        ("heartbeat_interval", r"is set by set_presence_timeout_with_custom_interval\(timeout, "),
        ("port", "can't be assigned"),
        ("scheme", "can't be assigned"),
        ("DEFAULT_PRESENCE_TIMEOUT", "can't be assigned"),
        ("__class__", "can't be assigned"),
    ],
)
def test_what_is_there_but_not_set_by_assignment_says_so(name: str, how: str) -> None:
    with pytest.raises(AttributeError, match=f"^PNConfiguration.{name} {how}"):
        setattr(PNConfiguration(), name, 30)


def test_a_subclass_may_have_more() -> None:
    class Mine(PNConfiguration):
        color = "red"

        def __init__(self, shape: str) -> None:
            # Before the base class is asked to.
            self.connect_timeout = 1
            self.shape = shape
            super().__init__()

    config = Mine("round")
    setattr(config, "size", 3)  # noqa: B010
    config.color = "blue"
    assert (config.connect_timeout, vars(config)["size"], config.shape) == (1, 3, "round")
    assert repr(config) == "Mine(connect_timeout=1)"
    with pytest.raises(TypeError, match=r"^PNConfiguration.ssl must be True or False, got 1$"):
        setattr(config, "ssl", 1)  # noqa: B010
    with pytest.raises(
        AttributeError, match=r"^Mine has no property 'colour': did you mean 'color'"
    ):
        getattr(config, "colour")  # noqa: B009


def test_a_subclass_may_put_something_else_in_a_propertys_place() -> None:
    class Fixed(PNConfiguration):
        presence_timeout = 20

    config = Fixed()
    config.heartbeat_default_values = False
    assert (config.presence_timeout, repr(config)) == (20, "Fixed(heartbeat_default_values=False)")


def test_the_filter_that_a_subclass_has_is_checked_when_a_client_is_made() -> None:
    class Broken(PNConfiguration):
        filter_expression = "(("

    class Filtered(PNConfiguration):
        filter_expression = "such=wow"

    for kind in (Broken, Filtered):
        config = kind()
        config.subscribe_key = "sub"
        if kind is Broken:
            with pytest.raises(FilterSyntaxError):
                config.validate()
        else:
            config.validate()
            assert config.filter_expression == "such=wow"


@pytest.mark.parametrize(
    ("timeout", "interval"), [(3, 0.5), (20, 9.0), (300, 149.0), (21, 9.5), (60.0, 29.0)]
)
def test_a_presence_timeout_sets_the_interval(timeout: Any, interval: float) -> None:
    config = PNConfiguration()
    config.set_presence_timeout(timeout)
    assert (config.presence_timeout, config.heartbeat_interval) == (timeout, interval)
    # It is sent as whole seconds.
    assert type(config.presence_timeout) is int
    assert config.heartbeat_default_values is False


def test_a_presence_timeout_may_have_an_interval_of_its_own() -> None:
    config = PNConfiguration()
    changed: list[str] = []
    config._observe(changed.append)
    config.set_presence_timeout_with_custom_interval(120, 30.5)
    assert (config.presence_timeout, config.heartbeat_interval) == (120, 30.5)
    assert changed == ["presence_timeout", "heartbeat_interval", "heartbeat_default_values"]
    config.set_presence_timeout_with_custom_interval(120, 31)
    assert changed[3:] == ["heartbeat_interval"]


@pytest.mark.parametrize("timeout", [0, -1, 1, 2, 20.5, "20", None, True, float("nan")])
def test_a_presence_timeout_that_is_none_changes_nothing(timeout: Any) -> None:
    config = PNConfiguration()
    with pytest.raises(
        (TypeError, ValueError), match=r"^PNConfiguration\.presence_timeout must be "
    ):
        config.set_presence_timeout(timeout)
    with pytest.raises(
        (TypeError, ValueError), match=r"^PNConfiguration\.heartbeat_interval must be "
    ):
        config.set_presence_timeout_with_custom_interval(30, 0)
    assert repr(config) == "PNConfiguration()"


def test_where_requests_go() -> None:
    config = PNConfiguration()
    assert config.scheme_and_host() == "http://ps.pndsn.com"
    assert (config.scheme(), config.scheme_extended(), config.port) == ("http", "http://", 80)
    config.ssl = True
    assert config.scheme_and_host() == "https://ps.pndsn.com"
    assert (config.scheme(), config.scheme_extended(), config.port) == ("https", "https://", 443)
    config.origin = "[::1]:8443"
    assert (config.scheme_and_host(), config.port) == ("https://[::1]:8443", 8443)


def test_what_encrypts() -> None:
    config = PNConfiguration()
    config.cipher_key = "enigma"
    encrypted = config.crypto.encrypt("enigma", '"hello"')
    # Recorded from the official SDKs.
    assert encrypted == "BQ2Ywm6XtvTCGCFPTY6FJw=="
    assert config.crypto.decrypt("enigma", encrypted) == "hello"
    config.crypto_instance = own = Ciphers()
    assert config.crypto is own
    config.crypto_module = module = Ciphers()
    assert config.crypto is module


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    assert {(one.name, one.levelname) for one in caplog.records} <= {("pnclient", "WARNING")}
    found = [one.getMessage() for one in caplog.records]
    caplog.clear()
    return found


def test_a_uuid_is_made_once_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    config = PNConfiguration()
    assert repr(config) == "PNConfiguration()"
    assert messages(caplog) == []
    made = config.uuid
    assert len(made) == 36
    assert (config.uuid, config.user_id) == (made, made)
    (told,) = messages(caplog)
    assert told.startswith("no uuid was set, so one was made for this configuration")
    assert PNConfiguration().uuid != made
    assert len(messages(caplog)) == 1
    setattr(config, "uuid", None)  # noqa: B010
    assert config.uuid not in ("", made)
    assert messages(caplog) == []


def test_a_uuid_that_was_set_is_not_made(caplog: pytest.LogCaptureFixture) -> None:
    config = PNConfiguration()
    config.user_id = "me"
    assert (config.uuid, messages(caplog)) == ("me", [])


def test_a_client_needs_a_subscribe_key() -> None:
    config = PNConfiguration()
    with pytest.raises(PubNubException, match=r"^Subscribe key not configured$"):
        config.validate()
    config.subscribe_key = "sub"
    config.uuid, config.ssl = "me", True
    config.validate()


@pytest.mark.parametrize(
    ("origin", "ssl", "told"),
    [
        ("ps.pndsn.com", None, 1),
        ("192.0.2.1:80", None, 1),
        ("localhost.example.org", None, 1),
        ("[2001:db8::1]", None, 1),
        ("ps.pndsn.com", True, 0),
        ("ps.pndsn.com", False, 0),
        ("localhost", None, 0),
        ("LOCALHOST:8090", None, 0),
        ("a.localhost:8090", None, 0),
        ("127.0.0.1", None, 0),
        ("127.9.9.9:1", None, 0),
        ("[::1]:8090", None, 0),
    ],
)
def test_that_the_sdk_of_old_used_tls_is_reported_once(
    origin: str, ssl: bool | None, told: int, caplog: pytest.LogCaptureFixture
) -> None:
    config = PNConfiguration()
    config.subscribe_key, config.uuid, config.origin = "sub", "me", origin
    if ssl is not None:
        config.ssl = ssl
    config.validate()
    config.validate()
    assert ["4.8.1 used TLS by default" in one for one in messages(caplog)] == [True] * told


def test_no_repr_message_or_log_line_has_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    config = PNConfiguration()
    for name in SECRETS:
        setattr(config, name, MARK)
    config.crypto_module = config.crypto_instance = type(MARK, (Ciphers,), {})()
    config.filter_expression = "data.x = 1"
    config.validate()
    assert repr(config).count("<hidden>") == len(SECRETS) + 2
    assert f"{config}{config!r}".count(MARK) == 0
    assert len(caplog.records) == 3
    assert MARK not in caplog.text
    with pytest.raises(ValueError, match="got '…@host/'") as refused:
        config.origin = f"https://user:{MARK}@host/"
    assert MARK not in str(refused.value)


@given(
    st.sampled_from(SECRETS),
    st.one_of(
        st.binary().map(lambda data: data + MARK.encode()),
        st.lists(st.text()).map(lambda texts: [*texts, MARK]),
        st.text(" \n\t").map(lambda text: {MARK: text}),
        st.just(MARK + "\udead"),
    ),
)
@settings(deadline=None)
def test_no_refusal_has_a_secret(name: str, value: Any) -> None:
    with pytest.raises((TypeError, ValueError)) as refused:
        setattr(PNConfiguration(), name, value)
    assert MARK not in repr(refused.value)
