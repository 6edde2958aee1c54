"""An item that cannot be read: a recount compares nothing, and a rebuild corrects nothing, because a total without it
would be wrong. Both name it."""

from collections.abc import Callable

import pytest

from cli import rebuild as rebuild_command
from cli import recount as recount_command
from cli import recover as recover_command
from functions.dashboards.recount.compare import compare_counters
from shared.db import table_scan
from shared.db.entities import Payment, PlatformTotals
from shared.db.read_models import rebuild_run, rebuild_steps
from shared.db.read_models.rebuild_run import RebuildStage
from shared.db.table.base import Item
from shared.db.table.unreadable_items import UnreadableItems
from tests.fixtures.api import Api
from tests.fixtures.cli_runner import run_command
from tests.fixtures.corruption import spoil, tamper
from tests.fixtures.emitted_metrics import emitted_metrics
from tests.fixtures.storefront import Storefront
from tests.protocol.reconciliation.purchases import buy

NewUser = Callable[..., Api]
MALFORMED_CAPTURE = {"pay_AAAAAAAAAAAAAA": {"amount": "x"}}
SPOIL = pytest.mark.parametrize(
    "make_unreadable",
    [lambda payment: spoil(payment, "captured_amount"), lambda payment: tamper(payment, surplus=MALFORMED_CAPTURE)],
    ids=["item", "extra capture"],
)


def bought(shop: Storefront, new_user: NewUser, count: int) -> list[Payment]:
    return [shop.payment(buy(shop, new_user("student"))) for _ in range(count)]


def names(*unreadable: Payment) -> str:
    return ", ".join(f"PAYMENT#{payment.order_id} PAYMENT" for payment in unreadable)


def last_line(code: int, output: str) -> tuple[int, str]:
    """The exit code, and the last line of the output."""
    return code, output.splitlines()[-1]


def displayed_totals() -> list[Item]:
    return [item for item in table_scan.scan_all() if isinstance(item, PlatformTotals)]


@SPOIL
def test_recount_of_unreadable_payments_names_each_and_exits_2(
    shop: Storefront,
    new_user: NewUser,
    capsys: pytest.CaptureFixture[str],
    make_unreadable: Callable[[Payment], None],
) -> None:
    payments = sorted(bought(shop, new_user, 3), key=lambda payment: payment.order_id)
    for payment in payments[:2]:
        make_unreadable(payment)
    emitted_metrics(capsys)
    with pytest.raises(UnreadableItems) as raised:
        compare_counters()
    first, second = payments[:2]
    assert str(raised.value) in {f"item_unreadable: {names(first, second)}", f"item_unreadable: {names(second, first)}"}
    assert emitted_metrics(capsys)["store", "items_unreadable"] == 2
    assert last_line(*run_command(recount_command.command)) == (2, str(raised.value))


@SPOIL
def test_rebuild_stops_at_an_unreadable_payment_and_goes_on_once_it_is_mended(
    shop: Storefront,
    new_user: NewUser,
    monkeypatch: pytest.MonkeyPatch,
    make_unreadable: Callable[[Payment], None],
) -> None:
    unreadable, _ = bought(shop, new_user, 2)
    make_unreadable(unreadable)
    monkeypatch.setattr(rebuild_steps, "approximate_item_count", lambda: 10)
    stopped = run_command(rebuild_command.command, "--wait", "0")
    assert last_line(*stopped) == (2, f"item_unreadable: {names(unreadable)}")
    run = rebuild_run.current()
    assert run
    assert run.stage is RebuildStage.COUNTING
    tamper(unreadable, captured_amount=unreadable.captured_amount, surplus=None)
    assert displayed_totals() == [], "nothing was corrected"
    assert run_command(rebuild_command.command, "--wait", "0")[0] == 0
    done = rebuild_run.current()
    assert done
    assert (done.id, done.stage) == (run.id, RebuildStage.DONE)
    assert compare_counters().is_equal


def test_recover_command_with_an_unreadable_payment_compares_the_ledgers_without_a_rebuild(
    shop: Storefront, new_user: NewUser
) -> None:
    unreadable, _ = bought(shop, new_user, 2)
    spoil(unreadable, "captured_amount")
    since = shop.clock.now().isoformat()
    code, output = run_command(recover_command.command, "--since", since, "--first-recovery", "--wait", "0")
    assert code == 1
    named = f"item_unreadable: {names(unreadable)}. Mend it, then run `python -m cli rebuild`\n"
    assert f"read models: not rebuilt: {named}" in output
    assert "ledgers differ (amounts in minor units)\n" in output
