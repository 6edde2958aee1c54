"""What can happen, and how often: name > (weight, what begins it with a learner and a course)."""

from collections.abc import Callable
from functools import partial
from typing import Final

from local.simulation import captures, learners, staff
from local.simulation.cast import Learner
from local.simulation.play import Play

Begin = Callable[[Play, Learner, str], Callable[[], None]]

ACTIONS: Final[dict[str, tuple[int, Begin]]] = {
    "buys": (30, lambda play, learner, course: partial(learners.buy, play, learner, course)),
    "pays an old order": (8, lambda play, learner, _: partial(learners.pay_old_order, play, learner)),
    "comes back": (4, lambda play, learner, _: partial(learners.come_back, play, learner)),
    "enrolls": (4, lambda play, learner, course: partial(learners.enroll, play, learner, course)),
    "withdraws": (5, lambda play, learner, course: partial(staff.withdraw, play, learner, course)),
    "studies": (2, lambda play, learner, course: partial(learners.study, play, learner, course)),
    "asks for a receipt": (3, lambda play, learner, _: partial(learners.ask_for_receipt, play, learner)),
    "intrudes": (3, lambda play, learner, _: partial(learners.intrude, play, learner)),
    "price": (4, lambda play, _, course: partial(staff.change_price, play, course)),
    "closes": (2, lambda play, _, course: partial(staff.close_and_open, play, course)),
    "deletes": (1, lambda play, _, course: partial(staff.delete, play, course)),
    "grants": (2, lambda play, learner, course: partial(staff.grant, play, learner, course)),
    "revokes": (5, lambda play, learner, course: partial(staff.revoke, play, learner, course)),
    "refunds": (5, lambda play, _, __: partial(staff.refund_as_admin, play)),
    "captures": (4, lambda play, _, __: partial(captures.capture_now, play)),
    "dashboard": (4, lambda play, _, __: partial(staff.refund_at_the_gateway, play)),
    "bank": (2, lambda play, _, __: partial(staff.lose_dispute, play)),
    "refunds fail": (2, lambda play, _, __: partial(staff.bad_day_for_refunds, play)),
    "outage": (2, lambda play, _, __: partial(staff.gateway_down, play)),
    "unknown order": (3, lambda play, learner, course: partial(staff.pay_unknown_order, play, learner, course)),
}
BY_LEARNERS: Final = (
    "buys",
    "pays an old order",
    "comes back",
    "enrolls",
    "withdraws",
    "studies",
    "intrudes",
    "asks for a receipt",
)
