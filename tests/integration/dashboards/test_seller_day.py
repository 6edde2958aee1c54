"""The seller's day: receipt, dashboards, recount and page agree on the day, month and financial year of a sale."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.dashboards import read_model_rebuild
from functions.dashboards.recount import compare
from functions.payments.receipts.receipt_service import ensure_numbered
from shared import config
from shared.db.payments.documents import receipts
from shared.domain.lifecycle import Role
from tests.conftest import LONG_LIVED_CLAIMS
from tests.fixtures.api import Api
from tests.fixtures.jwt_keys import access_token
from tests.fixtures.storefront import PRICE, Storefront

Project = Callable[[], int]
FIRST_OF_DECEMBER = datetime(2026, 11, 30, 18, 40, tzinfo=UTC)
"""00:10 on 1 December in India."""
FIRST_OF_APRIL = datetime(2027, 3, 31, 18, 40, tzinfo=UTC)


def buy(shop: Storefront, learner: Api) -> str:
    order_id: str = shop.create_order(learner)["order_id"]
    shop.verify(learner, shop.pay(order_id))
    shop.deliver()
    return order_id


def refund_100_paise(shop: Storefront, admin: Api, order_id: str) -> None:
    """Takes an hour, after which the refund is processed and recorded."""
    body, headers = {"reason": "a part", "amount": 100}, {"Idempotency-Key": "key-1"}
    assert admin.post(f"/api/payments/{order_id}/refund", body, headers=headers).status == 200
    shop.clock.advance(hours=1)
    shop.sweep()


def instructor_of(shop: Storefront) -> Api:
    instructor_id = shop.course.instructor_id
    return Api(access_token(instructor_id, Role.INSTRUCTOR, name="Asha Rao", **LONG_LIVED_CLAIMS), instructor_id)


def revenue_of(admin: Api, name: str, period: str) -> dict[str, int]:
    """Day or month > gross revenue in paise, without zeros."""
    rows: list[dict[str, Any]] = admin.get("/api/dashboard/admin").json["revenue"][name]
    return {row[period]: row["gross"]["amount"] for row in rows if row["gross"]["amount"]}


@pytest.mark.parametrize(
    ("moment", "day", "in_words", "number"),
    [
        (FIRST_OF_DECEMBER, "2026-12-01", "1 December 2026", "L/26-27/000001"),
        (FIRST_OF_APRIL, "2027-04-01", "1 April 2027", "L/27-28/000001"),
    ],
)
def test_sale_at_0010_in_india_has_one_day_month_and_financial_year_everywhere(
    shop: Storefront, new_user: Callable[..., Api], run_projector: Project,
    moment: datetime, day: str, in_words: str, number: str,
) -> None:  # fmt: skip
    shop.clock.current_time = moment
    student, admin = new_user("student"), new_user("admin")
    order_id = buy(shop, student)
    run_projector()
    receipt = student.get(f"/api/payments/{order_id}/receipt").json
    assert (receipt["day"], receipt["number"]) == (day, number)
    page = student.get(f"/api/payments/{order_id}/receipt.html").text
    assert re.findall(r"<dt>Date</dt><dd>(.*?)</dd>", page) == [in_words]
    assert revenue_of(admin, "by_day", "period") == {day: PRICE}
    assert revenue_of(admin, "by_month", "month") == {day[:7]: PRICE}
    assert admin.get("/api/dashboard/admin").json["users"]["new_by_day"][-1] == {"day": day, "count": 2}
    last = instructor_of(shop).get("/api/dashboard/instructor").json["days"][-1]
    assert (last["day"], last["enrolled"], last["gross"]) == (day, 1, [{"amount": PRICE, "currency": "INR"}])
    run_projector()  # the receipt got its number
    month = admin.get(f"/api/reports/month?month={day[:7]}").json
    assert [each["receipts"]["amount"] for each in month["documents"]] == [PRICE]
    report = compare.compare_counters()
    assert report.is_equal, str(report)


def test_refund_recorded_at_0010_in_india_counts_on_the_new_day(
    shop: Storefront, student: Api, admin: Api, run_projector: Project
) -> None:
    shop.clock.current_time = FIRST_OF_DECEMBER
    shop.clock.advance(hours=-1)
    order_id = buy(shop, student)
    refund_100_paise(shop, admin, order_id)
    run_projector()
    rows = admin.get("/api/dashboard/admin").json["revenue"]["by_day"]
    amounts = {row["period"]: (row["gross"]["amount"], row["refunded"]["amount"]) for row in rows}
    assert amounts == {"2026-11-30": (PRICE, 0), "2026-12-01": (0, 100)}
    receipt = student.get(f"/api/payments/{order_id}/receipt").json
    assert (receipt["day"], [credit["day"] for credit in receipt["credits"]]) == ("2026-11-30", ["2026-12-01"])


def test_rebuild_after_a_change_of_the_zone_moves_the_counters_to_its_days(
    shop: Storefront, student: Api, admin: Api, run_projector: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after the upgrade from version 0.2.0, which counted on UTC days."""
    monkeypatch.setenv("LMS_TIME_ZONE", "UTC")
    config.clear_cache()
    shop.clock.current_time = FIRST_OF_DECEMBER
    buy(shop, student)
    run_projector()
    assert revenue_of(admin, "by_month", "month") == {"2026-11": PRICE}
    monkeypatch.setenv("LMS_TIME_ZONE", "Asia/Kolkata")
    config.clear_cache()
    assert not compare.compare_counters().is_equal
    read_model_rebuild.rebuild_read_models(lambda *_: None, wait_seconds=0)
    assert revenue_of(admin, "by_day", "period") == {"2026-12-01": PRICE}
    assert revenue_of(admin, "by_month", "month") == {"2026-12": PRICE}
    report = compare.compare_counters()
    assert report.is_equal, str(report)


