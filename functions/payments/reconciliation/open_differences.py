"""The differences that the reconciliation may not decide: stored for admins while they exist."""

from collections.abc import Iterator

from functions.payments.reconciliation.ledger_comparison import find_differences, local_side
from functions.payments.reconciliation.order_at_gateway import fetch_side
from shared import clock
from shared.db.entities import Payment
from shared.db.payments import reconciliation_state
from shared.db.payments.payment_attributes import extra_captures
from shared.db.payments.reconciliation_state import MAX_OPEN_DIFFERENCES
from shared.domain.lifecycle import StatusReason
from shared.domain.reconciliation import Difference, DifferenceKind
from shared.settlement.balances import on_hold


class OpenDifferences:
    """The stored differences, read once when they are first needed. Raises StoreUnavailable."""

    def __init__(self) -> None:
        self._stored: set[Difference] | None = None

    @property
    def stored(self) -> set[Difference]:
        if self._stored is None:
            self._stored = {each.difference for each in reconciliation_state.list_open()}
        return self._stored

    def replace(self, order_id: str, current: list[Difference]) -> None:
        """Stores the current differences of the order, and deletes those that are gone."""
        for gone in {each for each in self.stored if each.order_id == order_id} - set(current):
            if not any(_is_same_entry(gone, each) for each in current):
                reconciliation_state.delete_difference(gone)
            self.stored.discard(gone)
        self.add(current)

    def add(self, current: list[Difference]) -> None:
        for difference in current:
            if difference not in self.stored and len(self.stored) < MAX_OPEN_DIFFERENCES:
                reconciliation_state.save_difference(difference, clock.now())
                self.stored.add(difference)


def current_differences(payment: Payment) -> list[Difference]:
    """What differs now. Fetches the payments and refunds of the order.

    Raises GatewayUnavailable, MalformedPayload."""
    local = local_side(payment)
    gateway = fetch_side(payment.order_id)
    return [*find_differences(payment.order_id, gateway, local, payment.status), *differences_on_hold(payment)]


def differences_on_hold(payment: Payment) -> Iterator[Difference]:
    """The captures of the order that are on hold: an admin accepts or refunds them."""
    captures = extra_captures(payment)
    kind = DifferenceKind.AMOUNT_UNEXPLAINED
    if payment.reason is StatusReason.ORPHANED:
        kind = DifferenceKind.LEARNER_OR_COURSE_UNKNOWN
    for payment_id in sorted(on_hold(payment)):
        capture = captures[payment_id]
        captured = f"{capture.amount} {capture.currency} captured"
        local = f"on hold, an order of {payment.amount} {payment.currency}"
        yield Difference(kind, payment.order_id, payment_id, captured, local)


def _is_same_entry(one: Difference, other: Difference) -> bool:
    return (one.kind, one.order_id, one.entity_id) == (other.kind, other.order_id, other.entity_id)
