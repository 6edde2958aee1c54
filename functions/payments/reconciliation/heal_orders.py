"""Settles the orders that differ from the gateway's lists.

Evidence in a listed refund or dispute is applied at once. Otherwise the order is polled like any other: the poll
fetches everything that the gateway knows of it now, and applies it in a safe order; a page of a list may contain only a
part. A difference that remains after the poll is stored for an admin."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Final

from functions.payments.checkout.adopt_order import adopt_order
from functions.payments.polling.poll_order import poll_order
from functions.payments.reconciliation.open_differences import (
    OpenDifferences,
    current_differences,
    differences_on_hold,
)
from shared.db.entities import Payment
from shared.db.payments import payments
from shared.domain.reconciliation import PassCounts
from shared.errors import GatewayBusy, GatewayUnavailable
from shared.gateways.razorpay import GatewayRejected, Json
from shared.history_kinds import Source
from shared.observability import logger
from shared.settlement.evidence import Evidence
from shared.settlement.settle import settle

SECONDS_PER_ORDER: Final = 30
"""Longer than a poll takes at worst."""
_MAX_CONSECUTIVE_TIMEOUTS: Final = 3


class OutOfTime(Exception):
    """The time of the invocation ends: the slice is repeated by the next run."""


class Healing(StrEnum):
    HEALED = auto()
    OPEN = auto()
    """A difference remains: it is stored for an admin."""
    NOT_OURS = auto()
    """Another product created the order."""


@dataclass(frozen=True)
class Suspect:
    """An order that differs from a list, or is unknown here. `is_recorded` says whether the payment as stored contains
    what the list showed. `evidence` is what the list proves about refunds and disputes: it is applied without a call,
    and once more after a poll, because it changes nothing while the capture is unknown. `order` is the gateway's order
    entity, if a list contained it."""

    order_id: str
    is_recorded: Callable[[Payment], bool]
    evidence: Sequence[Evidence] = ()
    order: Json | None = None


def never_recorded(_: Payment) -> bool:
    """For a suspect of which no list was read: only the comparison after the poll decides."""
    return False


def heal_order(suspect: Suspect, differences: OpenDifferences, *, requests_refunds: bool = True) -> Healing:
    """Adopts the order if it is unknown and ours, applies the evidence, and polls the order if that was not enough. The
    poll requests due refunds, unless `requests_refunds` is False.

    Raises GatewayUnavailable, MalformedPayload, PaymentContention, StoreUnavailable."""
    order_id = suspect.order_id
    payment = payments.get(order_id) or _adopt(suspect)
    if payment is None:
        return Healing.NOT_OURS
    payment = _apply(payment, suspect.evidence)
    if not suspect.evidence or not suspect.is_recorded(payment):
        payment = _apply(_poll(payment, requests_refunds), suspect.evidence)
    if suspect.is_recorded(payment):
        differences.add(list(differences_on_hold(payment)))
        return Healing.HEALED
    remaining = current_differences(payment)
    differences.replace(order_id, remaining)
    return Healing.OPEN if remaining else Healing.HEALED


def _apply(payment: Payment, evidence: Sequence[Evidence]) -> Payment:
    for each in evidence:
        settled = settle(payment.order_id, each, Source.RECONCILIATION)
        payment = settled.payment if settled else payment
    return payment


def _adopt(suspect: Suspect) -> Payment | None:
    adopt_order(suspect.order_id, suspect.order)
    return payments.get(suspect.order_id)


def _poll(payment: Payment, requests_refunds: bool) -> Payment:
    """Polls the order, and returns the payment as it is stored then. A rejection, such as of a refund without balance,
    is no reason to stop: the poll applied everything else."""
    try:
        poll_order(payment, requests_refunds=requests_refunds)
    except GatewayRejected as error:
        logger().warning("rejected during reconciliation", extra={"order_id": payment.order_id, "why": str(error)})
    return payments.get(payment.order_id) or payment


@dataclass
class Healer:
    """Heals the suspects of a slice, and counts. One order that cannot be settled now does not keep the others from
    it: it is counted as failed, and the next pass meets it again. After three timeouts in a row the other suspects of
    this batch are left to the next pass too, which takes them in another order.

    A 429 ends the slice instead: it says nothing about the order, and every further call would get one too. The
    position stays, so that the next run reads the page again, no suspect is skipped, and the lag counts on until the
    page is done. The orders that were settled before are recorded then, so that every run comes further. The slice does
    not wait: Razorpay's limit is shared with the sweep, for which learners wait."""

    differences: OpenDifferences
    seconds_left: Callable[[], float]
    counts: PassCounts = field(default_factory=PassCounts)
    _timeouts: int = 0

    def count(self, **numbers: int) -> None:
        self.counts += PassCounts(**numbers)

    def heal_all(self, suspects: list[Suspect]) -> None:
        """Raises OutOfTime, and GatewayBusy: the slice must be repeated."""
        self._timeouts = 0
        for suspect in random.sample(suspects, len(suspects)):
            if self.seconds_left() < SECONDS_PER_ORDER:
                raise OutOfTime
            if self._timeouts >= _MAX_CONSECUTIVE_TIMEOUTS:
                self.count(found=1, failed=1)
            else:
                self._heal(suspect)

    def _heal(self, suspect: Suspect) -> None:
        try:
            healing = heal_order(suspect, self.differences)
        except GatewayBusy:
            self._count_failure(suspect)
            raise
        except GatewayUnavailable:
            self._timeouts += 1
            self._count_failure(suspect)
        except Exception:  # noqa: BLE001 (one order must not keep the others from being settled)
            self._count_failure(suspect)
        else:
            self._timeouts = 0
            self._count_result(suspect, healing)

    def _count_failure(self, suspect: Suspect) -> None:
        self.count(found=1, failed=1)
        logger().warning(
            "not reconciled", exc_info=True, extra={"code": "not_reconciled", "order_id": suspect.order_id}
        )

    def _count_result(self, suspect: Suspect, healing: Healing) -> None:
        if healing is Healing.NOT_OURS:
            self.count(not_ours=1)
            return
        self.count(found=1, healed=int(healing is Healing.HEALED))
        logger().info("reconciled", extra={"order_id": suspect.order_id, "healing": healing.value})
