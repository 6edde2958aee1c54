"""Planted bugs of learners' requests for refunds."""

from dataclasses import replace
from typing import Any

from functions.payments.learner_requests import learner_request_routes
from functions.payments.refunds.sync_refunds import readable_payment
from shared.domain.changes import PaymentChanges
from shared.domain.learner_requests import RequestState
from shared.settlement import decide, settled_items
from shared.settlement.decision import Decision, Verdict
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


def finds_the_payment_of_any_learner() -> list[Patch]:
    return [(learner_request_routes, "readable_payment", lambda order_id, _: readable_payment(order_id))]
