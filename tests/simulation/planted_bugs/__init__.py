"""Planted bugs: small mutations of the product, each a plausible mistake. The simulation must find all of them, or it
proves nothing.

Each is a function that returns the patches that plant the bug.
"""

from contextlib import AbstractContextManager
from typing import Final

from tests.simulation.planted_bugs import decision, entry_points, refunds
from tests.simulation.planted_bugs.patching import PlantedBug, apply_patches

_ANY = ("I1 ", "I2 ", "I3 ", "I4 ", "I5 ", "I6 ", "I7 ", "I9 ", "I12 ", "I14 ", "I15 ", "unhandled ")

_BUGS: Final = (
    (decision.rejects_captures_on_failed_orders, _ANY),
    (decision.keeps_a_duplicate_capture, _ANY),
    (decision.ignores_a_second_capture_on_one_order, _ANY),
    (decision.cancels_any_enrollment_on_a_refund, _ANY),
    (decision.captures_again_after_a_refund, _ANY),
    (decision.treats_a_checkout_as_a_capture, _ANY),
    (decision.stops_polling_authorized_payments, _ANY),
    (decision.fails_the_order_on_a_failed_attempt, _ANY),
    (decision.grants_no_access_for_a_late_capture, _ANY),
    (decision.expires_an_order_inside_its_window, _ANY),
    (decision.counts_a_refund_for_every_webhook, _ANY),
    (decision.ignores_a_lost_dispute, _ANY),
    (decision.reverses_all_for_a_partial_dispute, _ANY),
    (decision.ignores_a_mismatched_capture, _ANY),
    (decision.refunds_a_capture_during_an_authorization, _ANY),
    (decision.accepts_any_amount, _ANY),
    (decision.accepts_a_voided_payment_again, _ANY),
    (entry_points.expires_without_condition, _ANY),
    (entry_points.treats_a_write_conflict_as_a_duplicate, _ANY),
    (entry_points.settle_does_not_check_the_enrollment_it_decided_from, ("I1 not the basis of any access", "I3 paid ")),
    (entry_points.basis_not_checked, ("I1 not the basis of any access", "I3 paid ")),
    (entry_points.expires_without_polling_razorpay, _ANY),
    (entry_points.adopts_no_orphaned_orders, _ANY),
    (entry_points.writes_the_inbox_first, _ANY),
    (entry_points.sweeps_only_pending_payments, _ANY),
    (entry_points.acknowledges_an_unresolved_event, _ANY),
    (entry_points.acknowledges_a_failed_event, _ANY),
    (entry_points.never_captures_authorizations, _ANY),
    (entry_points.captures_whatever_is_authorized, ("I5 asked to capture",)),
    (entry_points.verifies_for_any_user, _ANY),
    (entry_points.accepts_any_signature, _ANY),
    (refunds.refunds_the_captured_amount_not_the_balance, _ANY),
    (refunds.refunds_with_a_new_idempotency_key_each_time, ("I4 the request",)),
    (refunds.refund_key_with_luck_in_it, ("I4 the request",)),
    (refunds.failed_refund_undoes_a_processed_one, ("I4 the request", "I7 ")),
    (refunds.stops_polling_a_superseded_order, _ANY),
    (refunds.creates_an_order_for_every_click, _ANY),
    (refunds.forgets_an_abandoned_order, _ANY),
    (refunds.reuses_a_paid_order, _ANY),
    (refunds.revokes_without_a_refund, _ANY),
    (refunds.ignores_a_capture_during_revocation, _ANY),
    (refunds.lets_a_paid_learner_withdraw, _ANY),
)
"""Each bug, and the breaches that it must cause."""

PLANTED_BUGS: Final = {bug.__name__.replace("_", " "): PlantedBug(bug, breaches) for bug, breaches in _BUGS}


def planted_bug(name: str) -> AbstractContextManager[None]:
    """A context manager that plants the bug of that name in the product."""
    return apply_patches(PLANTED_BUGS[name].plant())
