"""The hourly check examines what changed, what has a breach, and what is overdue, and nothing else."""

import json
from collections.abc import Callable

import pytest

from functions.payments.invariants import changed
from functions.payments.invariants.examine import Examination
from functions.payments.invariants.ledger import Learner, Ledger
from shared.db.enrollments import enrollments
from shared.db.entities import PaymentExamination
from shared.db.payments import examinations, payments, webhook_inbox
from shared.db.payments.examinations import WaitingRefunds
from shared.db.table import keys, store
from shared.domain.lifecycle import PaymentStatus
from shared.history_kinds import EvidenceKind
from tests.fixtures import rows
from tests.fixtures.api import Api
from tests.fixtures.corruption import delete_payment_event, tamper
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.invariants.actions import breach_texts, buy, check_hourly, fail_examination_of, mark_of, subject

Project = Callable[[], int]


def test_hourly_check_examines_a_changed_learner_once(shop: Storefront, student: Api, project: Project) -> None:
    buy(shop, student)
    project()
    report = check_hourly()
    assert (report.learners, report.webhooks, report.breaches, report.unexamined) == (1, 2, [], 0)
    shop.clock.advance(hours=2)
    again = check_hourly()
    assert (again.learners, again.webhooks) == (0, 0)


def test_hourly_check_never_scans_the_table(
    shop: Storefront, student: Api, project: Project, dynamodb: MemoryDynamoDb
) -> None:
    buy(shop, student)
    project()
    dynamodb.calls.clear()
    check_hourly()
    assert [call for call in dynamodb.calls if call.startswith("Scan")] == []
    assert len(dynamodb.calls) < 25


def test_hourly_check_records_the_versions_that_it_examined(shop: Storefront, student: Api, project: Project) -> None:
    order_id = buy(shop, student)
    project()
    check_hourly()
    mark = mark_of(shop, student)
    assert mark
    assert (mark.version, mark.examined_at, mark.due_at) == (shop.enrollment(student).version, shop.clock.now(), None)
    payment_mark = store.get(PaymentExamination, keys.payment_examination(order_id))
    assert payment_mark
    assert payment_mark.version == shop.payment(order_id).version


def test_change_reported_during_an_examination_keeps_the_learner_listed(
    shop: Storefront, student: Api, project: Project, dynamodb: MemoryDynamoDb
) -> None:
    buy(shop, student)
    project()
    check_hourly()
    shop.clock.advance(hours=1)

    def report() -> None:
        examinations.report_change(student.user_id, shop.course.course_id, shop.clock.now())

    report()
    dynamodb.run_before("UpdateItem", report)
    assert check_hourly().learners == 1
    mark = mark_of(shop, student)
    assert mark
    assert mark.due_at == shop.clock.now().replace(minute=0)
    assert check_hourly().learners == 1
    assert check_hourly().learners == 0


def test_breach_is_reported_every_hour_until_it_is_repaired(shop: Storefront, student: Api, project: Project) -> None:
    order_id = buy(shop, student)
    project()
    tamper(shop.payment(order_id), captured_amount=PRICE - 100)
    text = f"I5 {order_id}: {PRICE - 100} captured for an order of {PRICE}"
    for _ in range(3):
        assert text in breach_texts(check_hourly())
        shop.clock.advance(hours=1)
    tamper(shop.payment(order_id), captured_amount=PRICE)
    assert check_hourly().breaches == []
    assert check_hourly().learners == 0


def test_learner_with_a_breach_is_examined_before_later_changes(
    shop: Storefront, student: Api, new_user: Callable[..., Api], project: Project
) -> None:
    order_id = buy(shop, student)
    tamper(shop.payment(order_id), captured_amount=PRICE - 100)
    project()
    check_hourly()
    shop.clock.advance(hours=3)
    for _ in range(3):
        buy(shop, new_user("student"))
    project()
    seconds = iter([100.0] * 3)
    report = changed.examine_changed(lambda: next(seconds, 0.0))
    assert {breach.subject for breach in report.breaches} == {order_id}
    assert report.learners == 1
    assert (report.unexamined, report.unexamined_hours) == (3, 0)


