"""The client of the live commands: what may go where."""

from __future__ import annotations

import pytest

from pnfilter.live.connection import Keys, Origin, client_of


def test_an_auth_key_goes_by_tls_only() -> None:
    keys = Keys("sub", "pub", "auth-secret")
    with pytest.raises(ValueError, match="an auth key goes by TLS only") as refused:
        client_of(Origin("http://service.example:8080"), keys, user="u")
    assert "auth-secret" not in str(refused.value)
    for origin in ("https://service.example:8080", "service.example", "http://127.0.0.1:7635"):
        assert client_of(Origin(origin), keys, user="u").config.auth_key == "auth-secret"
    client = client_of(Origin("http://service.example"), Keys("sub", "pub"), user="u")
    assert client.config.auth_key is None
