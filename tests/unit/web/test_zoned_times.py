"""Times that a seller enters, in the seller's time zone, whatever the zone of the browser."""

import json
from pathlib import Path

import pytest

from tests.unit.web.page_modules import needs_node, run_script

IMPORTS = (
    'import { setTimeZone } from "./js/ui/format.js"; import { clockTime, momentOf } from "./js/ui/zoned-time.js";'
)

pytestmark = needs_node


@pytest.mark.parametrize("reader", ["UTC", "Asia/Kolkata", "America/Los_Angeles"])
def test_moment_of_a_time_in_india_does_not_depend_on_the_browser(tmp_path: Path, reader: str) -> None:
    script = (
        'result = [momentOf("2026-12-01T00:10"), clockTime("2026-11-30T18:40:00.000Z"), momentOf(""), momentOf("x")];'
    )
    assert run_script(tmp_path, IMPORTS, script, reader) == [
        "2026-11-30T18:40:00.000Z",
        "2026-12-01T00:10",
        None,
        None,
    ]


def test_moment_of_a_time_with_daylight_saving_time_is_that_of_the_sellers_clock(tmp_path: Path) -> None:
    entered = ["2026-07-01T12:00", "2026-12-01T12:00", "2026-11-01T01:30", "2026-03-08T02:30"]
    both = "(one) => [momentOf(one), clockTime(momentOf(one))]"
    script = f'setTimeZone("America/New_York"); result = {json.dumps(entered)}.map({both});'
    assert run_script(tmp_path, IMPORTS, script) == [
        ["2026-07-01T16:00:00.000Z", "2026-07-01T12:00"],
        ["2026-12-01T17:00:00.000Z", "2026-12-01T12:00"],
        ["2026-11-01T05:30:00.000Z", "2026-11-01T01:30"],  # the first of two
        ["2026-03-08T07:30:00.000Z", "2026-03-08T03:30"],  # the clock skips it
    ]
