"""The transactions of orders: what opening, resuming and adopting one writes, to the last attribute, and how each is
refused when one of the items that it depends on is another by now."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from cli._payment_matrix import AMOUNT, NOW, ORDER_ID, OTHER_ORDER_ID, make_enrollment, make_payment
from shared.db.enrollments.enrollments import EnrollmentStep, new_enrollment
from shared.db.entities import Course, Enrollment, Payment, User
from shared.db.payments import order_writes
from shared.db.payments.order_writes import AdoptOutcome, CourseRef, OrderNotOpen
from shared.db.payments.payments import PaymentStep
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.retry import WriteConflict
from shared.domain.changes import Order, PaymentChanges
from shared.domain.lifecycle import UNKNOWN_INSTRUCTOR, EnrollmentStatus, PaymentStatus, Role, StatusReason, UserStatus
from shared.enrollment_rules import pending_for_order_changes, resume_order_changes
from tests.fixtures import rows
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.transactions.written_items import course_item, other_payment, put_in_the_way, written_by

LATER = NOW + timedelta(minutes=1)
LATER_TEXT, NOW_TEXT = "2026-11-23T12:01:00.000Z", "2026-11-23T12:00:00.000Z"
WINDOW_TEXT = "2026-11-23T12:30:00.000Z"

pytestmark = pytest.mark.usefixtures("table", "fake_clock")


class TestOpenOrder:
    """A learner's first order, or one that supersedes an older one."""

    ORDER = Order(OTHER_ORDER_ID, AMOUNT, "INR", NOW + timedelta(minutes=30))

    def new_payment(self, course: Course) -> Payment:
        return order_writes.new_payment("usr_1", course, self.ORDER, "rcpt_2", NOW)

    def step(self, read: Enrollment | None) -> EnrollmentStep:
        base = read or new_enrollment("usr_1", "Ravi", "crs_1", "usr_2", NOW)
        return EnrollmentStep(read, base, pending_for_order_changes(self.ORDER))

    def test_first_order_writes_payment_enrollment_and_the_flag_of_the_course(self) -> None:
        course = course_item()
        rows.put(course)
        opened: list[Enrollment] = []
        written = written_by(
            lambda: opened.append(
                order_writes.open_order(course, self.new_payment(course), None, self.step(None), LATER)
            )
        )
        assert written == {
            f"PAYMENT#{OTHER_ORDER_ID} / PAYMENT": {
                "kind": "payment",
                "order_id": OTHER_ORDER_ID,
                "user_id": "usr_1",
                "course_id": "crs_1",
                "instructor_id": "usr_2",
                "receipt": "rcpt_2",
                "amount": AMOUNT,
                "currency": "INR",
                "status": "pending",
                "captured_amount": 0,
                "refunded_amount": 0,
                "refund_requests": {},
                "refunds": {},
                "window_ends_at": WINDOW_TEXT,
                "version": 1,
                "created_at": NOW_TEXT,
                "updated_at": NOW_TEXT,
                "gsi1pk": "USER#usr_1",
                "gsi1sk": f"PAYMENT#{NOW_TEXT}#{OTHER_ORDER_ID}",
            },
            f"PAYMENT#{OTHER_ORDER_ID} / EVENT#000001": {
                "kind": "payment_event",
                "order_id": OTHER_ORDER_ID,
                "number": 1,
                "at": LATER_TEXT,
                "evidence": "order_created",
                "source": "learner",
                "changes": {
                    "order_id": OTHER_ORDER_ID,
                    "user_id": "usr_1",
                    "course_id": "crs_1",
                    "instructor_id": "usr_2",
                    "receipt": "rcpt_2",
                    "amount": AMOUNT,
                    "currency": "INR",
                    "status": "pending",
                    "captured_amount": 0,
                    "refunded_amount": 0,
                    "window_ends_at": WINDOW_TEXT,
                    "version": 1,
                    "created_at": NOW_TEXT,
                    "updated_at": NOW_TEXT,
                },
            },
            "USER#usr_1 / ENROLLMENT#crs_1": {
                "kind": "enrollment",
                "user_id": "usr_1",
                "course_id": "crs_1",
                "instructor_id": "usr_2",
                "user_name": "Ravi",
                "status": "pending",
                "order_id": OTHER_ORDER_ID,
                "order_amount": AMOUNT,
                "order_currency": "INR",
                "order_window_ends_at": WINDOW_TEXT,
                "version": 1,
                "created_at": NOW_TEXT,
                "updated_at": LATER_TEXT,
                "gsi1pk": "COURSE#crs_1",
                "gsi1sk": f"ENROLLMENT#{NOW_TEXT}#usr_1",
            },
            "USER#usr_1 / HISTORY#crs_1#000001": {
                "kind": "enrollment_event",
                "course_id": "crs_1",
                "number": 1,
                "at": LATER_TEXT,
                "why": "order_created",
                "source": "learner",
                "changes": {
                    "status": "pending",
                    "reason": None,
                    "granted_by": None,
                    "completed_at": None,
                    "cancelled_at": None,
                    "order_id": OTHER_ORDER_ID,
                    "order_amount": AMOUNT,
                    "order_currency": "INR",
                    "order_window_ends_at": WINDOW_TEXT,
                    "order_buyer": None,
                    "version": 1,
                    "updated_at": LATER_TEXT,
                },
            },
            "COURSE#crs_1 / COURSE": {"ever_enrolled": True},
        }
        stored = store.get(Enrollment, keys.enrollment("usr_1", "crs_1"))
        assert stored
        assert opened[0].serialize() == stored.serialize()

    def test_next_order_supersedes_the_pending_one(self) -> None:
        course, enrollment = course_item(ever_enrolled=True), make_enrollment(EnrollmentStatus.PENDING)
        older = make_payment(PaymentStatus.PENDING)
        rows.put(course, older, enrollment)
        superseded = PaymentStep(
            older, PaymentChanges(status=PaymentStatus.FAILED, reason=StatusReason.SUPERSEDED, next_poll_at=None)
        )
        written = written_by(
            lambda: order_writes.open_order(course, self.new_payment(course), superseded, self.step(enrollment), LATER)
        )
        assert set(written) == {
            f"PAYMENT#{OTHER_ORDER_ID} / PAYMENT",
            f"PAYMENT#{OTHER_ORDER_ID} / EVENT#000001",
            f"PAYMENT#{ORDER_ID} / PAYMENT",
            f"PAYMENT#{ORDER_ID} / EVENT#000002",
            "USER#usr_1 / ENROLLMENT#crs_1",
            "USER#usr_1 / HISTORY#crs_1#000002",
        }
        assert written[f"PAYMENT#{ORDER_ID} / PAYMENT"] == {
            "status": "failed",
            "reason": "superseded",
            "version": 2,
            "updated_at": LATER_TEXT,
            "gsi2pk": None,
            "gsi2sk": None,
        }
        entry = written[f"PAYMENT#{ORDER_ID} / EVENT#000002"]
        assert (entry["evidence"], entry["source"], entry["number"]) == ("superseded", "learner", 2)

    @pytest.mark.parametrize(
        ("compete", "refused"),
        [
            (lambda older, _: rows.update(older), {"superseded"}),
            (lambda _, enrollment: rows.update(enrollment), {"enrollment"}),
            (lambda *_: rows.update_by_key(Course, keys.course("crs_1"), status="archived"), {"course"}),
            (lambda *_: rows.put(other_payment()), {"payment"}),
            (lambda *_: put_in_the_way(keys.payment_event(OTHER_ORDER_ID, 1)), {"history"}),
            (lambda *_: put_in_the_way(keys.payment_event(ORDER_ID, 2)), {"superseded_history"}),
        ],
        ids=lambda value: "-".join(sorted(value)) if isinstance(value, set) else "",
    )
    def test_order_refused_by_a_newer_item_writes_nothing_and_names_it(
        self, refusals: list[set[str]], compete: Callable[[Payment, Enrollment], object], refused: set[str]
    ) -> None:
        course, enrollment = course_item(), make_enrollment(EnrollmentStatus.PENDING)
        older = make_payment(PaymentStatus.PENDING)
        rows.put(course, older, enrollment)
        compete(older, enrollment)
        before = snapshot()
        superseded = PaymentStep(older, PaymentChanges(status=PaymentStatus.FAILED))
        with pytest.raises(WriteConflict):
            order_writes.open_order(course, self.new_payment(course), superseded, self.step(enrollment), LATER)
        assert (refusals, snapshot()) == ([refused], before)


