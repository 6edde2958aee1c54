"""The demo data of past months: a stack whose clock is moved while it is seeded through the API."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from local.local_clock import LocalClock
from local.seed import PastTimeline, course_files, seeder, users
from local.seed.admin import EMAIL, PASSWORD
from local.seed.offers import DemoCoupon, DemoSale
from local.seed.users import DemoEnrollment, DemoReversal, DemoUser
from local.stack import Stack

INDIA = ZoneInfo("Asia/Kolkata")
TODAY = datetime.now(INDIA).date()
SQL, RAGA = "questions-in-sql", "hear-a-raga"
"""Rs 799 and Rs 499."""


def day(days_ago: int) -> str:
    return (TODAY - timedelta(days=days_ago)).isoformat()


STUDENTS = [
    DemoUser(
        "basavaraj",
        "Basavaraj Patil",
        "student",
        state="29",
        gstin="29AAFCB4417D1ZX",
        firm_name="Basava Woodworks Private Limited",
        firm_address="14 Mysore Road\nBengaluru 560026",
        enrollments=(DemoEnrollment(SQL, 70, coupon="TENTH", reversal=DemoReversal("refund", 65, rupees=100)),),
    ),
    DemoUser(
        "kavita",
        "कविता जोशी",
        "student",
        state="27",
        enrollments=(DemoEnrollment(RAGA, 70, reversal=DemoReversal("lost_dispute", 65)), DemoEnrollment(SQL, 1)),
    ),
    DemoUser("zoya", "Zoya Khan", "student", state="09", enrollments=(DemoEnrollment(SQL, 70, payment="open"),)),
]


@pytest.fixture
def past(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator["SeededApi"]:
    """A seeded stack, in the folder of one whose seed was interrupted."""
    (tmp_path / "razorpay.json").write_text("payments of a table that is lost")
    courses = [course for course in course_files.read_courses() if course.slug in (SQL, RAGA)]
    instructors, _ = users.read_users()
    coupons = [DemoCoupon("TENTH", 70, {"discount_kind": "percent", "value": 10, "limit": 5}, ended_days_ago=65)]
    monkeypatch.setattr(seeder, "read_courses", lambda: courses)
    monkeypatch.setattr(
        seeder, "read_users", lambda: ([each for each in instructors if each.key in ("arjun", "meera")], STUDENTS)
    )
    monkeypatch.setattr(seeder, "read_offers", lambda: (coupons, [DemoSale(SQL, 2, 9, 599)]))
    quiet = {"LMS_LOG_LEVEL": "ERROR", "LMS_LOCAL_SWEEP_SECONDS": "86400"}
    stack = Stack(folder=tmp_path, seed=True, user_settings=quiet)
    stack.start()
    try:
        with httpx.Client(base_url=stack.url, timeout=30) as http:
            yield SeededApi(http)
    finally:
        stack.stop()


class SeededApi:
    """Reads the API as the admin or as a learner of the demo data."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def get(self, path: str, email: str = EMAIL) -> Any:
        tokens = self._http.post("/api/auth/login", json={"email": email, "password": PASSWORD}).json()
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        return self._http.get(path, headers=headers).raise_for_status().json()

    def payments(self) -> dict[tuple[int, str], dict[str, Any]]:
        """By amount of the order and status."""
        items = self.get("/api/payments?limit=100")["items"]
        return {(each["amount"], each["status"]): each for each in items}


def test_stack_seeds_sales_refunds_and_payouts_of_past_days_through_the_api(past: SeededApi) -> None:
    payments = past.payments()
    assert set(payments) == {(71_910, "captured"), (49_900, "refunded"), (79_900, "failed"), (59_900, "captured")}
    firm, lost = payments[71_910, "captured"], payments[49_900, "refunded"]
    assert [seller_day(each["captured_at"]) for each in (firm, lost)] == [day(70), day(70)]
    assert (firm["coupon_state"], firm["refunded_amount"], lost["refunded_amount"]) == ("redeemed", 10_000, 49_900)
    expired, bought = payments[79_900, "failed"], payments[59_900, "captured"]
    assert (expired["reason"], seller_day(bought["captured_at"]), bought["list_amount"]) == ("expired", day(1), 79_900)

    receipt = past.get(f"/api/payments/{firm['order_id']}/receipt")
    assert (receipt["day"], receipt["seller"]["gstin"]) == (day(70), "27AABCL5821K1ZE")
    buyer = {name: receipt["learner"][name] for name in ("state", "gstin", "firm_name", "state_assumed")}
    assert buyer == {
        "state": "29",
        "gstin": "29AAFCB4417D1ZX",
        "firm_name": "Basava Woodworks Private Limited",
        "state_assumed": False,
    }
    taxes = ("taxable", "cgst", "sgst", "igst")
    assert [receipt["tax"][name] for name in taxes] == [60_941, 0, 0, 10_969]
    [credit] = receipt["credits"]
    assert (credit["day"], credit["amount"], credit["note"]["number"][:2]) == (day(65), 10_000, "C/")
    inside = past.get(f"/api/payments/{bought['order_id']}/receipt")["tax"]
    assert [inside[name] for name in taxes] == [50_762, 4_569, 4_569, 0]

    coupon = past.get("/api/coupons/TENTH")
    assert (coupon["used"], seller_day(coupon["created_at"]), seller_day(coupon["valid_until"])) == (
        1,
        day(70),
        day(65),
    )
    payouts = [
        payout
        for month in sorted({day(ago)[:7] for ago in range(71)})
        for payout in past.get(f"/api/reports/payouts?month={month}&limit=100")["items"]
    ]
    assert sum(payout["payment"] for payout in payouts) == 71_910 + 49_900
    assert {payout["unexplained"] for payout in payouts} == {0}
    days = [each["day"] for each in past.get("/api/dashboard/admin")["users"]["new_by_day"] if each["count"]]
    assert days == []
    [nightly] = past.get("/api/reconciliation")["passes"]
    assert (nightly["name"], nightly["stage"], nightly["found"]) == ("nightly", "done", 0)
    assert past.get("/api/auth/me", "kavita@lectern.example")["name"] == "कविता जोशी"
    assert seller_day(past.get("/api/auth/me")["created_at"]) == day(70)


def test_past_timeline_moves_the_clock_to_the_hours_of_the_seller_and_back() -> None:
    clock, sweeps = LocalClock(), list[datetime]()
    timeline = PastTimeline(clock, lambda: sweeps.append(clock.now()))
    timeline.begin_day(168)
    timeline.let_pass(2)
    timeline.end_day()
    assert [sweep.astimezone(INDIA).strftime("%Y-%m-%d %H:%M") for sweep in sweeps] == [f"{day(168)} 09:00"]
    timeline.begin_day(1)
    assert clock.now().astimezone(INDIA).strftime("%Y-%m-%d %H") == f"{day(1)} 16"
    timeline.begin_day(0)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=60)


def seller_day(moment: str) -> str:
    seen: date = datetime.fromisoformat(moment).astimezone(INDIA).date()
    return seen.isoformat()
