"""A table that is older than an earlier recovery is put back: no receipt number is issued twice."""

from collections.abc import Callable

import pytest

from cli import recover as recover_command
from functions.payments.reconciliation.restore.receipt_numbers import last_issued
from functions.payments.reconciliation.restore.recover import recover
from shared.config import settings
from shared.db.payments.documents import number_series, receipts
from shared.db.payments.documents.number_series import RECEIPTS
from shared.errors import StoreUnavailable
from tests.fixtures.api import Api
from tests.fixtures.cli_runner import run_command
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import Storefront
from tests.fixtures.table_snapshot import restore, snapshot
from tests.protocol.reconciliation.purchases import buy
from tests.protocol.stored_state import breaches

REPLACED = "lectern-replaced"
NewUser = Callable[..., Api]


def number_of(order_id: str) -> str:
    receipt = receipts.get(order_id)
    assert receipt
    assert receipt.number
    return receipt.number


@pytest.fixture
def moment(shop: Storefront, new_user: NewUser, dynamodb: MemoryDynamoDb) -> str:
    """The moment of a table that was put back twice: after the first recovery, which voided 2 to 102, a receipt got the
    number 104. The table in service has the receipt 1 only."""
    buy(shop, new_user("student"))
    taken, restored_to = snapshot(), shop.clock.now()
    shop.clock.advance(minutes=10)
    buy(shop, new_user("student"))
    learners = {key: item for key, item in snapshot().items() if key.sk == "PROFILE"}
    restore(taken | learners)
    shop.clock.advance(minutes=10)
    recover(restored_to, lambda _: None)
    shop.sweep()
    assert number_of(buy(shop, new_user("student"))) == "L/26-27/000104"
    dynamodb.keep_as(REPLACED)
    learners = {key: item for key, item in snapshot().items() if key.sk == "PROFILE"}
    restore(taken | learners)
    shop.clock.advance(minutes=10)
    return restored_to.isoformat()


def run(moment: str, *options: str) -> list[str]:
    code, output = run_command(recover_command.command, "--since", moment, "--wait", "0", *options)
    assert code == 0
    return output.splitlines()


@pytest.mark.parametrize(
    "options",
    [("--replaced-table", REPLACED), ("--last-receipt", "L/26-27/000104"), ("--last-receipt", "L/26-27/000104") * 2],
    ids=["replaced table", "last receipt", "repeated option"],
)
def test_recover_older_table_voids_the_numbers_that_the_replaced_table_issued(
    shop: Storefront, moment: str, options: tuple[str, ...]
) -> None:
    lines = run(moment, *options)
    assert [line for line in lines if line.startswith("receipts")] == [
        "receipts: issued before: up to L/26-27/000104",
        "receipts: voided 205 numbers",
    ]
    assert [tuple(each[:2]) for each in voided()] == [(2, 206)]
    shop.sweep()
    assert sorted(map(number_of, shop.gateway_order_ids())) == ["L/26-27/000001", "L/26-27/000207", "L/26-27/000208"]
    assert breaches() == []


def test_recover_older_table_repeated_with_the_replaced_table_voids_the_rest(shop: Storefront, moment: str) -> None:
    run(moment, "--first-recovery")
    assert [tuple(each[:2]) for each in voided()] == [(2, 103)]
    for _ in range(2):
        run(moment, "--replaced-table", REPLACED)
        assert [tuple(each[:2]) for each in voided()] == [(2, 103), (104, 208)]
    shop.sweep()
    assert breaches() == []


def test_recover_that_died_after_the_numbers_were_voided_does_the_rest_when_repeated(
    shop: Storefront, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("functions.payments.reconciliation.restore.recover._Recovery.update_known_captures", die)
        assert run_command(recover_command.command, "--since", moment, "--replaced-table", REPLACED)[0] == 2
    ranges = voided()
    run(moment, "--replaced-table", REPLACED)
    assert voided() == ranges


def die(_: object) -> None:
    raise RuntimeError


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--replaced-table", "lost"), "the table lost cannot be read"),
        (("--replaced-table", "other"), "the table other has no receipt numbers"),
        (("--last-receipt", "104"), "104 is no receipt number, such as L/26-27/000123"),
        (("--replaced-table", REPLACED, "--replaced-table", "lost"), "the table lost cannot be read"),
    ],
    ids=["lost table", "empty table", "malformed number", "one of two tables lost"],
)
def test_recover_unusable_option_exits_2_and_voids_nothing(
    dynamodb: MemoryDynamoDb, moment: str, options: tuple[str, ...], expected: str
) -> None:
    taken = snapshot()
    restore({})
    dynamodb.keep_as("other")
    restore(taken)
    code, output = run_command(recover_command.command, "--since", moment, *options)
    assert (code, expected in " ".join(output.split())) == (2, True)
    assert voided() == []


def test_recover_table_in_service_as_replaced_table_exits_2(moment: str) -> None:
    assert run_command(recover_command.command, "--since", moment, "--replaced-table", settings().table_name)[0] == 2
    assert voided() == []


def test_last_issued_takes_the_highest_number_of_each_financial_year(moment: str) -> None:
    numbers = ["L/25-26/000007", "L/26-27/000103", "L/25-26/000006"]
    assert last_issued([REPLACED], numbers) == {
        "L/25-26": 7,
        "L/26-27": 104,
        "C/26-27": 100,
        "D/26-27": 100,
    }


def test_recover_year_before_the_moment_in_which_the_replaced_table_issued_more_is_voided_too(moment: str) -> None:
    run(moment, "--last-receipt", "L/25-26/000007", "--replaced-table", REPLACED)
    run(moment, "--last-receipt", "L/25-26/000007", "--replaced-table", REPLACED)
    assert [tuple(each[:2]) for each in voided("25-26")] == [(1, 109)]


def test_last_issued_database_outage_raises_store_unavailable(dynamodb: MemoryDynamoDb, moment: str) -> None:
    dynamodb.time_out_next(1)
    with pytest.raises(StoreUnavailable):
        last_issued([REPLACED], [])


def voided(year: str = "26-27") -> list[number_series.VoidedNumbers]:
    found = number_series.counters(RECEIPTS, [year])
    return number_series.voided(found[year]) if found else []


def test_recover_without_any_option_about_receipts_exits_2_and_changes_nothing(shop: Storefront, moment: str) -> None:
    taken = snapshot()
    code, output = run_command(recover_command.command, "--since", moment, "--wait", "0")
    assert (code, "--first-recovery" in output, "receipts: voided" in output) == (2, True, False)
    assert (voided(), snapshot() == taken) == ([], True)
