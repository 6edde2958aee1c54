"""Which of several captures on an order is settled first, and so becomes the sale."""

from itertools import permutations

import pytest

from cli._payment_matrix import AMOUNT, make_payment
from functions.payments.polling.settling_order import Returned, in_settling_order
from shared.domain.lifecycle import PaymentStatus
from shared.settlement.evidence import Captured

NOTHING = Returned()
PART = Returned(any=True)
REQUESTED = Returned(any=True, by_request=True)
ALL = Returned(all=True, any=True)
ALL_REQUESTED = Returned(all=True, any=True, by_request=True)


@pytest.mark.parametrize(
    "expected",
    [(REQUESTED, NOTHING, PART, ALL_REQUESTED), (NOTHING, ALL_REQUESTED, ALL), (PART, ALL), (REQUESTED, ALL_REQUESTED)],
)
def test_in_settling_order_of_any_list_is_the_sale_first(expected: tuple[Returned, ...]) -> None:
    for listed in permutations(expected):
        captures = [Captured(f"pay_{index}", AMOUNT, "INR") for index, _ in enumerate(listed)]
        returned = dict(zip(captures, listed, strict=True))
        ordered = in_settling_order(make_payment(PaymentStatus.PENDING), captures, returned.__getitem__)
        assert tuple(returned[each] for each in ordered) == expected


def test_in_settling_order_unexplained_amount_is_first() -> None:
    sale, held = Captured("pay_1", AMOUNT, "INR"), Captured("pay_2", AMOUNT - 1, "INR")
    ordered = in_settling_order(make_payment(PaymentStatus.PENDING), [sale, held], lambda _: ALL_REQUESTED)
    assert ordered == [held, sale]
