"""Credit and debit notes: one for each change of the refunded amount of a sale, numbered after the receipt."""

from typing import Any

import pytest

from functions.payments.invariants import check
from shared import clock
from shared.db.entities import CreditNote
from shared.db.payments import payments
from shared.db.payments.documents import credit_notes, receipts
from shared.db.table import keys
from tests.fixtures import rows
from tests.fixtures.api import Api
from tests.fixtures.corruption import delete_item, spoil
from tests.fixtures.emitted_metrics import emitted_metrics
from tests.fixtures.logs import captured_logs, entries_with_code
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.protocol.dispute_actions import change_ended_dispute, report_dispute
from tests.protocol.refund_actions import process_refunds
from tests.protocol.sweep_actions import run_sweep


def refunded(shop: Storefront, admin: Api, order_id: str, *amounts: int) -> None:
    """Refunds of these amounts, each of them processed."""
    for number, amount in enumerate(amounts):
        assert refund(admin, order_id, amount, f"key-{number}").status == 200
        process_refunds(shop)


def notes_of(order_id: str) -> list[CreditNote]:
    return credit_notes.get_with_receipt(order_id).notes


def shown(order_id: str) -> list[tuple[str, int, str | None]]:
    return [(note.note_type, note.amount, note.number) for note in notes_of(order_id)]


def breaches() -> list[tuple[str, str]]:
    return [(breach.invariant, breach.detail) for breach in check.check_invariants().breaches]


def test_refund_writes_its_credit_note_in_the_same_transaction(
    shop: Storefront, admin: Api, paid_order_id: str, dynamodb: MemoryDynamoDb
) -> None:
    refunded(shop, admin, paid_order_id, 10_000)
    [note] = notes_of(paid_order_id)
    payment, [*_, step] = payments.get_with_history(paid_order_id)
    assert payment
    assert (note.sk, note.step, note.refunded_at, note.issued_at) == (
        keys.credit_note(paid_order_id, step.number).sk,
        step.number,
        step.at,
        step.at,
    )
    assert (note.user_id, note.course_id, note.currency) == (payment.user_id, payment.course_id, "INR")
    assert (note.note_type, note.amount, note.refunded_before, note.number) == ("credit", 10_000, 0, None)
    assert note.due_at == note.issued_at


def test_sweep_numbers_notes_after_their_receipts(shop: Storefront, admin: Api, paid_order_id: str) -> None:
    refunded(shop, admin, paid_order_id, 10_000, 5_000)
    report = run_sweep()
    assert (report["notes"], report["deferred"]) == (2, 0)
    assert shown(paid_order_id) == [("credit", 10_000, "C/26-27/000001"), ("credit", 5_000, "C/26-27/000002")]
    receipt = receipts.get(paid_order_id)
    assert receipt
    for note in notes_of(paid_order_id):
        assert (note.receipt_number, note.receipt_day, note.due_at) == (receipt.number, receipt.day, None)
    assert breaches() == []
    assert run_sweep()["notes"] == 0


def test_note_whose_receipt_has_no_number_numbers_it_first(shop: Storefront, admin: Api, paid_order_id: str) -> None:
    from functions.payments.receipts import note_service

    refunded(shop, admin, paid_order_id, 10_000)
    assert note_service.number_notes(notes_of(paid_order_id)) == 1
    assert notes_of(paid_order_id)[0].receipt_number == "L/26-27/000001"


def test_f80_dispute_that_is_won_after_all_writes_a_debit_note(
    shop: Storefront, admin: Api, paid_order_id: str
) -> None:
    payment_id = shop.payment(paid_order_id).payment_id
    dispute_id = report_dispute(shop, payment_id, "lost", 20_000)
    change_ended_dispute(shop, dispute_id, "won")
    shop.deliver()
    run_sweep()
    assert shown(paid_order_id) == [("credit", 20_000, "C/26-27/000001"), ("debit", 20_000, "D/26-27/000001")]
    assert breaches() == []


