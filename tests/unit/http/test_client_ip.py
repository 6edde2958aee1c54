"""The client address: CloudFront's client IP header is trusted only with the edge secret."""

import pytest

from shared import config
from shared.http.client_ip import CLIENT_IP_HEADER, EDGE_PROOF_HEADER, client_ip
from shared.http.request import IncomingRequest, parse_event
from tests.conftest import reset_settings

EDGE_KEY = "the key of the edge, long enough"


def incoming(**headers: str) -> IncomingRequest:
    return parse_event({"headers": headers, "requestContext": {"http": {"method": "GET", "sourceIp": "198.51.100.7"}}})


@pytest.fixture
def edge_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMS_EDGE_KEY", EDGE_KEY)
    reset_settings()


def test_client_ip_without_cloudfront_is_connection_address() -> None:
    assert client_ip(incoming()) == "198.51.100.7"


def test_client_ip_with_valid_proof_is_cloudfront_viewer_address(edge_key: None) -> None:
    assert client_ip(incoming(**{CLIENT_IP_HEADER: "2001:db8::1", EDGE_PROOF_HEADER: EDGE_KEY})) == "2001:db8::1"


@pytest.mark.parametrize("proof", ["", "guessed", EDGE_KEY + "x", EDGE_KEY.upper(), "\ud800"])
def test_client_ip_with_wrong_proof_is_connection_address(edge_key: None, proof: str) -> None:
    assert client_ip(incoming(**{CLIENT_IP_HEADER: "203.0.113.9", EDGE_PROOF_HEADER: proof})) == "198.51.100.7"


def test_client_ip_proof_without_address_is_connection_address(edge_key: None) -> None:
    assert client_ip(incoming(**{EDGE_PROOF_HEADER: EDGE_KEY})) == "198.51.100.7"


def test_client_ip_without_edge_key_is_connection_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LMS_EDGE_KEY", raising=False)
    config.clear_cache()
    for proof in ("", "anything"):
        assert client_ip(incoming(**{CLIENT_IP_HEADER: "203.0.113.9", EDGE_PROOF_HEADER: proof})) == "198.51.100.7"
