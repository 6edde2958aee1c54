"""Receipts and notes that cannot be read: 409 for those who may read them, 404 for others."""

from collections.abc import Callable

import pytest

from shared.db.payments.documents import credit_notes, receipts
from tests.fixtures.api import Api, Reply
from tests.fixtures.corruption import spoil, tamper
from tests.fixtures.emitted_metrics import emitted_metrics
from tests.fixtures.logs import captured_logs, entries_with_code
from tests.fixtures.storefront import Storefront, refund
from tests.protocol.refund_actions import process_refunds

FORMS = ("receipt", "receipt.html", "receipt.pdf")


@pytest.fixture
def refunded_order(shop: Storefront, admin: Api, paid_order_id: str) -> str:
    """A paid order whose receipt and credit note have their numbers."""
    refund(admin, paid_order_id)
    process_refunds(shop)
    shop.sweep()
    return paid_order_id


def answer_of(reply: Reply) -> tuple[int, str]:
    return reply.status, "" if reply.status == 200 else reply.code


@pytest.mark.parametrize("damage", ["unreadable", "incomplete"])
def test_receipt_that_cannot_be_read_is_409_for_payer_and_admin_and_404_for_others(
    shop: Storefront, student: Api, admin: Api, new_user: Callable[..., Api], refunded_order: str, damage: str
) -> None:
    other = new_user("student")
    paths = [f"/api/payments/{refunded_order}/{form}" for form in FORMS]
    [note] = credit_notes.get_with_receipt(refunded_order).notes
    paths.append(f"/api/payments/{refunded_order}/credit-notes/{note.step}/pdf")
    assert [answer_of(student.get(path)) for path in paths] == [(200, "")] * 4
    receipt = receipts.get(refunded_order)
    assert receipt
    if damage == "unreadable":
        spoil(receipt, "amount")
    else:
        tamper(receipt, seller_gstin="27AAPFU0939F1ZV", taxable=None)
    for caller in (student, admin):
        assert [answer_of(caller.get(path)) for path in paths] == [(409, "receipt_unreadable")] * 4
    assert [answer_of(other.get(path)) for path in paths] == [(404, "order_not_found")] * 4


def test_note_that_cannot_be_read_is_409_and_the_pdf_of_its_receipt_is_shown(
    shop: Storefront, student: Api, refunded_order: str
) -> None:
    [note] = credit_notes.get_with_receipt(refunded_order).notes
    spoil(note, "amount")
    path = f"/api/payments/{refunded_order}"
    assert answer_of(student.get(f"{path}/credit-notes/{note.step}/pdf")) == (409, "receipt_unreadable")
    assert answer_of(student.get(f"{path}/receipt.pdf")) == (200, "")


def test_receipt_that_cannot_be_read_is_logged_and_counted(
    shop: Storefront, student: Api, refunded_order: str, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt = receipts.get(refunded_order)
    assert receipt
    spoil(receipt, "amount")
    emitted_metrics(capsys)
    with captured_logs() as lines:
        assert student.get(f"/api/payments/{refunded_order}/receipt.pdf").status == 409
    [logged] = entries_with_code(lines, "item_unreadable")
    assert (logged["pk"], logged["sk"]) == (receipt.pk, receipt.sk)
    assert emitted_metrics(capsys)["store", "items_unreadable"] == 1
