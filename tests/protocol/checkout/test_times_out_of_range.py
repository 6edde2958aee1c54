"""Times at the ends of the calendar, which have no time in UTC, and values that are no times, are refused with a code,
and change nothing."""

from datetime import UTC
from typing import Any, Final

import pytest
import typer

from cli.reconcile import parse_time
from shared import clock
from shared.db.payments import coupons
from tests.fixtures.api import Api
from tests.fixtures.storefront import Storefront, put_published_course
from tests.protocol.coupons.coupon_actions import CODE, put_coupon, stored_coupon

FIRST, LAST = "0001-01-01T00:00:00+05:30", "9999-12-31T23:59:59-05:30"
OUT_OF_RANGE = [FIRST, LAST]


@pytest.mark.parametrize("moment", OUT_OF_RANGE)
@pytest.mark.parametrize("field", ["valid_from", "valid_until"])
def test_coupon_with_a_time_out_of_range_is_422_and_not_stored(admin: Api, field: str, moment: str) -> None:
    reply = admin.post("/api/coupons", {"code": CODE, "discount_kind": "percent", "value": 25, field: moment})
    assert (reply.status, reply.code) == (422, "invalid")
    assert coupons.get(CODE) is None


@pytest.mark.parametrize("moment", OUT_OF_RANGE)
def test_edit_of_a_coupon_with_a_time_out_of_range_is_422_and_changes_nothing(
    shop: Storefront, admin: Api, moment: str
) -> None:
    before = put_coupon(admin)
    reply = admin.patch(f"/api/coupons/{CODE}", {"valid_until": moment})
    assert (reply.status, reply.code) == (422, "invalid")
    assert stored_coupon().attribute_values == before.attribute_values


@pytest.mark.parametrize(("start", "end"), [(FIRST, "2026-12-01T00:00:00Z"), ("2026-12-01T00:00:00Z", LAST)])
def test_sale_with_a_time_out_of_range_is_422_and_not_stored(
    shop: Storefront, instructor: Api, start: str, end: str
) -> None:
    body = {"sale": {"amount": 10_000, "from": start, "until": end}}
    course_id = put_published_course(instructor.user_id).course_id
    reply = instructor.put(f"/api/courses/{course_id}", body)
    assert (reply.status, reply.code) == (422, "invalid")
    assert instructor.get(f"/api/courses/{course_id}").json["sale"] is None


@pytest.mark.parametrize("moment", OUT_OF_RANGE)
@pytest.mark.parametrize("name", ["since", "until"])
def test_list_of_payments_with_a_time_out_of_range_is_422(shop: Storefront, admin: Api, name: str, moment: str) -> None:
    reply = admin.get(f"/api/payments?{name}={moment.replace('+', '%2B')}")
    assert (reply.status, reply.code) == (422, "invalid")


NO_TIMES: Final[list[Any]] = [
    *(0, -1, 1.5, True, "0", "1764086400"),
    *("2026-12-01", "2026-12-01T00:00Z", "2026-12-01 00:00:00Z", "2026-12-01T00:00:00", "2026-12-01T00:00:00+0530"),
    *("2026-12-01T24:00:01Z", "\u0662026-12-01T00:00:00Z", " 2026-12-01T00:00:00Z"),
]
"""Values that are no time of RFC 3339 with an offset."""


@pytest.mark.parametrize("moment", NO_TIMES)
@pytest.mark.parametrize("field", ["valid_from", "valid_until"])
def test_coupon_with_a_time_that_is_not_of_rfc_3339_is_422_and_not_stored(admin: Api, field: str, moment: Any) -> None:
    reply = admin.post("/api/coupons", {"code": CODE, "discount_kind": "percent", "value": 25, field: moment})
    assert (reply.status, reply.code) == (422, "invalid")
    assert coupons.get(CODE) is None


@pytest.mark.parametrize("moment", NO_TIMES)
@pytest.mark.parametrize("field", ["from", "until"])
def test_sale_with_a_time_that_is_not_of_rfc_3339_is_422_and_not_stored(
    shop: Storefront, instructor: Api, field: str, moment: Any
) -> None:
    sale = {"amount": 10_000, "from": "2026-11-30T00:00:00Z", "until": "2026-12-02T00:00:00Z", field: moment}
    course_id = put_published_course(instructor.user_id).course_id
    reply = instructor.put(f"/api/courses/{course_id}", {"sale": sale})
    assert (reply.status, reply.code) == (422, "invalid")
    assert instructor.get(f"/api/courses/{course_id}").json["sale"] is None


@pytest.mark.parametrize("moment", ["0", "1764086400", "2026-12-01", "2026-12-01T00:00Z"])
def test_list_of_payments_since_a_text_that_is_no_time_is_422(shop: Storefront, admin: Api, moment: str) -> None:
    reply = admin.get(f"/api/payments?since={moment}")
    assert (reply.status, reply.code) == (422, "invalid")


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"])
def test_ends_of_the_calendar_in_utc_are_accepted(shop: Storefront, student: Api, admin: Api, moment: str) -> None:
    field = "valid_from" if moment < "2" else "valid_until"
    assert clock.text(getattr(put_coupon(admin, **{field: moment}), field)) == moment
    assert shop.create_order(student, coupon=CODE)["coupon"] == CODE
    assert admin.get(f"/api/payments?since={moment}").status == 200


@pytest.mark.parametrize("text", [FIRST, LAST, "9999-12-31"])
def test_time_of_a_command_out_of_range_is_a_usage_error(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="out of range"):
        parse_time(text, UTC, end_of_day=True)