def test_change_before_the_rebuild_counts_once_on_the_day_of_the_new_zone(
    shop: Storefront, student: Api, admin: Api, run_projector: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checkpoint of the payment knows which day it was counted on, so its capture is not counted twice."""
    monkeypatch.setenv("LMS_TIME_ZONE", "UTC")
    config.clear_cache()
    shop.clock.current_time = FIRST_OF_DECEMBER
    order_id = buy(shop, student)
    run_projector()
    monkeypatch.setenv("LMS_TIME_ZONE", "Asia/Kolkata")
    config.clear_cache()
    refund_100_paise(shop, admin, order_id)
    run_projector()
    assert revenue_of(admin, "by_month", "month") == {"2026-12": PRICE}


def test_numbered_receipt_keeps_its_day_when_the_zone_changes(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.clock.current_time = FIRST_OF_APRIL
    order_id = buy(shop, student)
    first = student.get(f"/api/payments/{order_id}/receipt").json
    assert (first["day"], first["number"]) == ("2027-04-01", "L/27-28/000001")
    monkeypatch.setenv("LMS_TIME_ZONE", "America/New_York")
    config.clear_cache()
    assert student.get(f"/api/payments/{order_id}/receipt").json == first


def test_receipt_day_and_financial_year_in_new_york_follow_daylight_saving_time(
    shop: Storefront, new_user: Callable[..., Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMS_TIME_ZONE", "America/New_York")
    config.clear_cache()
    days = []
    for hour, minute in ((3, 59), (4, 0)):  # UTC-4 since 14 March
        shop.clock.current_time = datetime(2027, 4, 1, hour, minute, tzinfo=UTC)
        found = receipts.get(buy(shop, new_user("student")))
        assert found
        numbered = ensure_numbered(found)
        days.append((numbered.day, numbered.number))
    assert days == [("2027-03-31", "L/26-27/000001"), ("2027-04-01", "L/27-28/000001")]


def test_seller_names_the_time_zone_to_anyone_and_to_caches(anonymous: Api) -> None:
    response = anonymous.get("/api/seller")
    assert (response.status, response.json) == (200, {"time_zone": "Asia/Kolkata"})
    assert response.headers["Cache-Control"] == "public, max-age=300"
