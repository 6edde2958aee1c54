"""I20: a learner's approved request has its refund, and an open one can still be approved and is listed."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from functions.payments.invariants.history import Step
from functions.payments.invariants.ledger import Breach, Ledger
from shared.db.entities import LearnerRequestListing, Payment
from shared.db.payments.learner_requests import learner_request, new_listing
from shared.db.payments.payment_attributes import primary_capture
from shared.domain.learner_requests import MAX_REQUESTS, LearnerRequest, RequestState
from shared.settlement.balances import has_open_dispute, unrequested_balance

_REFUND_DEMANDED: Final = frozenset({"refund_pending", "refunded"})
_ENDS: Final = frozenset({"approved", "declined", "withdrawn", "closed"})
_REOPENED_FROM: Final = frozenset({None, "withdrawn", "closed"})


def check_learner_requests(ledger: Ledger) -> Iterator[Breach]:
    """I20. The state of each request agrees with its payment, with its history, and with the list of the admins."""
    for order_id, payment in ledger.payments.items():
        request = learner_request(payment)
        if request:
            yield from _breaches(order_id, _state_error(payment, request))
            for error in _step_errors(ledger.payment_steps[order_id]):
                yield from _breaches(order_id, error)
        yield from _breaches(order_id, _listing_error(order_id, request, ledger.learner_requests.get(order_id)))
    for order_id in ledger.learner_requests.keys() - ledger.payments.keys():
        yield from _breaches(order_id, "a learner's request is listed, but there is no such payment")


def _breaches(order_id: str, error: str | None) -> Iterator[Breach]:
    if error:
        yield Breach("I20", order_id, error)


def _state_error(payment: Payment, request: LearnerRequest) -> str | None:
    if request.number > MAX_REQUESTS:
        return f"it has {request.number} requests of the learner"
    if payment.payment_id != request.payment_id:
        return "its open request is about another payment" if request.is_open else None
    if request.state is RequestState.APPROVED and payment.status not in _REFUND_DEMANDED:
        return f"its request is approved, but the payment is {payment.status}"
    if not request.is_open:
        return None
    if payment.status != "captured" or unrequested_balance(payment) <= 0:
        return f"its request is open, but the payment is {payment.status} with nothing left to refund"
    return "its request is open, but a dispute is open too" if has_open_dispute(primary_capture(payment)) else None


def _step_errors(steps: list[Step]) -> Iterator[str]:
    """Each step of a request ends an open one, or makes a new one; an approval demands the refund in its own step."""
    changed = [step for step in steps if "learner_request" in step.changes]
    for before, step in pairwise([None, *changed]):
        known: dict[str, Any] = before.changes["learner_request"] if before else {}
        found: dict[str, Any] = step.changes["learner_request"] if step else {}
        if step and found["state"] == "approved" and step.changes.get("status") != "refund_pending":
            yield f"step {step.number} approves a request, and demands no refund"
        is_same = (known.get("payment_id"), known.get("number")) == (found["payment_id"], found["number"])
        if is_same and not (known["state"] == "open" and found["state"] in _ENDS):
            yield f"a request goes from {known['state']} to {found['state']}"
        if not is_same and known.get("payment_id") == found["payment_id"] and known["state"] not in _REOPENED_FROM:
            yield f"a request follows one that is {known['state']}"


def _listing_error(order_id: str, request: LearnerRequest | None, stored: LearnerRequestListing | None) -> str | None:
    if request is None:
        return "a learner's request is listed that the payment does not have" if stored else None
    if stored is None:
        return f"its request is {request.state}, but has no item of the list"
    expected = new_listing(order_id, request)
    if (stored.listing, stored.state) != (expected.listing, expected.state):
        return f"its request is {request.state}, but its item of the list is {stored.state}"
    return None
