"""Planted bugs of orders, refunds and revocations."""

from dataclasses import replace
from typing import Any

from functions.enrollments import grants
from functions.enrollments import service as enrolling_service
from functions.payments.checkout import earlier_orders, orders
from functions.payments.refunds import execute_refunds
from shared import clock
from shared.db.enrollments import enrollments
from shared.db.payments import order_writes
from shared.db.table.base import Item
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason
from shared.enrollment_rules import cancellation_changes
from shared.gateways import razorpay
from shared.history_kinds import Cause, ChangeKind, Source
from shared.settlement.rules import request_rules
from shared.settlement.rules.order_rules import superseded_changes
from tests.simulation.planted_bugs.patching import Patch


def refunds_the_captured_amount_not_the_balance() -> list[Patch]:
    return [(execute_refunds, "unrequested_balance", lambda payment: payment.captured_amount)]


def refunds_with_a_new_idempotency_key_each_time() -> list[Patch]:
    """And does not read the existing refunds first."""
    return [*refund_key_with_luck_in_it(), (execute_refunds, "sync_refunds", lambda *_: [])]


def refund_key_with_luck_in_it() -> list[Patch]:
    """The existing refunds are read first, but two functions may do so at once."""
    real_refund = razorpay.refund
    requests: list[int] = []

    def refund(payment_id: str, amount: int, key: str, notes: Any = None) -> Any:
        requests.append(amount)
        return real_refund(payment_id, amount, f"{key}-{len(requests)}", notes)

    return [(razorpay, "refund", refund)]


def failed_refund_undoes_a_processed_one() -> list[Patch]:
    """A repeated message about a failed refund opens the request again, which a later refund has answered."""
    real_rule = request_rules._after_refund

    def after_refund(key: str, request: Any, evidence: Any, status: Any) -> Any:
        answered = real_rule(key, request, evidence, status)
        undone = status.has_failed and evidence.refund_id in request.failed_refunds
        return replace(answered, refund_id=None, failed=request.failed + 1) if undone else answered

    return [(request_rules, "_after_refund", after_refund)]


def stops_polling_a_superseded_order() -> list[Patch]:
    """The superseded order has failed and is not polled again, although it can be paid."""
    real_superseded = superseded_changes

    def superseded(payment: Any, now: Any) -> Any:
        return replace(real_superseded(payment, now), next_poll_at=None)

    return [(earlier_orders, "superseded_changes", superseded)]


def creates_an_order_for_every_click() -> list[Patch]:
    return [(orders, "is_still_offered", lambda *_: False)]


def forgets_an_abandoned_order() -> list[Patch]:
    """A learner who withdraws and enrolls again gets a second payable order."""
    return [(orders, "has_resumable_order", lambda *_: False)]


def reuses_a_paid_order() -> list[Patch]:
    """A learner who enrolls again gets the earlier order, even when it has been paid meanwhile."""
    return [(order_writes, "_is_resumable", Item.pk.exists)]


def revokes_without_a_refund() -> list[Patch]:
    return [(grants, "_payment_of_access", lambda _: None)]


def ignores_a_capture_during_revocation() -> list[Patch]:
    """Revoking access that an authorization granted does not detect a concurrent capture."""
    real_payment_of_access = grants._payment_of_access

    def payment_of_access(enrollment: Any) -> Any:
        payment = real_payment_of_access(enrollment)
        return payment if payment and payment.status is PaymentStatus.CAPTURED else None

    return [(grants, "_payment_of_access", payment_of_access)]


def lets_a_paid_learner_withdraw() -> list[Patch]:
    """Without a refund."""
    real_withdraw = enrolling_service.withdraw

    def withdraw(caller: Any, course_id: str) -> Any:
        found = enrolling_service.get_mine(caller, course_id)
        if found.enrollment.status is not EnrollmentStatus.ACTIVE:
            return real_withdraw(caller, course_id)
        now, cause = clock.now(), Cause(ChangeKind.WITHDRAWN, Source.LEARNER)
        enrollments.end(found.enrollment, cancellation_changes(StatusReason.WITHDRAWN, now), cause, now)
        return enrolling_service.get_mine(caller, course_id)

    return [(enrolling_service, "withdraw", withdraw)]
