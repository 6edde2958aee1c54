"""Planted bugs of learners' requests for refunds."""

from dataclasses import replace
from typing import Any

from functions.payments.learner_requests import learner_request_routes, learner_request_service
from functions.payments.refunds.sync_refunds import readable_payment
from shared.db.payments.learner_requests import learner_request
from shared.db.payments.payment_attributes import apply_payment_changes
from shared.domain.changes import PaymentChanges
from shared.domain.learner_requests import ClosedBy, RequestState
from shared.settlement import decide, settled_items
from shared.settlement.decision import Decision, Verdict
from shared.settlement.evidence import DisputeReported, Refunded
from shared.settlement.rules import learner_request_rules
from tests.simulation.planted_bugs.patching import Patch


def approves_without_demanding_the_refund() -> list[Patch]:
    """The approval is stored, and the refund was to be demanded by a second write."""

    def approved(_: Any, __: Any, request: Any, now: Any) -> Decision:
        stored = replace(request, state=RequestState.APPROVED, ended_at=now)
        return Decision(Verdict.RECORDED, PaymentChanges(learner_request=stored))

    return [(learner_request_rules, "_approved", approved)]


def leaves_the_request_of_refunded_money_open() -> list[Patch]:
    return [(decide, "with_closed_request", lambda _, decision, *__: decision)]


def closes_the_request_when_a_refund_merely_begins() -> list[Patch]:
    """Nothing is left to refund now, so nothing is left to approve: the refund may fail, and the dispute be won."""
    closed = learner_request_rules.with_closed_request

    def with_closed_request(payment: Any, decision: Any, evidence: Any, now: Any) -> Any:
        request, after = learner_request(payment), apply_payment_changes(payment, decision.payment)
        may_close = isinstance(evidence, Refunded | DisputeReported)
        if (
            not may_close
            or request is None
            or not request.is_open
            or after.status != "captured"
            or learner_request_rules.waits_for(after) is None
        ):
            return closed(payment, decision, evidence, now)
        ended = replace(request, state=RequestState.CLOSED, ended_at=now, closed_by=ClosedBy.REFUND)
        return replace(decision, payment=replace(decision.payment, learner_request=ended))

    return [(decide, "with_closed_request", with_closed_request)]


def keeps_listing_an_ended_request() -> list[Patch]:
    """Only the learner and the admins write the listing, not what closes a request in passing."""
    listing_of = settled_items.request_listing

    def request_listing(payment: Any, decision: Any) -> Any:
        listing = listing_of(payment, decision)
        return None if listing and listing.state is RequestState.CLOSED else listing

    return [(settled_items, "request_listing", request_listing)]


def decides_a_request_that_has_ended() -> list[Patch]:
    """The admin's page said that it is open."""
    decided = learner_request_rules._decided

    def decide_again(payment: Any, enrollment: Any, evidence: Any, now: Any) -> Decision:
        request = learner_request_rules._current(payment)
        if request is None or request.is_open or payment.status != "captured":
            return decided(payment, enrollment, evidence, now)
        reopened = replace(request, decided_by=evidence.admin_id, note=evidence.note)
        return learner_request_rules._approved(payment, enrollment, reopened, now)

    return [(learner_request_rules, "_decided", decide_again)]


def decides_whichever_request_is_open() -> list[Patch]:
    """The admin has read an earlier one, which the learner took back."""
    decided, require = learner_request_rules._decided, learner_request_service._require_decidable

    def decide_current(payment: Any, enrollment: Any, evidence: Any, now: Any) -> Decision:
        request = learner_request_rules._current(payment)
        number = request.number if request else evidence.number
        return decided(payment, enrollment, replace(evidence, number=number), now)

    def require_decidable(payment: Any, number: int) -> None:
        request = learner_request(payment)
        require(payment, request.number if request else number)

    return [
        (learner_request_rules, "_decided", decide_current),
        (learner_request_service, "_require_decidable", require_decidable),
    ]


def finds_the_payment_of_any_learner() -> list[Patch]:
    return [(learner_request_routes, "readable_payment", lambda order_id, _: readable_payment(order_id))]
