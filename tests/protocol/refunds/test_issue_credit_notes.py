"""`issue-credit-notes`: the notes of refunds that versions before the notes recorded."""

import pytest

from cli import issue_credit_notes
from functions.payments.receipts import missing_notes
from functions.payments.receipts.missing_notes import issue_missing_notes
from shared.db.payments.documents import credit_notes, receipts
from shared.db.table import keys
from tests.fixtures.api import Api
from tests.fixtures.cli_runner import run_command
from tests.fixtures.corruption import delete_item, spoil, tamper
from tests.fixtures.storefront import Storefront, refund
from tests.protocol.refund_actions import process_refunds
from tests.protocol.stored_state import breaches
from tests.protocol.sweep_actions import run_sweep


@pytest.fixture
def old_order_id(shop: Storefront, admin: Api, paid_order_id: str) -> str:
    """An order with two refunds, as a version before the notes stored it."""
    for number, amount in enumerate((10_000, 5_000)):
        assert refund(admin, paid_order_id, amount, f"key-{number}").status == 200
        process_refunds(shop)
    for note in credit_notes.get_with_receipt(paid_order_id).notes:
        delete_item(keys.credit_note(paid_order_id, note.step))
    tamper(receipts.get(paid_order_id), has_all_notes=None)
    return paid_order_id


def test_receipt_of_an_earlier_version_needs_no_notes(old_order_id: str, student: Api) -> None:
    assert breaches() == []
    shown = student.get(f"/api/payments/{old_order_id}/receipt").json["credits"]
    assert [(credit["amount"], credit["note"]) for credit in shown] == [(10_000, None), (5_000, None)]


def test_missing_notes_are_written_once_with_the_date_of_today(
    shop: Storefront, old_order_id: str, student: Api
) -> None:
    shop.clock.advance(days=3)
    issued_at = shop.clock.now()
    code, output = run_command(issue_credit_notes.command)
    assert (code, output.splitlines()) == (0, ["1 receipts processed, 2 notes written, 0 orders unreadable"])
    receipt, notes = credit_notes.get_with_receipt(old_order_id)
    assert receipt
    assert (receipt.has_all_notes, [note.issued_at for note in notes]) == (True, [issued_at, issued_at])
    assert all(note.refunded_at < issued_at for note in notes)
    assert str(issue_missing_notes()) == "0 receipts processed, 0 notes written, 0 orders unreadable"
    run_sweep()
    shown = student.get(f"/api/payments/{old_order_id}/receipt").json["credits"]
    assert [(credit["amount"], credit["note"]["number"]) for credit in shown] == [
        (10_000, "C/26-27/000001"),
        (5_000, "C/26-27/000002"),
    ]
    assert breaches() == []


def test_refund_of_a_receipt_of_an_earlier_version_has_its_note_and_the_command_adds_the_others(
    shop: Storefront, old_order_id: str, admin: Api
) -> None:
    assert refund(admin, old_order_id, 1_000, "later").status == 200
    process_refunds(shop)
    [note] = credit_notes.get_with_receipt(old_order_id).notes
    assert (note.amount, note.refunded_before) == (1_000, 15_000)
    assert breaches() == []
    assert issue_missing_notes().notes == 2
    notes = credit_notes.get_with_receipt(old_order_id).notes
    assert [(note.refunded_before, note.amount) for note in notes] == [(0, 10_000), (10_000, 5_000), (15_000, 1_000)]
    assert breaches() == []


def test_interrupted_run_continues_where_it_stopped(old_order_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credit_notes, "_MAX_NOTES_AT_ONCE", 1)
    with monkeypatch.context() as patch:
        patch.setattr(missing_notes, "recorded_changes", interrupted)
        with pytest.raises(KeyboardInterrupt):
            issue_missing_notes()
    assert issue_missing_notes().notes == 2
    assert breaches() == []


def interrupted(_: object) -> None:
    raise KeyboardInterrupt


def test_unreadable_receipt_is_left_out_and_reported(old_order_id: str) -> None:
    spoil(receipts.get(old_order_id), "captured_at")
    code, output = run_command(issue_credit_notes.command)
    assert (code, output.splitlines()[-1]) == (1, "0 receipts processed, 0 notes written, 1 orders unreadable")
