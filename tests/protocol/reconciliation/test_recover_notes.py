"""A restored table issues no number of a credit note twice."""

from datetime import datetime
from typing import Any

import pytest

from cli import recover as recover_command
from functions.payments.reconciliation.restore.receipt_numbers import last_issued
from functions.payments.reconciliation.restore.recover import recover
from shared.db.payments.documents import credit_notes, number_series
from shared.db.payments.documents.number_series import CREDIT_NOTES, DEBIT_NOTES, VoidedNumbers
from tests.fixtures.api import Api
from tests.fixtures.cli_runner import run_command
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import Storefront, refund
from tests.fixtures.table_snapshot import restore, snapshot
from tests.protocol.refund_actions import process_refunds
from tests.protocol.stored_state import breaches
from tests.protocol.sweep_actions import run_sweep

REPLACED = "lectern-replaced"


def numbers_of(order_id: str) -> list[str | None]:
    return [note.number for note in credit_notes.get_with_receipt(order_id).notes]


@pytest.fixture
def moment(shop: Storefront, admin: Api, paid_order_id: str, dynamodb: MemoryDynamoDb) -> str:
    """The moment of a table that was put back: since then, a refund got the credit note 1."""
    taken, restored_to = snapshot(), shop.clock.now()
    shop.clock.advance(minutes=10)
    assert refund(admin, paid_order_id, 10_000, "key").status == 200
    process_refunds(shop)
    run_sweep()
    assert numbers_of(paid_order_id) == ["C/26-27/000001"]
    dynamodb.keep_as(REPLACED)
    restore(taken)
    shop.clock.advance(minutes=10)
    return restored_to.isoformat()


def voided(series: number_series.Series[Any], year: str = "26-27") -> list[tuple[int, int]]:
    found = number_series.counters(series, [year])
    ranges: list[VoidedNumbers] = number_series.voided(found[year]) if found else []
    return [(each.first, each.last) for each in ranges]


@pytest.mark.parametrize(
    ("options", "ranges"),
    [
        (("--first-recovery",), [(1, 101)]),
        (("--replaced-table", REPLACED), [(1, 102)]),
        (("--last-receipt", "L/26-27/000001", "--last-credit-note", "C/26-27/000001"), [(1, 102)]),
    ],
    ids=["first recovery", "replaced table", "last numbers"],
)
def test_recover_voids_the_numbers_of_lost_notes_and_numbers_the_note_again(
    shop: Storefront, moment: str, paid_order_id: str, options: tuple[str, ...], ranges: list[tuple[int, int]]
) -> None:
    code, output = run_command(recover_command.command, "--since", moment, "--wait", "0", *options)
    assert code == 0, output
    assert (voided(CREDIT_NOTES), voided(DEBIT_NOTES)) == (ranges, [(1, 101)])
    run_sweep()
    assert numbers_of(paid_order_id) == [f"C/26-27/{ranges[0][1] + 1:06d}"]
    assert breaches() == []


def test_recover_repeated_voids_no_more_numbers_of_notes(shop: Storefront, moment: str) -> None:
    for _ in range(2):
        issued = last_issued([REPLACED], ["D/26-27/000003"])
        assert issued == {"L/26-27": 1, "C/26-27": 1, "D/26-27": 3}
        recover(datetime.fromisoformat(moment), lambda _: None, issued)
        assert (voided(CREDIT_NOTES), voided(DEBIT_NOTES)) == ([(1, 102)], [(1, 104)])
