"""Mutations of what is sold and what is given back: orders, refunds, access taken."""

from typing import Any

from functions.enrollments import admin
from functions.enrollments import service as enrolling_service
from functions.payments import asking_back, orders, timers
from local.simulation.mutants.planting import Change
from shared import clock
from shared.db import enrollments, payments
from shared.db.base import Item
from shared.enrolling import cancellation
from shared.gateways import razorpay
from shared.history_kinds import Cause, ChangeKind, Source
from shared.lifecycle import EnrollmentStatus, Reason


def refunds_what_was_captured_not_what_is_left() -> list[Change]:
    return [(asking_back, "left_to_refund", lambda payment: payment.captured_amount)]


def refunds_with_a_new_key_each_time() -> list[Change]:
    """And does not ask first what was refunded already."""
    made: list[int] = []

    def refund(payment_id: str, amount: int, key: str) -> Any:
        made.append(amount)
        return asked(payment_id, amount, f"{key}-{len(made)}")

    asked = razorpay.refund
    return [(razorpay, "refund", refund), (razorpay, "fetch_refunds_of", lambda _: [])]


def forgets_the_order_it_replaces() -> list[Change]:
    """The old order is failed and never looked at again, though it can be paid."""

    def replaced(enrollment: Any, now: Any) -> Any:
        found = superseded(enrollment, now)
        return found and (found[0], {**found[1], **timers.no_timer()})

    superseded = orders._superseded
    return [(orders, "_superseded", replaced)]


def makes_an_order_for_every_click() -> list[Change]:
    return [(orders, "_still_payable", lambda *_: False)]


def forgets_an_order_that_was_given_up() -> list[Change]:
    """Who withdraws and comes back gets another order beside the first."""
    return [(orders, "gave_up_order", lambda *_: False)]


def gives_a_paid_order_again() -> list[Change]:
    """Who withdrew and comes back gets the order of then, whatever became of it meanwhile."""
    return [(payments, "_still_open", Item.pk.exists)]


def revokes_and_keeps_the_money() -> list[Change]:
    return [(admin, "_money_back", lambda _: None)]


def overlooks_a_capture_while_access_is_taken() -> list[Change]:
    """Taking access from a payment that is only authorised does not notice that it is captured just then."""
    found = admin._money_back

    def money_back(enrollment: Any) -> Any:
        step = found(enrollment)
        return step if step and step[1] else None

    return [(admin, "_money_back", money_back)]


def lets_a_paid_learner_withdraw() -> list[Change]:
    """And keeps what was paid."""
    withdraw = enrolling_service.withdraw

    def leave(caller: Any, course_id: str) -> Any:
        found = enrolling_service.mine(caller, course_id)
        if found.enrollment.status is not EnrollmentStatus.ACTIVE:
            return withdraw(caller, course_id)
        now, cause = clock.now(), Cause(ChangeKind.WITHDRAWN, Source.LEARNER)
        enrollments.end(found.enrollment, cancellation(Reason.WITHDRAWN, now), cause, now)
        return enrolling_service.mine(caller, course_id)

    return [(enrolling_service, "withdraw", leave)]
