"""What can happen, and how often: name > (weight, what begins it with a learner and a course)."""

from collections.abc import Callable
from functools import partial
from typing import Final

from tests.simulation.actions import admin_actions, capture_actions, learner_actions
from tests.simulation.initial_data import Learner
from tests.simulation.session import SimulationSession

ActionFactory = Callable[[SimulationSession, Learner, str], Callable[[], None]]

ACTIONS: Final[dict[str, tuple[int, ActionFactory]]] = {
    "buys": (30, lambda play, learner, course: partial(learner_actions.buy, play, learner, course)),
    "pays an old order": (8, lambda play, learner, _: partial(learner_actions.pay_earlier_order, play, learner)),
    "comes back": (4, lambda play, learner, _: partial(learner_actions.resubmit_checkout, play, learner)),
    "enrolls": (4, lambda play, learner, course: partial(learner_actions.enroll, play, learner, course)),
    "withdraws": (5, lambda play, learner, course: partial(admin_actions.withdraw_from_course, play, learner, course)),
    "studies": (2, lambda play, learner, course: partial(learner_actions.complete_course, play, learner, course)),
    "asks for a receipt": (3, lambda play, learner, _: partial(learner_actions.request_receipt, play, learner)),
    "intrudes": (3, lambda play, learner, _: partial(learner_actions.submit_forged_checkouts, play, learner)),
    "price": (4, lambda play, _, course: partial(admin_actions.change_price, play, course)),
    "closes": (2, lambda play, _, course: partial(admin_actions.unpublish_and_republish, play, course)),
    "deletes": (1, lambda play, _, course: partial(admin_actions.delete_course, play, course)),
    "grants": (2, lambda play, learner, course: partial(admin_actions.grant_access, play, learner, course)),
    "revokes": (5, lambda play, learner, course: partial(admin_actions.revoke_access, play, learner, course)),
    "refunds": (5, lambda play, _, __: partial(admin_actions.refund_as_admin, play)),
    "captures": (4, lambda play, _, __: partial(capture_actions.capture_random_authorization, play)),
    "dashboard": (4, lambda play, _, __: partial(admin_actions.refund_in_razorpay_dashboard, play)),
    "bank": (2, lambda play, _, __: partial(admin_actions.lose_dispute, play)),
    "refunds fail": (2, lambda play, _, __: partial(admin_actions.fail_refunds_for_a_while, play)),
    "outage": (2, lambda play, _, __: partial(admin_actions.start_gateway_outage, play)),
    "unknown order": (3, lambda play, learner, course: partial(admin_actions.pay_unknown_order, play, learner, course)),
}
LEARNER_ACTIONS: Final = (
    "buys",
    "pays an old order",
    "comes back",
    "enrolls",
    "withdraws",
    "studies",
    "intrudes",
    "asks for a receipt",
)