def test_capture_that_is_refunded_at_once_has_no_note(shop: Storefront, admin: Api, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    body = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "a gift"}
    assert admin.post("/api/enrollments/grant", body).status == 201
    shop.pay(order_id)
    shop.deliver()
    run_sweep()
    process_refunds(shop)
    assert shop.payment(order_id).refunded_amount == PRICE
    assert credit_notes.get_with_receipt(order_id) == (None, [])
    assert breaches() == []


def test_unreadable_receipt_does_not_keep_a_refund_from_its_note(
    shop: Storefront, admin: Api, paid_order_id: str
) -> None:
    spoil(receipts.get(paid_order_id), "captured_at")
    refunded(shop, admin, paid_order_id, 10_000)
    assert shop.payment(paid_order_id).refunded_amount == 10_000


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"amount": 9_999}, "10000 refunded at step {step}, but its notes are over 9999"),
        ({"note_type": "debit"}, "10000 refunded at step {step}, but its notes are over -10000"),
    ],
)
def test_note_of_another_amount_is_a_breach_of_i18(
    shop: Storefront, admin: Api, paid_order_id: str, changes: dict[str, Any], detail: str
) -> None:
    refunded(shop, admin, paid_order_id, 10_000)
    [note] = notes_of(paid_order_id)
    rows.update_by_key(CreditNote, keys.credit_note(paid_order_id, note.step), **changes)
    assert breaches() == [("I18", detail.format(step=note.step))]


def test_lost_note_is_a_breach_of_i18_and_leaves_a_gap(shop: Storefront, admin: Api, paid_order_id: str) -> None:
    refunded(shop, admin, paid_order_id, 10_000)
    run_sweep()
    [note] = notes_of(paid_order_id)
    delete_item(keys.credit_note(paid_order_id, note.step))
    assert sorted(breaches()) == [
        ("I18", f"10000 refunded at step {note.step}, but its notes are over 0"),
        ("I18", "assigned, but on no note"),
    ]


def test_note_without_a_number_for_an_hour_is_a_breach_of_i6(shop: Storefront, admin: Api, paid_order_id: str) -> None:
    refunded(shop, admin, paid_order_id, 10_000)
    receipts_only = receipts.get(paid_order_id)
    assert receipts_only
    from functions.payments.receipts.receipt_service import ensure_numbered

    ensure_numbered(receipts_only)
    since = notes_of(paid_order_id)[0].issued_at
    shop.clock.advance(hours=1, minutes=1)
    found = breaches()
    assert ("I6", f"a note has no number since {since:%Y-%m-%dT%H:%M:%S}.000Z") in found


def test_f92_note_whose_receipt_is_missing_is_logged_counted_and_tried_less_often(
    shop: Storefront, admin: Api, paid_order_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    refunded(shop, admin, paid_order_id, 10_000)
    receipt = receipts.get(paid_order_id)
    assert receipt
    delete_item(keys.receipt(paid_order_id))
    waits = []
    for hours in (1, 10, 100, 1_000):
        shop.clock.advance(hours=hours)
        emitted_metrics(capsys)
        with captured_logs() as lines:
            report = run_sweep()
        [note] = notes_of(paid_order_id)
        [logged] = entries_with_code(lines, "receipt_missing")
        assert (logged["level"], logged["order_id"], logged["step"]) == ("ERROR", paid_order_id, note.step)
        assert emitted_metrics(capsys)["receipts", "notes_without_receipt"] == 1
        assert (report["notes"], report["deferred"], note.number) == (0, 1, None)
        assert note.due_at
        waits.append((note.due_at - clock.now()).total_seconds() / 60)
    assert waits == [15, 165, 1440, 1440]
    assert run_sweep()["deferred"] == 0
    rows.put(receipt)
    shop.clock.advance(days=2)
    run_sweep()
    assert shown(paid_order_id) == [("credit", 10_000, "C/26-27/000001")]