def test_learners_with_a_breach_take_half_of_the_time_and_the_latest_changes_the_rest(
    shop: Storefront, new_user: Callable[..., Api], project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An examination takes 10 of the 70 seconds that can be used. Six learners have a breach, four changed later."""
    broken = [new_user("student") for _ in range(6)]
    for learner in broken:
        tamper(shop.payment(buy(shop, learner)), captured_amount=PRICE - 100)
    project()
    check_hourly()
    changed_later = []
    for _ in range(4):
        shop.clock.advance(hours=1)
        changed_later.append(new_user("student"))
        buy(shop, changed_later[-1])
        project()
    examined: list[str] = []

    def examine_and_record(learner: Learner, order_ids: object) -> Examination:
        examined.append(learner.user_id)
        return Examination(learner, Ledger(shop.clock.now()), [], is_sound=True)

    monkeypatch.setattr(changed, "examine_and_record", examine_and_record)
    monkeypatch.setattr(changed._Run, "examine_webhooks", lambda *_: None)
    report = changed.examine_changed(lambda: 99.0 - 10 * len(examined))
    assert set(examined[:4]) <= {learner.user_id for learner in broken}
    assert examined[4:] == [learner.user_id for learner in changed_later[:0:-1]]
    assert (report.learners, report.unexamined, report.unexamined_hours) == (7, 3, 4)


def test_overdue_items_without_time_are_left_and_counted(shop: Storefront, new_user: Callable[..., Api]) -> None:
    for _ in range(3):
        shop.create_order(new_user("student"))
    shop.clock.advance(hours=3)
    report = check_hourly(seconds=10)
    assert (report.learners, report.unexamined, report.unexamined_hours) == (0, 3, 2)


def test_hourly_check_without_time_leaves_everything_listed(shop: Storefront, student: Api, project: Project) -> None:
    buy(shop, student)
    project()
    shop.clock.advance(hours=7)
    report = check_hourly(seconds=10)
    assert (report.learners, report.webhooks, report.unexamined, report.unexamined_hours) == (0, 0, 3, 7)
    assert check_hourly().learners == 1


def test_overdue_poll_is_found_without_a_reported_change(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.clock.advance(minutes=64)
    assert check_hourly().breaches == []
    shop.clock.advance(minutes=2)
    assert breach_texts(check_hourly()) == [f"I6 {order_id}: pending, poll due since 2026-11-23T12:05:00.000Z"]


def test_overdue_number_of_a_receipt_is_found_without_a_reported_change(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.verify(student, shop.pay(order_id))
    shop.deliver()
    shop.clock.advance(minutes=61)
    assert breach_texts(check_hourly()) == [f"I6 {order_id}: the receipt has no number since 2026-11-23T12:00:00.000Z"]


def test_receipt_without_number_is_examined_again_in_an_hour(shop: Storefront, student: Api, project: Project) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    shop.deliver()
    project()
    assert check_hourly().learners == 1
    shop.sweep()
    shop.clock.advance(minutes=59)
    assert check_hourly().learners == 0
    shop.clock.advance(minutes=1)
    assert check_hourly().learners == 1
    shop.clock.advance(hours=9)
    assert check_hourly().learners == 0


def test_order_that_the_sweep_never_settles_is_found_an_hour_after_its_window(
    shop: Storefront, student: Api, project: Project
) -> None:
    """The sweep moves the poll again and again, so nothing is overdue, and no version changes."""
    order_id = shop.create_order(student)["order_id"]
    project()
    assert check_hourly().breaches == []
    shop.clock.advance(minutes=91)
    due = keys.due(order_id, shop.clock.now())
    tamper(shop.payment(order_id), gsi2sk=due.sk)
    project()
    assert breach_texts(check_hourly()) == [
        f"I6 {order_id}: pending, but its order window ended at 2026-11-23T12:30:00.000Z"
    ]


def test_acknowledged_capture_without_effect_is_reported_until_it_is_applied(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    row = webhook_inbox.new_entry("evt_1", "payment.captured", order_id, EvidenceKind.CAPTURED, shop.clock.now())
    webhook_inbox.save_if_new(row)
    text = f"I12 {order_id}: payment.captured evt_1 was acknowledged, but the payment is pending"
    assert breach_texts(check_hourly()) == [text]
    assert breach_texts(check_hourly()) == [text]
    shop.pay(order_id)
    shop.deliver()
    assert check_hourly().breaches == []
    assert check_hourly().webhooks == 0


def test_events_that_report_no_capture_are_not_listed(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id, "failed")
    shop.deliver()
    assert check_hourly().webhooks == 0


def test_refund_that_waits_is_listed_until_it_is_made(
    shop: Storefront, student: Api, admin: Api, project: Project
) -> None:
    order_id = buy(shop, student)
    project()
    check_hourly()
    assert examinations.waiting_refunds() == WaitingRefunds(0, None)
    decided = shop.clock.now()
    assert admin.post(f"/api/payments/{order_id}/refund", {"reason": "asked"}).status == 200
    assert shop.payment(order_id).status is PaymentStatus.REFUND_PENDING
    project()
    check_hourly()
    assert examinations.waiting_refunds() == WaitingRefunds(1, decided)
    shop.clock.advance(minutes=16)
    shop.gateway.tick()
    shop.deliver()
    assert shop.payment(order_id).status is PaymentStatus.REFUNDED
    project()
    check_hourly()
    assert examinations.waiting_refunds() == WaitingRefunds(0, None)


def test_payment_that_cannot_be_read_is_a_breach(
    shop: Storefront, student: Api, project: Project, dynamodb: MemoryDynamoDb
) -> None:
    order_id = buy(shop, student)
    project()
    dynamodb.corrupt(keys.payment(order_id), "status")
    text = f"I17 PAYMENT#{order_id} PAYMENT: cannot be read: ValueError: 'spoilt' is not a valid PaymentStatus"
    assert text in breach_texts(check_hourly())


def test_history_that_cannot_be_read_is_a_breach(shop: Storefront, student: Api, project: Project) -> None:
    order_id = buy(shop, student)
    project()
    tamper(payments.history(order_id)[0], changes="spoilt")
    text = f"I17 PAYMENT#{order_id} EVENT#000001: cannot be read: JSONDecodeError: Expecting value: line 1 column 1"
    assert f"{text} (char 0)" in breach_texts(check_hourly())


def test_value_on_which_a_check_fails_is_a_breach(shop: Storefront, student: Api, project: Project) -> None:
    order_id = buy(shop, student)
    project()
    tamper(shop.payment(order_id), refunds={"rfnd_AAAAAAAAAAAAAA": {"amount": 100}})
    found = breach_texts(check_hourly())
    assert f"I17 {subject(shop, student)}: check_payment_polls failed: KeyError: 'status'" in found


def test_learner_whose_history_has_no_changes_is_a_breach_and_keeps_no_other_from_being_examined(
    shop: Storefront, student: Api, new_user: Callable[..., Api], project: Project, dynamodb: MemoryDynamoDb
) -> None:
    buy(shop, student)
    project()
    event = keys.enrollment_event(student.user_id, shop.course.course_id, 1)
    dynamodb.rewrite(event, without="changes")
    later = buy(shop, new_user("student"))
    tamper(shop.payment(later), captured_amount=PRICE - 100)
    project()
    text = f"I17 {event.pk} {event.sk}: cannot be read: TypeError: the JSON object must be str, bytes or bytearray"
    for _ in range(2):
        report = check_hourly()
        assert f"{text}, not NoneType" in breach_texts(report)
        assert f"I5 {later}: {PRICE - 100} captured for an order of {PRICE}" in breach_texts(report)
        assert report.learners == 2


@pytest.mark.parametrize("named", [7, "order_1", {"order": 1}, [["order_1"]], [{}], [None, 7]])
def test_orders_on_hold_of_another_type_are_a_breach(
    shop: Storefront, student: Api, project: Project, named: object
) -> None:
    buy(shop, student)
    project()
    event = enrollments.history(student.user_id, shop.course.course_id)[-1]
    tamper(event, changes=json.dumps({**json.loads(event.changes), "orders_on_hold": named}))
    report = check_hourly()
    assert [(breach.invariant, breach.subject) for breach in report.breaches] == [("I9", subject(shop, student))]


def test_authorized_payment_without_time_is_a_breach_and_examined_in_an_hour(
    shop: Storefront, student: Api, new_user: Callable[..., Api], project: Project, dynamodb: MemoryDynamoDb
) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.verify(student, shop.pay(order_id, "authorized"))
    buy(shop, new_user("student"))
    project()
    dynamodb.rewrite(keys.payment(order_id), without="updated_at")
    report = check_hourly()
    assert report.learners == 2
    assert "check_not_stuck failed: TypeError" in " ".join(breach_texts(report))
    assert check_hourly().learners == 1, "the learner stays listed"


def test_learner_who_cannot_be_examined_is_a_breach_and_stays_listed(
    shop: Storefront, student: Api, new_user: Callable[..., Api], project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    buy(shop, student)
    buy(shop, new_user("student"))
    project()
    fail_examination_of(monkeypatch, student.user_id)
    for learners in (2, 1):
        report = check_hourly()
        assert breach_texts(report) == [f"I17 {subject(shop, student)}: cannot be examined: KeyError: 'status'"]
        assert report.learners == learners


def test_payment_that_no_index_lists_is_a_breach(shop: Storefront, student: Api, project: Project) -> None:
    order_id = buy(shop, student)
    project()
    tamper(shop.payment(order_id), gsi1pk=None, gsi1sk=None)
    assert breach_texts(check_hourly()) == [f"I17 {order_id}: is not listed under its payer"]


def test_learner_with_too_many_orders_is_a_breach_and_not_read(
    shop: Storefront, student: Api, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.db.payments.learner_records.MAX_ORDERS", 0)
    buy(shop, student)
    project()
    for _ in range(2):
        assert breach_texts(check_hourly()) == [f"I17 {subject(shop, student)}: 1 orders are too many to examine"]
        shop.clock.advance(hours=1)
    mark = mark_of(shop, student)
    assert mark
    assert (mark.due_at, mark.examined_at) == (shop.clock.now().replace(hour=12, minute=0), None)


def test_orders_without_an_enrollment_are_examined(shop: Storefront, student: Api, project: Project) -> None:
    """An orphaned order is stored before its learner has an enrollment."""
    payment = rows.put_payment(student.user_id, shop.course, PRICE)
    listing = keys.payer_listing(student.user_id, payment.created_at, payment.order_id)
    tamper(payment, gsi1pk=listing.pk, gsi1sk=listing.sk)
    project()
    texts = breach_texts(check_hourly())
    assert f"I1 {payment.order_id}: {PRICE} captured, but it is not the basis of any access" in texts


def test_missing_history_entry_is_reported(shop: Storefront, student: Api, project: Project) -> None:
    order_id = buy(shop, student)
    project()
    delete_payment_event(order_id, 2)
    assert "I9" in {breach.invariant for breach in check_hourly().breaches}


def test_moved_poll_is_no_change(shop: Storefront, student: Api, project: Project) -> None:
    order_id = shop.create_order(student)["order_id"]
    project()
    check_hourly()
    tamper(shop.payment(order_id), gsi2sk="2026-11-23T12:06:00.000Z")
    project()
    assert check_hourly().learners == 0


def test_other_learners_payment_is_not_read_with_the_learner(
    shop: Storefront, student: Api, new_user: Callable[..., Api], project: Project
) -> None:
    other = new_user("student")
    order_id = buy(shop, other)
    buy(shop, student)
    tamper(shop.enrollment(student), granted_by=order_id)
    project()
    texts = breach_texts(check_hourly())
    text = f"I2 {subject(shop, student)}: granted by {order_id}, which is no payment of this learner for this course"
    assert text in texts
    assert not any(text.startswith(f"I1 {order_id}") for text in texts)
