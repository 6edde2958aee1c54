"""Days and times of the web page: the page's own modules, run by Node.js, for readers in several time zones."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.web.page_modules import needs_node, run_script

READERS = ("UTC", "Asia/Kolkata", "America/Los_Angeles", "Pacific/Auckland")
IMPORTS = 'import * as format from "./js/ui/format.js"; import { daysOf } from "./js/admin/periods.js";'

pytestmark = needs_node


def run(tmp_path: Path, reader: str, script: str) -> Any:
    return run_script(tmp_path, IMPORTS, script, reader)


@pytest.mark.parametrize("reader", READERS)
def test_format_date_at_0010_in_india_is_the_new_day_for_every_reader(tmp_path: Path, reader: str) -> None:
    script = 'result = [format.formatDate("2026-11-30T18:40:00.000Z"), format.formatDate("2026-11-30T18:29:59.999Z")];'
    assert run(tmp_path, reader, script) == ["1 Dec 2026", "30 Nov 2026"]


@pytest.mark.parametrize("reader", READERS)
def test_format_date_with_daylight_saving_time_is_the_sellers_day(tmp_path: Path, reader: str) -> None:
    moments = ["2026-11-01T03:59:00Z", "2026-11-01T04:00:00Z", "2026-11-02T04:59:00Z", "2026-11-02T05:00:00Z"]
    script = f'format.setTimeZone("America/New_York"); result = {json.dumps(moments)}.map(format.formatDate);'
    assert run(tmp_path, reader, script) == ["31 Oct 2026", "1 Nov 2026", "1 Nov 2026", "2 Nov 2026"]


@pytest.mark.parametrize(
    ("reader", "shown"),
    [
        ("Asia/Kolkata", "1 Dec 2026, 12:10 am"),
        ("Asia/Colombo", "1 Dec 2026, 12:10 am"),
        ("UTC", "1 Dec 2026, 12:10 am IST"),
        ("America/Los_Angeles", "1 Dec 2026, 12:10 am IST"),
    ],
)
def test_format_date_time_names_the_zone_to_readers_with_another_time(tmp_path: Path, reader: str, shown: str) -> None:
    text = run(tmp_path, reader, 'result = format.formatDateTime("2026-11-30T18:40:00.000Z");')
    assert text.replace("\N{NARROW NO-BREAK SPACE}", " ") == shown


@pytest.mark.parametrize("reader", READERS)
def test_days_and_months_of_the_api_are_shown_unchanged(tmp_path: Path, reader: str) -> None:
    day = '"2026-12-01"'
    script = f'result = [format.formatDay({day}), format.formatShortDate({day}), format.formatMonth("2026-12")];'
    assert run(tmp_path, reader, script) == ["1 Dec 2026", "1 Dec", "Dec 2026"]


@pytest.mark.parametrize("reader", READERS)
def test_days_of_the_chart_are_those_of_the_api(tmp_path: Path, reader: str) -> None:
    money = {
        name: {"amount": amount, "currency": "INR"} for name, amount in (("net", 5), ("gross", 6), ("refunded", 1))
    }
    periods = json.dumps([{"period": "2026-12-01", **money}])
    script = f'result = daysOf({periods}, "INR", ["2026-11-30", "2026-12-01"]);'
    assert run(tmp_path, reader, script) == [
        {"name": "30 Nov", "net": 0, "gross": 0, "refunded": 0},
        {"name": "1 Dec", "net": 5, "gross": 6, "refunded": 1},
    ]


def test_set_time_zone_that_the_browser_does_not_know_changes_nothing(tmp_path: Path) -> None:
    script = (
        'let error; try { format.setTimeZone("Nowhere/Town"); } catch (caught) { error = caught.name; }'
        'result = [error, format.formatDate("2026-11-30T18:40:00.000Z")];'
    )
    assert run(tmp_path, "UTC", script) == ["RangeError", "1 Dec 2026"]


@pytest.mark.parametrize("reader", READERS)
def test_format_until_at_midnight_of_the_seller_names_the_day_before(tmp_path: Path, reader: str) -> None:
    script = (
        'result = [format.formatUntil("2026-11-30T18:30:00.000Z"), format.formatUntil("2026-11-30T18:00:00.000Z")];'
    )
    midnight, earlier = run(tmp_path, reader, script)
    assert midnight == "30 Nov 2026"
    assert earlier.startswith("30 Nov 2026, 11:30")
