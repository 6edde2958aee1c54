"""Planted bugs: small mutations of the product, each a plausible mistake. The simulation must find all of them, or it
proves nothing.

Each is a function that returns the patches that plant the bug.
"""

from contextlib import AbstractContextManager
from typing import Final

from tests.simulation.planted_bugs import (
    coupons,
    decision,
    entry_points,
    learner_requests,
    notes,
    receipts,
    recovery,
    refunds,
)
from tests.simulation.planted_bugs.patching import PlantedBug, apply_patches

_BUGS: Final = (
    (decision.rejects_captures_on_failed_orders, ("I1 refunded as a duplicate of no other capture",)),
    (decision.keeps_a_duplicate_capture, ("I1 not the basis of any access", "I3 paid")),
    (decision.ignores_a_second_capture_on_one_order, ("I1 at Razorpay",)),
    (decision.cancels_any_enrollment_on_a_refund, ("I1 not the basis of any access",)),
    (decision.captures_again_after_a_refund, ("I7 a redelivery changed", "I1 was returned for good")),
    (decision.treats_a_checkout_as_a_capture, ("I1 at Razorpay",)),
    (decision.stops_polling_authorized_payments, ("I6 no poll is scheduled",)),
    (decision.fails_the_order_on_a_failed_attempt, ("I9 withdrawn by",)),
    (decision.grants_no_access_for_a_late_capture, ("I1 refunded as no longer wanted",)),
    (decision.expires_an_order_inside_its_window, ("I9 expired before",)),
    (decision.counts_a_refund_for_every_webhook, ("I1 at Razorpay", "I4 refunded of")),
    (decision.ignores_a_lost_dispute, ("I1 at Razorpay", "I12 was acknowledged, but")),
    (decision.reverses_all_for_a_partial_dispute, ("I1 at Razorpay",)),
    (decision.ignores_a_mismatched_capture, ("I1 at Razorpay", "I12 was acknowledged, but")),
    (decision.refunds_a_capture_during_an_authorization, ("I1 refunded as a duplicate",)),
    (decision.accepts_any_amount, ("I5 captured for an order of",)),
    (decision.accepts_a_voided_payment_again, ("I7 a redelivery changed",)),
    (entry_points.expires_without_condition, ("I9 in the history", "I9 goes from")),
    (entry_points.treats_a_write_conflict_as_a_duplicate, ("I12 not in the inbox",)),
    (entry_points.settle_does_not_check_the_enrollment_it_decided_from, ("I1 not the basis of any access", "I3 paid")),
    (entry_points.basis_not_checked, ("I1 not the basis of any access", "I3 paid")),
    (entry_points.expires_without_polling_razorpay, ("I1 at Razorpay", "I6 polled, but not captured")),
    (entry_points.adopts_no_orphaned_orders, ("I1 no such payment",)),
    (entry_points.writes_the_inbox_first, ("I12 was acknowledged, but", "I1 at Razorpay")),
    (entry_points.sweeps_only_pending_payments, ("I6 scheduled for a poll", "I6 polled, but not captured", "I6 still")),
    (entry_points.acknowledges_an_unresolved_event, ("I1 no such payment",)),
    (entry_points.acknowledges_a_failed_event, ("I12 not in the inbox",)),
    (entry_points.never_captures_authorizations, ("I6 polled, but not captured",)),
    (entry_points.captures_whatever_is_authorized, ("I5 asked to capture",)),
    (entry_points.verifies_for_any_user, ("I14 forged checkout",)),
    (entry_points.accepts_any_signature, ("I14 forged checkout",)),
    (refunds.refunds_the_captured_amount_not_the_balance, ("I6 still refund_pending", "I4 refunded of")),
    (refunds.refunds_with_a_new_idempotency_key_each_time, ("I4 the request",)),
    (refunds.refund_key_with_luck_in_it, ("I4 the request",)),
    (refunds.failed_refund_undoes_a_processed_one, ("I4 the request", "I7 a redelivery changed")),
    (refunds.stops_polling_a_superseded_order, ("I6 no poll is scheduled",)),
    (refunds.creates_an_order_for_every_click, ("I3 could be paid",)),
    (refunds.forgets_an_abandoned_order, ("I3 could be paid",)),
    (refunds.reuses_a_paid_order, ("I6 waits for",)),
    (refunds.revokes_without_a_refund, ("I1 not the basis of any access",)),
    (refunds.ignores_a_capture_during_revocation, ("I1 not the basis of any access",)),
    (refunds.lets_a_paid_learner_withdraw, ("I1 not the basis of any access",)),
    (coupons.releases_a_use_twice, ("I19 uses are counted", "I19 uses are taken from")),
    (coupons.counts_a_redemption_twice, ("I19 uses are counted", "I19 uses are taken from")),
    (coupons.keeps_the_claim_of_an_order_for_ever, ("I19 is not given back",)),
    (coupons.gives_the_claim_of_a_superseded_order_back_at_once, ("I19 does not take it over",)),
    (coupons.keeps_the_claim_that_another_order_takes_over, ("I19 uses are",)),
    (coupons.waits_for_the_coupon, ("unhandled ClaimNotWritten",)),
    (coupons.forgets_a_claim_that_is_due, ("I19 its claim is",)),
    (coupons.late_money_takes_from_the_limit, ("I19 uses are taken",)),
    (learner_requests.approves_without_demanding_the_refund, ("I20 demands no refund", "I20 its request is approved")),
    (learner_requests.leaves_the_request_of_refunded_money_open, ("I20 its request is open, but",)),
    (learner_requests.closes_the_request_when_a_refund_merely_begins, ("I20 closes a request, but",)),
    (learner_requests.keeps_listing_an_ended_request, ("I20 but its item of the list is",)),
    (learner_requests.decides_a_request_that_has_ended, ("I20 a request goes from",)),
    (learner_requests.decides_whichever_request_is_open, ("I12 a request was",)),
    (learner_requests.finds_the_payment_of_any_learner, ("I14 another learner's refund request",)),
    (receipts.names_the_buyer_of_the_profile, ("I15 the receipt does not name the buyer",)),
    (recovery.ignores_the_numbers_of_replaced_tables, ("I15 was given out twice", "I18 was given out twice")),
    (notes.writes_no_note_when_a_credit_is_taken_back, ("I18 but its notes are over",)),
    (notes.counts_no_credit_notes_in_the_month, ("I13 documents of",)),
)
"""Each bug, and the breaches that it must cause."""

PLANTED_BUGS: Final = {bug.__name__.replace("_", " "): PlantedBug(bug, breaches) for bug, breaches in _BUGS}


def planted_bug(name: str) -> AbstractContextManager[None]:
    """A context manager that plants the bug of that name in the product."""
    return apply_patches(PLANTED_BUGS[name].plant())
