"""The SDKs over TLS, with the certificate that the emulator makes for itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from pnfilter.server.run import Server, running
from tests.interop.conftest import Bench, Drivers, Sdk
from tests.interop.driver import CallFailed
from tests.interop.test_delivery import END, message, send


@pytest.fixture(scope="module")
def secure() -> Iterator[Server]:
    with running(tls="self-signed") as server:
        yield server


@pytest.fixture(scope="module")
def trusting(secure: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drivers]:
    """Drivers that are told by the environment, as a user would do it, whom to trust."""
    authority = str(secure.ca_file)
    variables = {"SSL_CERT_FILE": authority, "NODE_EXTRA_CA_CERTS": authority}
    started = Drivers(tmp_path_factory.mktemp("trusting"), variables)
    yield started
    started.close()


@pytest.fixture
def bench(secure: Server, request: pytest.FixtureRequest) -> Iterator[Bench]:
    with ExitStack() as stack:
        yield Bench(secure, stack, request.node.user_properties)


def test_who_trusts_the_authority_is_served(sdk: Sdk, trusting: Drivers, bench: Bench) -> None:
    trusted = Sdk(sdk.name, trusting, bench)
    alice, bob = trusted.open(uuid="alice", tls=True), trusted.open(uuid="bob", tls=True)
    bob.subscribe(channels=["orders"])
    timetoken = send(alice, {"n": 1})
    send(alice, END)
    assert bob.delivered_until(END) == [message({"n": 1}, timetoken)]
    sdk.shows("over TLS, trusting the emulator's own authority")


def test_pnclient_and_each_over_tls(sdk: Sdk, trusting: Drivers, bench: Bench) -> None:
    pair = [Sdk(name, trusting, bench) for name in ("pnclient", sdk.name)]
    for does, sees in (pair, reversed(pair)):
        alice, bob = does.open(uuid="alice", tls=True), sees.open(uuid="bob", tls=True)
        bob.subscribe(channels=["orders"])
        timetoken = send(alice, {"n": 1})
        send(alice, END)
        assert bob.delivered_until(END) == [message({"n": 1}, timetoken)]
    sdk.shows("messages to each other over TLS")


def test_who_does_not_trust_it_is_not(sdk: Sdk) -> None:
    with pytest.raises(
        CallFailed, match=r"verify.* certificate|certificate verify|issuer certificate"
    ):
        sdk.open(uuid="alice", tls=True).call("time")
