"""Planted bugs: small mutations of the product, each a plausible mistake. The simulation must find all of them, or it
proves nothing.

Each is a function that returns the patches that plant the bug.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from tests.simulation.planted_bugs import decision, entry_points, refunds
from tests.simulation.planted_bugs.patching import Patch, apply_patches

PLANTED_BUGS: Final[dict[str, Callable[[], list[Patch]]]] = {
    bug.__name__.replace("_", " "): bug
    for bug in (
        decision.rejects_captures_on_failed_orders,
        decision.keeps_a_duplicate_capture,
        decision.ignores_a_second_capture_on_one_order,
        decision.cancels_any_enrollment_on_a_refund,
        decision.captures_again_after_a_refund,
        decision.treats_a_checkout_as_a_capture,
        decision.stops_polling_authorized_payments,
        decision.fails_the_order_on_a_failed_attempt,
        decision.grants_no_access_for_a_late_capture,
        decision.expires_an_order_inside_its_window,
        decision.counts_a_refund_for_every_webhook,
        decision.ignores_a_lost_dispute,
        decision.reverses_all_for_a_partial_dispute,
        decision.ignores_a_mismatched_capture,
        decision.refunds_a_capture_during_an_authorization,
        decision.accepts_any_amount,
        decision.accepts_a_voided_payment_again,
        entry_points.expires_without_condition,
        entry_points.treats_a_write_conflict_as_a_duplicate,
        entry_points.expires_without_polling_razorpay,
        entry_points.adopts_no_orphaned_orders,
        entry_points.writes_the_inbox_first,
        entry_points.sweeps_only_pending_payments,
        entry_points.acknowledges_an_unresolved_event,
        entry_points.acknowledges_a_failed_event,
        entry_points.never_captures_authorizations,
        entry_points.verifies_for_any_user,
        entry_points.accepts_any_signature,
        refunds.refunds_the_captured_amount_not_the_balance,
        refunds.refunds_with_a_new_idempotency_key_each_time,
        refunds.stops_polling_a_superseded_order,
        refunds.creates_an_order_for_every_click,
        refunds.forgets_an_abandoned_order,
        refunds.reuses_a_paid_order,
        refunds.revokes_without_a_refund,
        refunds.ignores_a_capture_during_revocation,
        refunds.lets_a_paid_learner_withdraw,
    )
}


def planted_bug(name: str) -> AbstractContextManager[None]:
    """A context manager that plants the bug of that name in the product."""
    return apply_patches(PLANTED_BUGS[name]())
