"""Whose address counts: CloudFront's word only with its proof."""

import pytest

from shared import config
from shared.http.request import IncomingRequest, parse_event
from shared.http.viewer import CLIENT_IP_HEADER, EDGE_PROOF_HEADER, client_ip
from tests.conftest import fresh_settings

KEY = "the key of the edge, long enough"


def incoming(**headers: str) -> IncomingRequest:
    return parse_event({"headers": headers, "requestContext": {"http": {"method": "GET", "sourceIp": "198.51.100.7"}}})


@pytest.fixture
def edge_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMS_EDGE_KEY", KEY)
    fresh_settings()


def test_without_cloudfront_it_is_the_other_end_of_the_connection() -> None:
    assert client_ip(incoming()) == "198.51.100.7"


def test_with_its_proof_cloudfront_is_believed(edge_key: None) -> None:
    assert client_ip(incoming(**{CLIENT_IP_HEADER: "2001:db8::1", EDGE_PROOF_HEADER: KEY})) == "2001:db8::1"


@pytest.mark.parametrize("proof", ["", "guessed", KEY + "x", KEY.upper(), "\ud800"])
def test_without_it_nobody_is(edge_key: None, proof: str) -> None:
    assert client_ip(incoming(**{CLIENT_IP_HEADER: "203.0.113.9", EDGE_PROOF_HEADER: proof})) == "198.51.100.7"


def test_a_proof_alone_says_nothing(edge_key: None) -> None:
    assert client_ip(incoming(**{EDGE_PROOF_HEADER: KEY})) == "198.51.100.7"


def test_where_there_is_no_edge_nobody_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LMS_EDGE_KEY", raising=False)
    config.clear_cache()
    for proof in ("", "anything"):
        assert client_ip(incoming(**{CLIENT_IP_HEADER: "203.0.113.9", EDGE_PROOF_HEADER: proof})) == "198.51.100.7"
