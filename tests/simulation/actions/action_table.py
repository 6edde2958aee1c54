"""The actions of a history and their weights: name > (weight, action of a learner on a course)."""

from collections.abc import Callable
from typing import Final

from tests.simulation.actions import (
    admin_actions,
    capture_actions,
    coupon_actions,
    coupon_terms,
    dispute_actions,
    enrollment_actions,
    gateway_actions,
    learner_actions,
    payment_actions,
    racing_actions,
    refund_outcomes,
    request_actions,
    restore_actions,
)
from tests.simulation.initial_data import Learner
from tests.simulation.session import SimulationSession

Action = Callable[[SimulationSession, Learner, str], None]

# The order and the weights are part of a seed's history: a change gives every seed another history.
ACTIONS: Final[dict[str, tuple[int, Action]]] = {
    "buys": (30, learner_actions.buy),
    "pays an earlier order": (8, lambda session, learner, _: payment_actions.pay_earlier_order(session, learner)),
    "pays after a week": (3, lambda session, learner, _: payment_actions.pay_after_a_week(session, learner)),
    "abandons an order": (2, learner_actions.abandon_and_buy),
    "pays two orders": (4, racing_actions.pay_two_orders),
    "pays a withdrawn order": (3, racing_actions.pay_withdrawn_order),
    "resubmits a checkout": (4, lambda session, learner, _: payment_actions.resubmit_checkout(session, learner)),
    "enrolls": (4, learner_actions.enroll),
    "withdraws": (5, enrollment_actions.withdraw_from_course),
    "completes": (3, learner_actions.complete_course),
    "requests a receipt": (2, lambda session, learner, _: learner_actions.request_receipt(session, learner)),
    "forges": (3, lambda session, learner, _: learner_actions.submit_forged_checkouts(session, learner)),
    "price change": (4, lambda session, _, course: admin_actions.change_price(session, course)),
    "unpublish": (2, lambda session, _, course: admin_actions.unpublish_and_republish(session, course)),
    "delete": (1, lambda session, _, course: admin_actions.delete_course(session, course)),
    "grant": (2, enrollment_actions.grant_access),
    "revoke": (5, enrollment_actions.revoke_access),
    "refund": (10, lambda session, *_: admin_actions.refund_as_admin(session)),
    "hold decided": (15, lambda session, *_: admin_actions.decide_on_hold(session)),
    "capture": (6, lambda session, *_: capture_actions.capture_random_authorization(session)),
    "dashboard refund": (4, lambda session, *_: gateway_actions.refund_in_razorpay_dashboard(session)),
    "dispute": (10, lambda session, *_: dispute_actions.open_dispute(session)),
    "dispute changes": (12, lambda session, *_: dispute_actions.change_dispute(session)),
    "refunds fail": (3, lambda session, *_: refund_outcomes.fail_refunds_for_a_while(session)),
    "refund returned": (8, lambda session, *_: refund_outcomes.return_processed_refund(session)),
    "undocumented status": (10, lambda session, *_: refund_outcomes.give_undocumented_status(session)),
    "balance": (2, lambda session, *_: refund_outcomes.empty_balance_for_a_while(session)),
    "outage": (2, lambda session, *_: gateway_actions.start_gateway_outage(session)),
    "unknown order": (3, gateway_actions.pay_unknown_order),
    "other product": (1, lambda session, *_: gateway_actions.pay_by_link_or_qr_code(session)),
    "buys with a coupon": (12, coupon_actions.buy_with_coupon),
    "withdraws and retries": (4, coupon_actions.withdraw_and_retry),
    "exhausts a coupon": (3, lambda session, _, course: coupon_actions.exhaust_coupon(session, course)),
    "asks for a refund": (25, lambda session, *_: request_actions.ask_for_refund(session)),
    "refund request decided": (8, lambda session, *_: request_actions.decide_on_request(session)),
    "switches coupons": (6, coupon_actions.switch_coupons),
    "coupon edit": (5, lambda session, *_: coupon_terms.edit_coupon(session)),
    "sale price": (3, lambda session, _, course: coupon_terms.change_sale(session, course)),
    "coupon lost": (5, coupon_terms.lose_coupon),
    "restore": (3, lambda session, *_: restore_actions.restore_older_table(session)),
}
LEARNER_ACTIONS: Final = (
    "buys",
    "pays an earlier order",
    "pays after a week",
    "abandons an order",
    "pays two orders",
    "pays a withdrawn order",
    "resubmits a checkout",
    "enrolls",
    "withdraws",
    "completes",
    "forges",
    "requests a receipt",
    "buys with a coupon",
    "withdraws and retries",
    "switches coupons",
    "coupon lost",
)
SELF_COUNTING_ACTIONS: Final = frozenset(ACTIONS) - {
    "buys",
    "resubmits a checkout",
    "enrolls",
    "withdraws",
    "completes",
    "requests a receipt",
    "forges",
    "price change",
    "unpublish",
    "delete",
    "grant",
    "revoke",
}
"""Actions that may find nothing to do: they count themselves when they take effect."""


def possible_actions(session: SimulationSession) -> dict[str, int]:
    """The actions that find something to do now, with their weights."""
    has_capture = any(payment.captured for payment in session.ledger.payments.values())
    impossible = {
        "refund": not has_capture,
        "dashboard refund": not has_capture,
        "dispute": not has_capture,
        "dispute changes": not session.ledger.disputes,
        "capture": not any(payment.status == "authorized" for payment in session.ledger.payments.values()),
        "refund returned": not refund_outcomes.refunds_in(session, "processed"),
        "undocumented status": not refund_outcomes.refunds_in(session, "pending"),
        "asks for a refund": not has_capture or not request_actions.captured_payments(session),
        "refund request decided": not request_actions.requested_payments(session),
        "hold decided": not admin_actions.orders_on_hold(session),
        "restore": not session.mode.sweep or not has_capture,
    }
    return {name: weight for name, (weight, _) in ACTIONS.items() if not impossible.get(name)}
