"""Pauses after failed attempts, and the client addresses that count as one source."""

from datetime import datetime, timedelta

import pytest

from functions.auth import throttling
from shared.db.auth import throttles
from shared.db.entities import Throttle

NOON = datetime.fromisoformat("2026-05-01T12:00:00Z")


def throttle_after(times: int, at: datetime = NOON) -> Throttle:
    return Throttle(failures=times, failed_at=at, expires_at=0)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (9, 0), (10, 30), (11, 60), (12, 120), (13, 240), (14, 480), (15, 900), (16, 900), (1_000_000, 900)],
)
def test_throttle_pause_from_10_failures_doubles_up_to_15_minutes(failures: int, seconds: int) -> None:
    assert throttles.ACCOUNT.pause(failures) == timedelta(seconds=seconds)
    assert throttling.account_window("a@example.com", NOON).remaining_pause(throttle_after(failures)) == timedelta(
        seconds=seconds
    )


def test_throttle_pause_elapsed_time_reduces_it_to_zero() -> None:
    for later, remaining in ((29, 1), (30, 0), (3600, 0)):
        window = throttling.account_window("a@example.com", NOON + timedelta(seconds=later))
        assert window.remaining_pause(throttle_after(10)) == timedelta(seconds=remaining)
    assert window.remaining_pause(None) == timedelta()


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("", "", True),
        ("not an address", "192.0.2.1", False),
    ],
)
def test_throttle_source_key_is_ipv4_address_or_ipv6_64_network(one: str, two: str, same: bool) -> None:
    assert (throttling.source_window(one, NOON).key == throttling.source_window(two, NOON).key) is same


def test_throttle_key_hides_address_and_changes_after_a_day() -> None:
    today = throttling.account_window("Asha@example.com", NOON)
    assert today.key == throttling.account_window("asha@example.com", NOON + timedelta(hours=1)).key
    assert today.key != throttling.account_window("asha@example.com", NOON + timedelta(days=1)).key
    assert "asha" not in today.key.pk.lower()
    assert today.key.pk.startswith("THROTTLE#ACCOUNT#")
    assert throttling.source_window("192.0.2.1", NOON).key.pk.startswith("THROTTLE#SOURCE#")
