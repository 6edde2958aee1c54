"""Who withdraws from an order and comes back gets the same order as long as it can be paid: however often that is done,
the gateway has one order, and the sweep one thing to watch."""

from collections.abc import Callable
from itertools import product

import pytest

from shared.enrolling import gave_up_order
from shared.lifecycle import EnrollmentStatus, Reason
from tests import stored
from tests.api import Api, Reply
from tests.contents import contents
from tests.protocol.memory import Memory
from tests.protocol.read_back import enrollment_steps, payment_steps
from tests.shop import PRICE, Shop


def ask(shop: Shop, learner: Api) -> Reply:
    return learner.post("/api/payments/create-order", {"course_id": shop.course.course_id})


def enroll(shop: Shop, learner: Api) -> Reply:
    return learner.post("/api/enrollments", {"course_id": shop.course.course_id})


def leave(shop: Shop, learner: Api) -> None:
    assert learner.delete(f"/api/enrollments/{shop.course.course_id}").status == 200


def at_the_gateway(shop: Shop) -> list[str]:
    """Ids of its orders, oldest first."""
    return list(shop.gateway.ledger.orders)


@pytest.fixture
def given_up(shop: Shop, student: Api) -> str:
    """The order of a learner who has withdrawn from it."""
    order_id: str = shop.order(student)["order_id"]
    leave(shop, student)
    return order_id


class TestItIsGivenAgain:
    def test_however_often_it_is_given_up(self, shop: Shop, student: Api) -> None:
        first = ask(shop, student)
        for _ in range(20):
            shop.time.pass_time(minutes=1)
            leave(shop, student)
            again = ask(shop, student)
            assert (first.status, again.status, again.json) == (201, 200, first.json)
        assert at_the_gateway(shop) == [first.json["order_id"]]
        assert [each["status"] for each in student.get("/api/payments/my").json["items"]] == ["pending"]

    def test_by_one_write_that_leaves_the_payment_as_it_is(
        self, shop: Shop, student: Api, given_up: str, memory: Memory, asked: list[str]
    ) -> None:
        before = shop.payment(given_up).serialize()
        asked.clear()
        memory.calls.clear()
        assert ask(shop, student).status == 200
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
        ask(shop, student)
        assert shop.verify(student, shop.pay(given_up)).json["enrollment"]["granted_by"] == given_up
        shop.deliver()
        assert shop.states(student, given_up) == ("captured", "active")

    def test_by_enrolling_too_which_would_otherwise_forget_it(self, shop: Shop, student: Api, given_up: str) -> None:
        shop.time.pass_time(minutes=1)
        enrolled = enroll(shop, student)
        assert (enrolled.status, enrolled.json["status"]) == (201, "pending")
        assert (shop.enrollment(student).order_id, shop.enrollment(student).gsi2sk) == (given_up, None)
        again = ask(shop, student)
        assert (again.status, again.json["order_id"]) == (200, given_up)
        assert at_the_gateway(shop) == [given_up]

    def test_and_ends_with_its_own_window(self, shop: Shop, student: Api, given_up: str) -> None:
        shop.time.pass_time(minutes=29, seconds=59)
        assert ask(shop, student).status == 200
        shop.time.pass_time(seconds=1)
        assert shop.sweep() == {"expired": 1}
        assert (shop.states(student, given_up), shop.enrollment(student).reason) == (("failed", "cancelled"), "expired")

    @pytest.mark.usefixtures("given_up")
    def test_not_of_a_course_that_is_closed_by_now(self, shop: Shop, student: Api) -> None:
        stored.change(shop.course, hidden=True)
        before = contents()
        for call in (ask, enroll):
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
        made = ask(shop, student)
        assert (made.status, at_the_gateway(shop)) == (201, [given_up, made.json["order_id"]])
        assert (shop.payment(given_up).status, shop.payment(given_up).reason) == ("failed", "superseded")

    @pytest.mark.parametrize("swept", [True, False], ids=["swept", "not swept"])
    def test_when_its_window_is_over(self, shop: Shop, student: Api, given_up: str, swept: bool) -> None:
        shop.time.pass_time(minutes=30)
        if swept:
            assert shop.sweep() == {"expired": 1}
            assert (shop.enrollment(student).status, shop.enrollment(student).reason) == ("cancelled", "withdrawn")
        made = ask(shop, student)
        assert (made.status, at_the_gateway(shop)) == (201, [given_up, made.json["order_id"]])
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
        made = ask(shop, student)
        assert (made.status, at_the_gateway(shop)) == (201, [given_up, made.json["order_id"]])
        assert (shop.payment(given_up).status, shop.payment(given_up).reason) == states
        assert shop.enrollment(student).order_id == made.json["order_id"]

    def test_when_access_that_an_admin_gave_was_taken(
        self, shop: Shop, student: Api, admin: Api, given_up: str
    ) -> None:
        whose = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "asked"}
        assert admin.post("/api/enrollments/grant", whose).status == 201
        assert admin.post("/api/enrollments/revoke", whose).status == 200
        assert shop.enrollment(student).order_id is None
        assert ask(shop, student).json["order_id"] != given_up


def test_who_enrolls_again_after_money_came_waits_for_no_order(shop: Shop, student: Api, given_up: str) -> None:
    shop.pay(given_up)
    shop.deliver()
    assert enroll(shop, student).status == 201
    enrollment = shop.enrollment(student)
    assert (enrollment.status, enrollment.order_id) == ("pending", None)
    assert enrollment.gsi2sk[:16] == "2026-11-23T12:30"


