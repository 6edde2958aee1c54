"""I5: a captured amount that differs from the order's needs a rule that explains it."""

import pytest

from cli._payment_matrix import AMOUNT, NOW, ORDER_ID, make_payment
from functions.payments.invariants.ledger import build_ledger
from functions.payments.invariants.rules.money import check_captured_amounts
from shared.domain.captures import AmountRule
from shared.domain.lifecycle import PaymentStatus

FEE_ON_TOP, OFFER, ACCEPTED = AmountRule.FEE_ON_TOP, AmountRule.OFFER, AmountRule.ACCEPTED


def breaches(amount: int, rule: AmountRule | None) -> list[str]:
    payment = make_payment(PaymentStatus.CAPTURED, captured_amount=amount, amount_rule=rule)
    return [str(breach) for breach in check_captured_amounts(build_ledger([payment], NOW))]


@pytest.mark.parametrize(
    ("amount", "rule"),
    [
        (0, None),
        (AMOUNT, None),
        (AMOUNT + 1, FEE_ON_TOP),
        (AMOUNT - 1, OFFER),
        (AMOUNT - 1, ACCEPTED),
        (AMOUNT, ACCEPTED),
        (AMOUNT + 1, ACCEPTED),
    ],
)
def test_i5_amount_of_the_order_or_explained_by_a_rule_is_sound(amount: int, rule: AmountRule | None) -> None:
    assert breaches(amount, rule) == []


@pytest.mark.parametrize(
    ("amount", "rule", "named"),
    [
        (AMOUNT + 1, None, ""),
        (AMOUNT - 1, None, ""),
        (AMOUNT, FEE_ON_TOP, " (fee_on_top)"),
        (AMOUNT - 1, FEE_ON_TOP, " (fee_on_top)"),
        (AMOUNT, OFFER, " (offer)"),
        (AMOUNT + 1, OFFER, " (offer)"),
    ],
)
def test_i5_amount_that_no_rule_explains_is_reported(amount: int, rule: AmountRule | None, named: str) -> None:
    assert breaches(amount, rule) == [f"I5 {ORDER_ID}: {amount} captured for an order of {AMOUNT}{named}"]
