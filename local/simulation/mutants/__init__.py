"""Planted bugs: small mutations of the product, each a mistake somebody has made somewhere. A simulation that does not
find them proves nothing.

Each is a function that says what to put in the place of what, while the bug is planted.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from local.simulation.mutants import deciding, giving, messengers
from local.simulation.mutants.planting import Change, in_place

MUTANTS: Final[dict[str, Callable[[], list[Change]]]] = {
    each.__name__.replace("_", " "): each
    for each in (
        deciding.rejects_money_for_failed_orders,
        deciding.keeps_a_duplicate,
        deciding.overlooks_a_second_capture_on_one_order,
        deciding.ends_any_enrollment_with_a_refund,
        deciding.captures_again_after_a_refund,
        deciding.takes_a_checkout_for_money,
        deciding.forgets_what_is_only_authorised,
        deciding.ends_with_a_failed_attempt,
        deciding.gives_no_course_for_late_money,
        deciding.expires_while_it_can_be_paid,
        deciding.counts_a_refund_for_every_message,
        deciding.overlooks_a_lost_dispute,
        deciding.takes_all_for_a_part_of_a_dispute,
        deciding.forgets_money_of_another_amount,
        deciding.gives_back_what_was_paid_beside_reserved_money,
        deciding.believes_any_amount,
        deciding.believes_a_returned_payment_again,
        messengers.expires_without_condition,
        messengers.takes_a_lost_race_for_a_repetition,
        messengers.expires_without_asking,
        messengers.adopts_nothing,
        messengers.writes_the_inbox_first,
        messengers.sweeps_only_what_is_pending,
        messengers.swallows_an_unclear_event,
        messengers.acknowledges_what_failed,
        messengers.never_captures,
        messengers.verifies_for_anybody,
        messengers.believes_any_signature,
        giving.refunds_what_was_captured_not_what_is_left,
        giving.refunds_with_a_new_key_each_time,
        giving.forgets_the_order_it_replaces,
        giving.makes_an_order_for_every_click,
        giving.forgets_an_order_that_was_given_up,
        giving.gives_a_paid_order_again,
        giving.revokes_and_keeps_the_money,
        giving.overlooks_a_capture_while_access_is_taken,
        giving.lets_a_paid_learner_withdraw,
    )
}


def planted(name: str) -> AbstractContextManager[None]:
    """A context in which the bug of that name is in the product."""
    return in_place(MUTANTS[name]())
