"""The seller's day: the date, month and financial year of a moment in the seller's time zone (`LMS_TIME_ZONE`).

Everything that a person reads as a day is one of these: dates and numbers of receipts, dates of certificates, the
counters of the dashboards, dates that an operator enters. Days are text such as "2026-11-30", months "2026-11",
financial years "26-27".

A sale at 00:10 on 1 December is a sale of December: the financial year and the tax periods are those of the seller's
calendar (CGST Rules 2017, rule 46(b) and (c): a number that is unique in a financial year, and the date of issue).
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from shared.config import settings

_FIRST_MONTH: Final = 4
_FIRST_YEAR: Final = 2026
"""In which the first receipt may have been issued."""


def local_time(moment: datetime) -> datetime:
    """The same moment in the seller's time zone."""
    return moment.astimezone(settings().time_zone)


def day(moment: datetime) -> str:
    return local_time(moment).date().isoformat()


def month(moment: datetime) -> str:
    return day(moment)[:7]


def last_days(until: datetime, number: int) -> list[str]:
    """The last `number` days, that of `until` included, oldest first. Dates are subtracted, not hours: on the change of
    daylight saving time a day has 23 or 25 of them."""
    today = local_time(until).date()
    return [(today - timedelta(days=ago)).isoformat() for ago in reversed(range(number))]


def in_words(of_day: str) -> str:
    """ "2026-11-30" as "30 November 2026"."""
    named = date.fromisoformat(of_day)
    return f"{named.day} {named:%B %Y}"


def financial_year(moment: datetime) -> str:
    """The Indian financial year (1 April to 31 March) of the moment's day, such as "26-27". In another time zone it has
    the same months (General Clauses Act 1897, section 3(21); unverified: read in a copy)."""
    today = local_time(moment)
    first = today.year - (today.month < _FIRST_MONTH)
    return f"{first % 100:02d}-{(first + 1) % 100:02d}"


def financial_years(until: datetime) -> list[str]:
    """The financial years in which receipts may have been issued until then, oldest first."""
    return [financial_year(datetime(year, 1, 1, tzinfo=UTC)) for year in range(_FIRST_YEAR, until.year + 2)]
