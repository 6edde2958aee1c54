"""The gateway's ledger of a period: its lists, read once, and single orders."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final, Self

from functions.payments import razorpay_evidence
from functions.payments.checkout.adopt_order import OrderPayer, payer_from_notes
from functions.payments.polling.settling_order import Returned
from functions.payments.reconciliation.entity_file import MONEY_WAS_KEPT, EntityFile
from functions.payments.reconciliation.ledger_comparison import Side, gateway_side, is_captured
from functions.payments.reconciliation.order_at_gateway import fetch_payments
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected, Json
from shared.settlement.evidence import Captured, DisputeReported, Refunded

_WEEK: Final = 7 * 86_400


class GatewayLists:
    """The lists of a period (UTC, both ends inclusive). Payments and refunds outside of the period are fetched order by
    order.

    `read` and `side` raise GatewayUnavailable, GatewayRejected and MalformedPayload; `is_ours` raises
    GatewayUnavailable."""

    def __init__(self) -> None:
        self._file = EntityFile()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, since: datetime, until: datetime, *, disputes_since: datetime | None = None) -> Self:
        """Reads the lists; that of disputes from `disputes_since`, if given."""
        end = int(until.timestamp())
        for period in _weeks(int(since.timestamp()), end):
            self._file.add_orders(razorpay.list_orders(*period))
            self._file.add_payments(razorpay.list_payments(*period))
            self._file.add_refunds(razorpay.list_refunds(*period))
        self._file.add_disputes(razorpay.list_disputes(int((disputes_since or since).timestamp()), end))
        return self

    @property
    def unreadable(self) -> list[str]:
        """The ids of entities without the documented form, which are left out."""
        return self._file.unreadable

    @property
    def payments_without_order(self) -> int:
        """The number of payments without an order. Other products made them: each of our payments has an order."""
        return int(self._file.value("SELECT COUNT(*) FROM payments WHERE order_id = ''"))

    @property
    def refund_count(self) -> int:
        """The number of refunds in the period, of any product."""
        return int(self._file.value("SELECT COUNT(*) FROM refunds"))

    @property
    def dispute_count(self) -> int:
        """The number of disputes that were read, of any product."""
        return int(self._file.value("SELECT COUNT(*) FROM disputes"))

    def captured_order_ids(self) -> Iterator[list[str]]:
        """The orders with a capture in the period, a hundred at a time. Those whose money was kept come first: of two
        orders of a learner, they must be settled first."""
        return self._file.batches(
            "SELECT order_id FROM payments WHERE is_captured AND order_id != '' GROUP BY order_id "  # noqa: S608
            f"ORDER BY MAX({MONEY_WAS_KEPT}) DESC, order_id"
        )

    def is_kept(self, order_id: str) -> bool:
        """Whether a capture on the order was neither refunded in full nor lost in a dispute."""
        select = f"SELECT 1 FROM payments WHERE order_id = ? AND {MONEY_WAS_KEPT}"  # noqa: S608
        return bool(self._file.value(select, order_id))

    def own_orders(self) -> Iterator[list[Json]]:
        """The orders of the period that this stage created, a hundred at a time."""
        for batch in self._file.batches("SELECT entity FROM orders WHERE is_ours ORDER BY id"):
            yield [json.loads(entity) for entity in batch]

    def order(self, order_id: str) -> Json | None:
        """The order, if it is listed."""
        return next(iter(self._file.entities("orders", "id", order_id)), None)

    def is_ours(self, order_id: str) -> bool:
        """Whether this stage created the order: its notes say so. Other products may use the same account."""
        return self.payer_of(order_id) is not None

    def payer_of(self, order_id: str) -> OrderPayer | None:
        """The learner in the notes of an order of this stage; None for an order of another product. Raises
        GatewayUnavailable."""
        try:
            return payer_from_notes(self.order(order_id) or razorpay.fetch_order(order_id))
        except GatewayRejected:
            return None

    def side(self, order_id: str, expected: Side) -> Side:
        """All captures and refunds of the order at the gateway, of any date, and its disputes of the period. `expected`
        is the local side: its payments and refunds that are not in the lists are fetched."""
        payments = {each["id"]: each for each in self._file.entities("payments", "order_id", order_id)}
        captured = [payment for payment in payments.values() if is_captured(payment)]
        if not payments or not expected.captured.keys() <= {payment["id"] for payment in captured}:
            payments |= {payment["id"]: payment for payment in fetch_payments(order_id)}
            captured = [payment for payment in payments.values() if is_captured(payment)]
        refunds = [refund for payment in captured for refund in self._all_refunds_of(payment, expected)]
        return gateway_side(captured, refunds, self.disputes_of(payment["id"] for payment in captured))

    def disputes_of(self, payment_ids: Iterable[str]) -> list[Json]:
        """The disputes of the payments in the period."""
        return [
            each for payment_id in payment_ids for each in self._file.entities("disputes", "payment_id", payment_id)
        ]

    def captures_if_disputed(self, order_id: str) -> list[Captured]:
        """The captures on the order, of the period, if there is a dispute of one of them."""
        entities = self._file.entities("payments", "order_id", order_id)
        if not self.disputes_of(payment["id"] for payment in entities):
            return []
        found = [evidence for payment in entities for evidence in razorpay_evidence.from_payment(payment)]
        return [replace(each, has_pending_evidence=True) for each in found if isinstance(each, Captured)]

    def returned_of(self, capture: Captured) -> Returned:
        """What was returned of the capture, as far as the lists of the period know."""
        entities = self._file.entities("refunds", "payment_id", capture.payment_id)
        refunds = [razorpay_evidence.from_refund(refund) for refund in entities]
        made = [refund.amount for refund in refunds if not refund.status.has_failed]
        return Returned(
            all=sum(made) >= capture.amount or self._is_lost(capture.payment_id),
            any=bool(made or self.disputes_of([capture.payment_id])),
            by_request=any(refund.request_key for refund in refunds),
        )

    def _is_lost(self, payment_id: str) -> bool:
        return bool(self._file.value("SELECT 1 FROM disputes WHERE payment_id = ? AND is_lost", payment_id))

    def returns_of(self, payment_ids: Iterable[str]) -> list[Refunded | DisputeReported]:
        """The refunds and disputes of the payments in the period, as evidence."""
        ids = list(payment_ids)
        refunds = [each for payment_id in ids for each in self._file.entities("refunds", "payment_id", payment_id)]
        return [
            *(razorpay_evidence.from_refund(refund) for refund in refunds),
            *(razorpay_evidence.from_dispute(dispute) for dispute in self.disputes_of(ids)),
        ]

    def concerns(self, payment_ids: Iterable[str]) -> bool:
        """Whether a refund or a dispute of one of the payments is in the period."""
        select = (
            "SELECT 1 FROM (SELECT payment_id FROM refunds UNION ALL SELECT payment_id FROM disputes) "
            "WHERE payment_id = ? LIMIT 1"
        )
        return any(self._file.value(select, payment_id) for payment_id in payment_ids)

    def has_unreadable_return(self, payment_ids: Iterable[str]) -> bool:
        """Whether a refund or a dispute of one of the payments in the period cannot be read."""
        select = "SELECT 1 FROM unreadable_returns WHERE payment_id = ?"
        return any(self._file.value(select, payment_id) for payment_id in payment_ids)

    def orders_with_unreadable_returns(self) -> Iterator[list[str]]:
        """The orders of the payments in the period of which a refund or a dispute cannot be read."""
        return self._file.batches(
            "SELECT DISTINCT order_id FROM payments WHERE order_id != '' AND id IN "
            "(SELECT payment_id FROM unreadable_returns) ORDER BY order_id"
        )

    def mark_compared(self, order_id: str, payment_ids: Iterable[str]) -> None:
        self._file.add_ids("compared_orders", [order_id])
        self._file.add_ids("compared_payments", payment_ids)

    def was_compared(self, order_id: str) -> bool:
        return bool(self._file.value("SELECT 1 FROM compared_orders WHERE id = ?", order_id))

    def payments_to_look_up(self) -> Iterator[list[str]]:
        """The payments with a refund or a dispute in the period that were not compared, and are not listed."""
        return self._file.batches(
            "SELECT payment_id FROM (SELECT payment_id FROM refunds UNION SELECT payment_id FROM disputes) "
            "WHERE payment_id NOT IN (SELECT id FROM payments) ORDER BY payment_id"
        )

    def was_payment_compared(self, payment_id: str) -> bool:
        return bool(self._file.value("SELECT 1 FROM compared_payments WHERE id = ?", payment_id))

    def _all_refunds_of(self, payment: Json, expected: Side) -> Iterable[Json]:
        """All refunds of the payment. They are fetched if the list of the period does not contain all of them."""
        listed = {each["id"]: each for each in self._file.entities("refunds", "payment_id", payment["id"])}
        amount = sum(refund["amount"] for refund in listed.values() if refund["status"] not in ("failed", "reversed"))
        if amount == (payment.get("amount_refunded") or 0) and expected.refunds.keys() <= listed.keys():
            return listed.values()
        return razorpay.fetch_refunds_of(payment["id"])


def _weeks(since: int, until: int) -> Iterator[tuple[int, int]]:
    """The period in parts of a week: reading a list takes memory for the ids of its items."""
    while since <= until:
        yield since, min(since + _WEEK - 1, until)
        since += _WEEK
