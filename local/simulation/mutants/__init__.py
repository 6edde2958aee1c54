"""Planted bugs: small mutations of the product, each a mistake somebody has made somewhere. A simulation that does not
find them proves nothing.

Each is a function that says what to put in the place of what, while the bug is planted.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from local.simulation.mutants import deciding, giving, messengers
from local.simulation.mutants.planting import Patch, apply_patches

PLANTED_BUGS: Final[dict[str, Callable[[], list[Patch]]]] = {
    each.__name__.replace("_", " "): each
    for each in (
        deciding.rejects_captures_on_failed_orders,
        deciding.keeps_a_duplicate_capture,
        deciding.ignores_a_second_capture_on_one_order,
        deciding.cancels_any_enrollment_on_a_refund,
        deciding.captures_again_after_a_refund,
        deciding.treats_a_checkout_as_a_capture,
        deciding.stops_polling_authorized_payments,
        deciding.fails_the_order_on_a_failed_attempt,
        deciding.grants_no_access_for_a_late_capture,
        deciding.expires_an_order_inside_its_window,
        deciding.counts_a_refund_for_every_webhook,
        deciding.ignores_a_lost_dispute,
        deciding.reverses_all_for_a_partial_dispute,
        deciding.ignores_a_mismatched_capture,
        deciding.refunds_a_capture_beside_an_authorization,
        deciding.accepts_any_amount,
        deciding.accepts_a_voided_payment_again,
        messengers.expires_without_condition,
        messengers.treats_a_lost_race_as_a_repetition,
        messengers.expires_without_polling_razorpay,
        messengers.adopts_no_orphaned_orders,
        messengers.writes_the_inbox_first,
        messengers.sweeps_only_pending_payments,
        messengers.acknowledges_an_unresolved_event,
        messengers.acknowledges_a_failed_event,
        messengers.never_captures_authorizations,
        messengers.verifies_for_anybody,
        messengers.accepts_any_signature,
        giving.refunds_the_captured_amount_not_the_balance,
        giving.refunds_with_a_new_idempotency_key_each_time,
        giving.stops_polling_a_superseded_order,
        giving.creates_an_order_for_every_click,
        giving.forgets_an_abandoned_order,
        giving.reuses_a_paid_order,
        giving.revokes_without_a_refund,
        giving.ignores_a_capture_during_revocation,
        giving.lets_a_paid_learner_withdraw,
    )
}


def planted_bug(name: str) -> AbstractContextManager[None]:
    """A context in which the bug of that name is in the product."""
    return apply_patches(PLANTED_BUGS[name]())