def test_who_enrolls_again_in_what_is_free_by_now_has_it(shop: Shop, student: Api, given_up: str) -> None:
    stored.change(shop.course, amount=0)
    assert (enroll(shop, student).status, shop.enrollment(student).granted_by) == (201, "free")
    assert shop.enrollment(student).order_id is None


class TestAtTheSameTime:
    @pytest.mark.parametrize("first", [ask, enroll], ids=["an order", "an enrollment"])
    @pytest.mark.parametrize("second", [ask, enroll], ids=["an order", "an enrollment"])
    def test_two_come_back_to_one_order(
        self,
        shop: Shop,
        student: Api,
        given_up: str,
        memory: Memory,
        first: Callable[[Shop, Api], Reply],
        second: Callable[[Shop, Api], Reply],
    ) -> None:
        memory.before("TransactWriteItems", lambda: first(shop, student))
        assert second(shop, student).status == 200
        assert (shop.enrollment(student).order_id, at_the_gateway(shop)) == (given_up, [given_up])
        told = [why for why, *_ in enrollment_steps(student, shop.course.course_id)]
        assert told == ["order_created", "withdrawn", "order_resumed"]

    def test_as_another_device_comes_back_and_gives_up_again(
        self, shop: Shop, student: Api, given_up: str, memory: Memory
    ) -> None:
        def there_and_back() -> None:
            ask(shop, student)
            leave(shop, student)

        memory.before("TransactWriteItems", there_and_back)
        again = ask(shop, student)
        assert (again.status, again.json["order_id"]) == (200, given_up)
        assert (shop.enrollment(student).status, at_the_gateway(shop)) == ("pending", [given_up])

    def test_as_it_is_given_up(self, shop: Shop, student: Api, memory: Memory) -> None:
        """The withdrawal meets an enrollment that was given up and taken up since it was read: it ends that."""
        order_id = shop.order(student)["order_id"]

        def back_and_there() -> None:
            leave(shop, student)
            assert ask(shop, student).json["order_id"] == order_id

        memory.before("TransactWriteItems", back_and_there)
        leave(shop, student)
        assert (shop.enrollment(student).status, shop.enrollment(student).order_id) == ("cancelled", order_id)
        assert shop.payment(order_id).status == "pending"

    def test_as_its_money_is_heard_of(self, shop: Shop, student: Api, given_up: str, memory: Memory) -> None:
        shop.pay(given_up)
        memory.before("TransactWriteItems", shop.deliver)
        made = ask(shop, student)
        assert (made.status, at_the_gateway(shop)) == (201, [given_up, made.json["order_id"]])
        assert (shop.payment(given_up).status, shop.payment(given_up).reason) == ("refund_pending", "not_wanted")
        assert shop.enrollment(student).order_id == made.json["order_id"]

    def test_as_its_money_is_about_to_be_refused(self, shop: Shop, student: Api, given_up: str, memory: Memory) -> None:
        shop.pay(given_up)
        memory.before("TransactWriteItems", lambda: ask(shop, student))
        assert [reply.json["outcome"] for reply in shop.deliver("payment.captured")] == ["granted"]
        assert shop.states(student, given_up) == ("captured", "active")

    def test_as_the_sweep_looks_at_it(self, shop: Shop, student: Api, given_up: str, memory: Memory) -> None:
        shop.time.pass_time(minutes=5)
        memory.before("TransactWriteItems", shop.sweep)
        assert ask(shop, student).json["order_id"] == given_up
        assert [evidence for evidence, *_ in payment_steps(given_up)] == ["NothingPaid"]
        assert shop.states(student, given_up) == ("pending", "pending")

    def test_as_the_sweep_ends_it(self, shop: Shop, student: Api, given_up: str, memory: Memory) -> None:
        def late() -> None:
            shop.time.pass_time(minutes=30)
            assert shop.sweep() == {"expired": 1}

        memory.before("TransactWriteItems", late)
        made = ask(shop, student)
        assert (made.status, at_the_gateway(shop)) == (201, [given_up, made.json["order_id"]])
        assert shop.payment(given_up).reason == "expired"
        assert shop.payment(made.json["order_id"]).status == "pending"

    def test_as_the_sweep_has_just_been_told_that_nothing_is_paid(
        self, shop: Shop, student: Api, given_up: str, memory: Memory
    ) -> None:
        """A clock that is slow lets the order be taken up at its very end: the enrollment ends with it."""

        def slow() -> None:
            shop.time.pass_time(seconds=-1)
            assert ask(shop, student).status == 200
            shop.time.pass_time(seconds=1)

        shop.time.pass_time(minutes=30)
        memory.before("TransactWriteItems", slow)
        assert shop.sweep() == {"expired": 1}
        assert (shop.states(student, given_up), shop.enrollment(student).reason) == (("failed", "cancelled"), "expired")


@pytest.mark.usefixtures("given_up")
def test_only_a_withdrawal_gives_an_order_up(shop: Shop, student: Api) -> None:
    enrollment, giving_up = shop.enrollment(student), set()
    for status, reason in product(EnrollmentStatus, (None, *Reason)):
        enrollment.status, enrollment.reason = status, reason
        if gave_up_order(enrollment, shop.course, shop.time.now()):
            giving_up.add((status, reason))
    assert giving_up == {(EnrollmentStatus.CANCELLED, Reason.WITHDRAWN)}
