"""The seller's account at the gateway, as the nightly pass records it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.payments.reconciliation.account import account_stages
from functions.payments.reconciliation.heal_orders import Healer
from functions.payments.reconciliation.open_differences import OpenDifferences
from functions.payments.reconciliation.stages import Slice
from local.razorpay.operations.settlements import books
from shared import clock
from shared.db.entities import LedgerEntry, LedgerMonth
from shared.db.payments import account_ledger
from shared.db.table import keys, store
from shared.domain.account_ledger import LedgerKind
from shared.domain.reconciliation import PassCounts
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected
from tests.fixtures.api import Api
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.reconciliation.actions import reconcile

NET = PRICE - 1_177
NOVEMBER, DECEMBER = "2026-11", "2026-12"


def entry(entity_id: str) -> LedgerEntry | None:
    return store.get(LedgerEntry, keys.ledger_entry(entity_id))


def totals() -> dict[str, dict[str, int]]:
    """Month and currency > kind > sum, without zeros."""
    found = account_ledger.totals_until("9999-12")
    return {month.sk: {kind.value: sum_ for kind, sum_ in month.by_kind.items() if sum_} for month in found}


def balance() -> int:
    return sum(month.net for month in account_ledger.totals_until("9999-12"))


def night(shop: Storefront, days: float = 1) -> None:
    """So many days later, the nightly pass runs."""
    shop.clock.advance(days=days)
    reconcile("nightly")


def purchase(shop: Storefront, learner: Api) -> str:
    """The id of a captured payment."""
    return shop.pay(shop.create_order(learner)["order_id"])["razorpay_payment_id"]


def test_payment_is_recorded_before_its_settlement_and_settled_with_its_fee(shop: Storefront, student: Api) -> None:
    payment_id = purchase(shop, student)
    night(shop)
    unsettled = entry(payment_id)
    assert unsettled
    assert (unsettled.net, unsettled.fee, unsettled.tax, unsettled.settlement_id) == (NET, 1_177, 179, None)
    assert totals() == {"2026-11#INR": {"payment": PRICE, "fee": -998, "fee_tax": -179}}
    assert balance() == NET
    assert [each.entity_id for each in account_ledger.list_settled(None, 10, None).items] == [payment_id]

    night(shop, days=2)
    settled = entry(payment_id)
    assert settled
    assert settled.settlement_id is not None
    (settlement,) = account_ledger.list_settlements(NOVEMBER, 10, None).items
    assert (settlement.settlement_id, settlement.status) == (settled.settlement_id, "processed")
    assert settlement.by_kind == {
        **dict.fromkeys(LedgerKind, 0),
        LedgerKind.PAYMENT: PRICE,
        LedgerKind.FEE: -998,
        LedgerKind.FEE_TAX: -179,
        LedgerKind.SETTLEMENT: -NET,
    }
    assert settlement.net == balance() == 0
    settled_with = account_ledger.list_settled(settlement.settlement_id, 10, None).items
    assert [each.entity_id for each in settled_with] == [payment_id, settlement.settlement_id]
    assert account_ledger.list_settled(None, 10, None).items == []


def test_second_night_writes_nothing_of_what_is_recorded(
    shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
) -> None:
    payment_id = purchase(shop, student)
    night(shop, days=3)
    before = totals()
    version = entry(payment_id)
    reconcile("nightly")
    again = entry(payment_id)
    assert version
    assert again
    assert again.version == version.version
    assert totals() == before


def test_ledger_of_refunds_disputes_and_adjustments_equals_the_gateways_books(
    shop: Storefront, new_user: Callable[..., Api]
) -> None:
    first, second = purchase(shop, new_user("student")), purchase(shop, new_user("student"))
    shop.control("POST", f"payments/{first}/refund", {"amount": 10_000})
    night(shop, days=3)
    shop.control("POST", f"payments/{second}/dispute", {"status": "created", "deduct_at_onset": True})
    shop.control("POST", "adjustments", {"amount": -1_180, "description": "Dispute fee"})
    shop.control("POST", "other_products/pay", {"product": "qr_code", "amount": 90_000})
    night(shop, days=3)
    by_kind = {kind.value: 0 for kind in LedgerKind}
    for month in account_ledger.totals_until("9999-12"):
        for kind, amount in month.by_kind.items():
            by_kind[kind] += amount
    at_gateway = books(shop.gateway.ledger)
    assert by_kind == {
        "payment": at_gateway["payments"],
        "fee": at_gateway["fees"],
        "fee_tax": at_gateway["tax"],
        "refund": at_gateway["refunds"],
        "dispute": at_gateway["disputes"],
        "adjustment": at_gateway["adjustments"],
        "settlement": at_gateway["settlements"],
        "transfer": 0,
    }
    assert (by_kind["refund"], by_kind["dispute"], by_kind["adjustment"]) == (-10_000, -PRICE, -1_180)
    assert balance() == at_gateway["balance"] == 0


def test_month_of_a_transaction_is_that_of_the_seller(shop: Storefront, student: Api) -> None:
    """18:40 UTC on 30 November is 00:10 on 1 December in India."""
    shop.clock.advance(seconds=(7 * 24 + 6) * 3600 + 40 * 60)
    payment_id = purchase(shop, student)
    night(shop)
    stored = entry(payment_id)
    assert stored
    assert clock.text(stored.at) == "2026-11-30T18:40:00.000Z"
    assert list(totals()) == ["2026-12#INR"]
    assert [each.entity_id for each in account_ledger.list_month(DECEMBER, 10, None).items] == [payment_id]
    assert account_ledger.list_month(NOVEMBER, 10, None).items == []
    assert account_ledger.totals_until(NOVEMBER) == []


def test_refund_that_fails_before_its_settlement_is_removed(shop: Storefront, student: Api) -> None:
    payment_id = purchase(shop, student)
    refund_id = shop.control("POST", f"payments/{payment_id}/refund", {"amount": 10_000})["id"]
    night(shop)
    assert entry(refund_id)
    assert balance() == NET - 10_000
    shop.control("POST", f"refunds/{refund_id}/status", {"status": "failed"})
    night(shop, days=0.1)
    assert entry(refund_id) is None
    assert balance() == NET


def test_refund_that_returns_after_its_settlement_is_credited(
    shop: Storefront, student: Api, new_user: Callable[..., Api]
) -> None:
    payment_id = purchase(shop, student)
    refund_id = shop.control("POST", f"payments/{payment_id}/refund", {"amount": 10_000})["id"]
    night(shop)
    purchase(shop, new_user("student"))
    night(shop, days=3)
    shop.control("POST", f"refunds/{refund_id}/status", {"status": "reversed"})
    night(shop, days=3)
    settled = entry(refund_id)
    assert settled
    assert settled.net == -10_000
    assert totals()["2026-11#INR"]["adjustment"] == 10_000


def test_settlement_that_failed_transfers_nothing(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    purchase(shop, student)
    night(shop, days=3)
    fetch_page = razorpay.fetch_page

    def failed(which: Any, since: int, until: int, skip: int) -> list[Any]:
        page = fetch_page(which, since, until, skip)
        return [each | {"status": "failed"} if each["entity"] == "settlement" else each for each in page]

    monkeypatch.setattr(razorpay, "fetch_page", failed)
    reconcile("nightly")
    (settlement,) = account_ledger.list_settlements(NOVEMBER, 10, None).items
    assert (settlement.status, settlement.settlement, settlement.net) == ("failed", 0, NET)
    assert balance() == NET


def test_recon_that_the_gateway_rejects_counts_as_failed_and_the_pass_goes_on(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment_id = purchase(shop, student)
    shop.clock.advance(minutes=6)

    def rejected(*_: Any) -> list[Any]:
        raise GatewayRejected(400, {"code": "BAD_REQUEST_ERROR"})

    monkeypatch.setattr(razorpay, "fetch_settled_page", rejected)
    result = reconcile("nightly")
    assert (result["complete"], result["failed"]) == (True, 1)
    assert entry(payment_id)


def test_unreadable_entities_are_counted_and_the_others_recorded(
    shop: Storefront, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = {
        "entity_id": "adj_A",
        "type": "adjustment",
        "credit": 5,
        "debit": 0,
        "amount": 5,
        "currency": "INR",
        "created_at": 1_795_000_000,
        "settlement_id": "setl_A",
    }
    pages = iter([[good, good | {"entity_id": "adj_B", "credit": -5}, {"entity_id": "adj_C"}, "adj_D"]])
    monkeypatch.setattr(razorpay, "fetch_settled_page", lambda *_: next(pages, []))
    now = int(shop.clock.now().timestamp())
    part = Slice(now - 3_600, now, now - 3_600, Healer(OpenDifferences(), lambda: 900))
    assert account_stages.record_settled(part, None) == "2026-11-23 4"
    assert part.healer.counts == PassCounts(listed=4, unreadable=3)
    assert entry("adj_A")
    assert entry("adj_B") is None


def test_record_settled_reads_each_day_of_the_period_in_indian_time(
    shop: Storefront, monkeypatch: pytest.MonkeyPatch
) -> None:
    days: list[str] = []

    def fetch(day: Any, skip: int) -> list[Any]:
        days.append(f"{day.isoformat()} {skip}")
        return []

    monkeypatch.setattr(razorpay, "fetch_settled_page", fetch)
    until = shop.clock.now() + timedelta(hours=7)  # 00:30 on 24 November in India
    since = until - timedelta(days=2)
    part = Slice(int(since.timestamp()), int(until.timestamp()), 0, Healer(OpenDifferences(), lambda: 900))
    position = account_stages.record_settled(part, None)
    while position:
        position = account_stages.record_settled(part, position)
    assert days == ["2026-11-22 0", "2026-11-23 0", "2026-11-24 0"]


def test_record_counts_a_month_once_when_two_runs_write(shop: Storefront, student: Api) -> None:
    payment_id = purchase(shop, student)
    night(shop)
    stored = entry(payment_id)
    assert stored
    same = account_ledger.transaction_of(stored)
    assert account_ledger.record([same]) == 0
    month = store.get(LedgerMonth, keys.ledger_month(NOVEMBER, "INR"))
    assert month
    assert month.entries == 1
