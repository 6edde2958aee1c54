"""The seller's day: the date, month and financial year of a moment in the time zone of the settings."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from shared import config, seller_day
from shared.config import SettingUnusable, settings
from tests.conftest import reset_settings

SetZone = Callable[[str], None]
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def set_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[SetZone]:
    def set_to(name: str) -> None:
        monkeypatch.setenv("LMS_TIME_ZONE", name)
        config.clear_cache()

    yield set_to
    monkeypatch.undo()
    reset_settings()


@pytest.mark.parametrize(
    ("moment", "day", "month", "year"),
    [
        (datetime(2026, 11, 30, 18, 29, 59, 999_000, tzinfo=UTC), "2026-11-30", "2026-11", "26-27"),
        (datetime(2026, 11, 30, 18, 40, tzinfo=UTC), "2026-12-01", "2026-12", "26-27"),  # 00:10 on 1 December
        (datetime(2027, 1, 1, tzinfo=UTC), "2027-01-01", "2027-01", "26-27"),
        (datetime(2027, 3, 31, 18, 29, 59, tzinfo=UTC), "2027-03-31", "2027-03", "26-27"),
        (datetime(2027, 3, 31, 18, 40, tzinfo=UTC), "2027-04-01", "2027-04", "27-28"),  # 00:10 on 1 April
        (datetime(2100, 1, 1, tzinfo=UTC), "2100-01-01", "2100-01", "99-00"),
    ],
)
def test_day_month_and_financial_year_by_default_are_those_of_india(
    moment: datetime, day: str, month: str, year: str
) -> None:
    assert settings().time_zone == ZoneInfo("Asia/Kolkata")
    assert (seller_day.day(moment), seller_day.month(moment), seller_day.financial_year(moment)) == (day, month, year)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 11, 1, 3, 59, tzinfo=UTC), "2026-10-31"),  # 23:59 EDT, UTC-4
        (datetime(2026, 11, 1, 4, 0, tzinfo=UTC), "2026-11-01"),
        (datetime(2026, 11, 2, 4, 59, tzinfo=UTC), "2026-11-01"),  # 23:59 EST, UTC-5: a day of 25 hours
        (datetime(2026, 11, 2, 5, 0, tzinfo=UTC), "2026-11-02"),
        (datetime(2027, 3, 15, 3, 59, tzinfo=UTC), "2027-03-14"),  # 23:59 EDT: a day of 23 hours
        (datetime(2027, 3, 15, 4, 0, tzinfo=UTC), "2027-03-15"),
        (datetime(2027, 4, 1, 3, 59, tzinfo=UTC), "2027-03-31"),
    ],
)
def test_day_follows_daylight_saving_time(set_zone: SetZone, moment: datetime, day: str) -> None:
    set_zone("America/New_York")
    assert (seller_day.day(moment), seller_day.month(moment)) == (day, day[:7])


def test_financial_year_in_another_zone_starts_on_its_1_april(set_zone: SetZone) -> None:
    set_zone("America/New_York")
    assert seller_day.financial_year(datetime(2027, 4, 1, 3, 59, tzinfo=UTC)) == "26-27"
    assert seller_day.financial_year(datetime(2027, 4, 1, 4, 0, tzinfo=UTC)) == "27-28"


@pytest.mark.parametrize("until", [datetime(2026, 11, 2, 4, 30, tzinfo=UTC), datetime(2026, 11, 1, 4, 30, tzinfo=UTC)])
def test_last_days_over_a_day_of_25_hours_names_each_once(set_zone: SetZone, until: datetime) -> None:
    """Within the hour after midnight and the hour before it: 24 hours earlier is the same day, or the one before."""
    set_zone("America/New_York")
    assert seller_day.last_days(until, 3) == ["2026-10-30", "2026-10-31", "2026-11-01"]


def test_last_days_at_0010_in_india_end_with_the_new_day() -> None:
    days = seller_day.last_days(datetime(2026, 11, 30, 18, 40, tzinfo=UTC), 30)
    assert (len(days), days[0], days[-2:]) == (30, "2026-11-02", ["2026-11-30", "2026-12-01"])


def test_in_words_writes_the_month_in_full() -> None:
    assert seller_day.in_words("2026-12-01") == "1 December 2026"


def test_financial_years_are_all_from_2026_until_the_moment() -> None:
    assert seller_day.financial_years(datetime(2026, 11, 23, tzinfo=UTC)) == ["25-26", "26-27"]
    assert seller_day.financial_years(datetime(2028, 4, 1, tzinfo=UTC)) == ["25-26", "26-27", "27-28", "28-29"]


def test_time_zone_empty_is_the_default(set_zone: SetZone) -> None:
    set_zone("")
    assert settings().time_zone == ZoneInfo("Asia/Kolkata")


@pytest.mark.parametrize(
    "name", ["India", "IST+5:30", "Asia", "../Asia/Kolkata", "/usr/share/zoneinfo/UTC", "zone.tab", " "]
)
def test_time_zone_with_unusable_name_stops_the_start(set_zone: SetZone, name: str) -> None:
    set_zone(name)
    with pytest.raises(SettingUnusable) as raised:
        settings()
    message = f"LMS_TIME_ZONE must be the IANA name of a time zone such as Asia/Kolkata, not {name!r}"
    assert str(raised.value) == message


@pytest.mark.parametrize("lock", ["auth", "courses", "enrollments", "payments", "dashboards", "local"])
def test_lock_contains_the_data_of_the_time_zones(lock: str) -> None:
    """Lambda's image may have none; every function checks the setting."""
    assert "\ntzdata==" in (ROOT / "locks" / f"{lock}.txt").read_text()