class TestResumeOrder:
    def enrollment(self) -> Enrollment:
        changes = {"reason": StatusReason.WITHDRAWN, "cancelled_at": NOW, "order_id": ORDER_ID}
        return make_enrollment(EnrollmentStatus.CANCELLED, **changes)

    def test_resumed_order_changes_the_enrollment_only(self) -> None:
        enrollment = self.enrollment()
        rows.put(enrollment, make_payment(PaymentStatus.PENDING))
        resumed: list[Enrollment] = []
        written = written_by(
            lambda: resumed.append(order_writes.resume_order(enrollment, resume_order_changes(), LATER))
        )
        entry = written.pop("USER#usr_1 / HISTORY#crs_1#000002")
        assert (entry["why"], entry["source"], entry["at"]) == ("order_resumed", "learner", LATER_TEXT)
        assert written == {
            "USER#usr_1 / ENROLLMENT#crs_1": {
                "status": "pending",
                "reason": None,
                "cancelled_at": None,
                "version": 2,
                "updated_at": LATER_TEXT,
            }
        }
        stored = store.get(Enrollment, keys.enrollment("usr_1", "crs_1"))
        assert stored
        assert resumed[0].serialize() == stored.serialize()

    @pytest.mark.parametrize(
        "payment",
        [
            None,
            make_payment(PaymentStatus.AUTHORIZED),
            make_payment(PaymentStatus.FAILED),
            make_payment(PaymentStatus.PENDING, reason=StatusReason.MISMATCH),
        ],
        ids=["absent", "authorized", "failed", "another amount"],
    )
    def test_order_that_is_no_longer_open_is_not_resumed(
        self, refusals: list[set[str]], payment: Payment | None
    ) -> None:
        enrollment = self.enrollment()
        rows.put(enrollment, *([payment] if payment else []))
        before = snapshot()
        with pytest.raises(OrderNotOpen):
            order_writes.resume_order(enrollment, resume_order_changes(), LATER)
        assert (refusals, snapshot()) == ([{"payment"}], before)

    def test_order_of_an_enrollment_that_changed_is_a_conflict_whatever_became_of_the_order(
        self, refusals: list[set[str]]
    ) -> None:
        enrollment = self.enrollment()
        rows.put(enrollment)
        rows.update(enrollment)
        with pytest.raises(WriteConflict):
            order_writes.resume_order(enrollment, resume_order_changes(), LATER)
        assert refusals == [{"payment", "enrollment"}]


