"""I20: a learner's approved request has its refund, an open one its captured payment, and it is listed."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from functions.payments.invariants.history import Step
from functions.payments.invariants.ledger import Breach, Ledger
from shared.db.entities import LearnerRequestListing, Payment
from shared.db.payments.learner_requests import learner_request, new_listing
from shared.db.table.unreadable_items import READ_ERRORS
from shared.domain.learner_requests import MAX_REQUESTS, LearnerRequest, RequestState

_REFUND_DEMANDED: Final = frozenset({"refund_pending", "refunded"})
_ENDS: Final = frozenset({"approved", "declined", "withdrawn", "closed"})
_REOPENED_FROM: Final = frozenset({None, "withdrawn", "closed"})


def check_learner_requests(ledger: Ledger) -> Iterator[Breach]:
    """I20. The state of each request agrees with its payment, with its history, and with the list of the admins."""
    for order_id, payment in ledger.payments.items():
        try:
            request = learner_request(payment)
        except READ_ERRORS as error:
            yield Breach("I20", order_id, f"its request cannot be read: {type(error).__name__}: {error}")
            continue
        if request:
            yield from _breaches(order_id, _state_error(payment, request))
            steps = ledger.payment_steps[order_id]
            for text in (*_step_errors(steps), *_closing_errors(steps)):
                yield from _breaches(order_id, text)
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
    return None if payment.status == "captured" else f"its request is open, but the payment is {payment.status}"


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


def _closing_errors(steps: list[Step]) -> Iterator[str]:
    """A request is closed only when the money is gone, or its full refund is demanded: what is under way may fail."""
    status, payment_id = None, None
    for step in steps:
        status, payment_id = step.changes.get("status", status), step.changes.get("payment_id", payment_id)
        request = step.changes.get("learner_request") or {}
        is_about_it = request.get("payment_id") == payment_id
        if request.get("state") == "closed" and is_about_it and status not in _REFUND_DEMANDED:
            yield f"step {step.number} closes a request, but the payment is {status}"


def _listing_error(order_id: str, request: LearnerRequest | None, stored: LearnerRequestListing | None) -> str | None:
    if request is None:
        return "a learner's request is listed that the payment does not have" if stored else None
    if stored is None:
        return f"its request is {request.state}, but has no item of the list"
    expected = new_listing(order_id, request)
    if (stored.listing, stored.state) != (expected.listing, expected.state):
        return f"its request is {request.state}, but its item of the list is {stored.state}"
    return None
