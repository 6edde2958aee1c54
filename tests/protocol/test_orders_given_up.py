"""Who withdraws from an order and comes back gets the same order as long as it can be paid: however often that is done,
the gateway has one order, and the sweep one thing to watch."""

from itertools import product

import pytest

from shared.enrolling import has_resumable_order
from shared.lifecycle import EnrollmentStatus, StatusReason
from tests import stored
from tests.api import Api
from tests.contents import contents
from tests.protocol.memory import Memory
from tests.protocol.read_back import enrollment_steps
from tests.shop import PRICE, Shop


class TestItIsGivenAgain:
    def test_however_often_it_is_given_up(self, shop: Shop, student: Api) -> None:
        first = shop.ask(student)
        for _ in range(20):
            shop.time.pass_time(minutes=1)
            shop.leave(student)
            again = shop.ask(student)
            assert (first.status, again.status, again.json) == (201, 200, first.json)
        assert shop.orders() == [first.json["order_id"]]
        assert [each["status"] for each in student.get("/api/payments/my").json["items"]] == ["pending"]

    def test_by_one_write_that_leaves_the_payment_as_it_is(
        self, shop: Shop, student: Api, given_up: str, memory: Memory, asked: list[str]
    ) -> None:
        before = shop.payment(given_up).serialize()
        asked.clear()
        memory.calls.clear()
        assert shop.ask(student).status == 200
        assert [call.split()[0] for call in memory.calls] == ["BatchGetItem", "TransactWriteItems"]
        assert asked == []
        assert shop.payment(given_up).serialize() == before
        enrollment = shop.enrollment(student)
        assert (enrollment.status, enrollment.order_id, enrollment.gsi2sk) == ("pending", given_up, None)
        nothing = dict.fromkeys(("reason", "granted_by", "completed_at", "cancelled_at"))
        assert enrollment_steps(student, shop.course.course_id)[-1] == (
            "order_resumed",
            "learner",
            {"status": "pending", **nothing},
        )

    def test_and_paid_it_opens_the_course(self, shop: Shop, student: Api, given_up: str) -> None:
        shop.ask(student)
        assert shop.verify(student, shop.pay(given_up)).json["enrollment"]["granted_by"] == given_up
        shop.deliver()
        assert shop.states(student, given_up) == ("captured", "active")

    def test_by_enrolling_too_which_would_otherwise_forget_it(self, shop: Shop, student: Api, given_up: str) -> None:
        shop.time.pass_time(minutes=1)
        enrolled = shop.enroll(student)
        assert (enrolled.status, enrolled.json["status"]) == (201, "pending")
        assert (shop.enrollment(student).order_id, shop.enrollment(student).gsi2sk) == (given_up, None)
        again = shop.ask(student)
        assert (again.status, again.json["order_id"]) == (200, given_up)
        assert shop.orders() == [given_up]

    def test_and_ends_with_its_own_window(self, shop: Shop, student: Api, given_up: str) -> None:
        shop.time.pass_time(minutes=29, seconds=59)
        assert shop.ask(student).status == 200
        shop.time.pass_time(seconds=1)
        assert shop.sweep() == {"expired": 1}
        assert (shop.states(student, given_up), shop.enrollment(student).reason) == (("failed", "cancelled"), "expired")

    @pytest.mark.usefixtures("given_up")
    def test_not_of_a_course_that_is_closed_by_now(self, shop: Shop, student: Api) -> None:
        stored.change(shop.course, hidden=True)
        before = contents()
        for call in (Shop.ask, Shop.enroll):
            assert (call(shop, student).status, call(shop, student).code) == (404, "course_not_found")
        assert contents() == before


class TestANewOneIsMade:
    @pytest.mark.parametrize(
        "changes", [{"amount": PRICE + 100}, {"amount": PRICE - 100}, {"currency": "USD"}], ids=str
    )
    def test_when_the_course_costs_something_else_and_the_old_one_is_superseded(
        self, shop: Shop, student: Api, given_up: str, changes: dict[str, object]
    ) -> None:
        stored.change(shop.course, **changes)
        made = shop.ask(student)
        assert (made.status, shop.orders()) == (201, [given_up, made.json["order_id"]])
        assert (shop.payment(given_up).status, shop.payment(given_up).reason) == ("failed", "superseded")

    @pytest.mark.parametrize("swept", [True, False], ids=["swept", "not swept"])
    def test_when_its_window_is_over(self, shop: Shop, student: Api, given_up: str, swept: bool) -> None:
        shop.time.pass_time(minutes=30)
        if swept:
            assert shop.sweep() == {"expired": 1}
            assert (shop.enrollment(student).status, shop.enrollment(student).reason) == ("cancelled", "withdrawn")
        made = shop.ask(student)
        assert (made.status, shop.orders()) == (201, [given_up, made.json["order_id"]])
        assert shop.payment(given_up).reason == ("expired" if swept else "superseded")
        assert shop.enrollment(student).order_id == made.json["order_id"]

    @pytest.mark.parametrize(
        ("outcome", "fields", "states"),
        [
            ("captured", {}, ("refund_pending", "not_wanted")),
            ("authorized", {}, ("authorized", None)),
            ("captured", {"amount": PRICE - 100}, ("failed", "mismatch")),
        ],
        ids=["captured", "authorized", "another amount"],
    )
    def test_when_money_came_for_it(
        self,
        shop: Shop,
        student: Api,
        given_up: str,
        outcome: str,
        fields: dict[str, int],
        states: tuple[str, str | None],
    ) -> None:
        shop.pay(given_up, outcome, **fields)
        shop.deliver()
        made = shop.ask(student)
        assert (made.status, shop.orders()) == (201, [given_up, made.json["order_id"]])
        assert (shop.payment(given_up).status, shop.payment(given_up).reason) == states
        assert shop.enrollment(student).order_id == made.json["order_id"]

    def test_when_access_that_an_admin_gave_was_taken(
        self, shop: Shop, student: Api, admin: Api, given_up: str
    ) -> None:
        whose = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "asked"}
        assert admin.post("/api/enrollments/grant", whose).status == 201
        assert admin.post("/api/enrollments/revoke", whose).status == 200
        assert shop.enrollment(student).order_id is None
        assert shop.ask(student).json["order_id"] != given_up


def test_who_enrolls_again_after_money_came_waits_for_no_order(shop: Shop, student: Api, given_up: str) -> None:
    shop.pay(given_up)
    shop.deliver()
    assert shop.enroll(student).status == 201
    enrollment = shop.enrollment(student)
    assert (enrollment.status, enrollment.order_id) == ("pending", None)
    assert enrollment.gsi2sk[:16] == "2026-11-23T12:30"


def test_who_enrolls_again_in_what_is_free_by_now_has_it(shop: Shop, student: Api, given_up: str) -> None:
    stored.change(shop.course, amount=0)
    assert (shop.enroll(student).status, shop.enrollment(student).granted_by) == (201, "free")
    assert shop.enrollment(student).order_id is None


@pytest.mark.usefixtures("given_up")
def test_only_a_withdrawal_gives_an_order_up(shop: Shop, student: Api) -> None:
    enrollment, giving_up = shop.enrollment(student), set()
    for status, reason in product(EnrollmentStatus, (None, *StatusReason)):
        enrollment.status, enrollment.reason = status, reason
        if has_resumable_order(enrollment, shop.course, shop.time.now()):
            giving_up.add((status, reason))
    assert giving_up == {(EnrollmentStatus.CANCELLED, StatusReason.WITHDRAWN)}