def user_item() -> User:
    return User.build(
        keys.user("usr_1"),
        user_id="usr_1",
        email="ravi@example.com",
        name="Ravi",
        role=Role.STUDENT,
        status=UserStatus.ACTIVE,
        password_hash="-",
        created_at=NOW,
        updated_at=NOW,
    )


class TestAdopt:
    def test_adopted_order_writes_the_payment_and_the_flag_of_the_course(self) -> None:
        course, payment = course_item(), make_payment(PaymentStatus.PENDING)
        rows.put(course, user_item())
        outcome: list[AdoptOutcome] = []
        written = written_by(lambda: outcome.append(order_writes.adopt(payment, course, LATER)))
        assert outcome == [AdoptOutcome.STORED]
        assert set(written) == {
            f"PAYMENT#{ORDER_ID} / PAYMENT",
            f"PAYMENT#{ORDER_ID} / EVENT#000001",
            "COURSE#crs_1 / COURSE",
        }
        entry = written[f"PAYMENT#{ORDER_ID} / EVENT#000001"]
        assert (entry["evidence"], entry["source"], entry["number"]) == ("order_adopted", "gateway", 1)
        assert (entry["at"], entry["order_id"]) == (LATER_TEXT, ORDER_ID)

    def test_orphaned_order_needs_neither_learner_nor_course(self) -> None:
        payment = make_payment(PaymentStatus.PENDING, reason=StatusReason.ORPHANED, instructor_id=UNKNOWN_INSTRUCTOR)
        assert order_writes.adopt(payment, None, LATER) is AdoptOutcome.STORED
        assert set(snapshot()) == {keys.payment(ORDER_ID), keys.payment_event(ORDER_ID, 1)}

    @pytest.mark.parametrize(
        ("stored", "outcome", "refused"),
        [
            ([], AdoptOutcome.PAYER_UNKNOWN, {"payer"}),
            ([make_payment(PaymentStatus.CAPTURED)], AdoptOutcome.STORED, {"payment", "payer"}),
            ([make_payment(PaymentStatus.CAPTURED), user_item()], AdoptOutcome.STORED, {"payment"}),
        ],
        ids=["payer unknown", "stored before, payer unknown", "stored before"],
    )
    def test_order_that_cannot_be_adopted_writes_nothing(
        self, refusals: list[set[str]], stored: list[Item], outcome: AdoptOutcome, refused: set[str]
    ) -> None:
        rows.put(course_item(ever_enrolled=True), *stored)
        before = snapshot()
        payment = make_payment(PaymentStatus.PENDING)
        assert order_writes.adopt(payment, course_item(ever_enrolled=True), LATER) is outcome
        assert (refusals, snapshot()) == ([refused], before)

    def test_order_of_a_course_that_changed_is_a_conflict(self, refusals: list[set[str]]) -> None:
        rows.put(course_item(status="archived"), user_item())
        before = snapshot()
        with pytest.raises(WriteConflict):
            order_writes.adopt(make_payment(PaymentStatus.PENDING), course_item(), LATER)
        assert (refusals, snapshot()) == ([{"course"}], before)


def test_new_payment_of_an_unknown_course_stores_what_the_order_says() -> None:
    order = Order(ORDER_ID, 100, "USD", NOW)
    payment = order_writes.new_payment("usr_1", CourseRef("crs_9", UNKNOWN_INSTRUCTOR), order, "", NOW)
    assert (payment.course_id, payment.instructor_id, payment.amount, payment.currency, payment.receipt) == (
        "crs_9",
        "unknown",
        100,
        "USD",
        "",
    )
    assert (payment.due_at, payment.window_ends_at) == (None, NOW)
