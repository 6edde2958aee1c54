"""Which payments of another amount than the order's pay for the order, to the paisa."""

import pytest

from cli._payment_matrix import AMOUNT, ENROLLMENTS, EXTRA_PAYMENT_ID, NOW, PAYMENT_ID, make_payment
from shared.domain.captures import AmountRule
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.settlement.decision import Verdict
from shared.settlement.evidence import Authorized, Captured, SignedCheckout
from shared.settlement.rules.amount_rules import DEFAULT_POLICY, AmountCheck, AmountPolicy, check_amount
from tests.unit.settlement.expected_changes import (
    ACTIVE_BY_OTHER_ORDER,
    ACTIVE_ENROLLMENT,
    AUTHORIZED_CHANGES,
    CAPTURED_CHANGES,
    NO_POLL,
    PENDING_ENROLLMENT,
    activation_changes,
    held_changes,
    on_hold_entry,
    pending_payment,
    poll_in,
)
from tests.unit.settlement.written import NO_CHANGE, Written, decide

FEE, OFFER = 1_178, "offer_ANZoaxsOww2X53"
TEN_PERCENT = AmountPolicy(max_offer_percent=10)
STRICT = AmountPolicy(accepts_fee_on_top=False)
PAYMENT = make_payment(PaymentStatus.PENDING)
FEE_UNKNOWN = Authorized(PAYMENT_ID, AMOUNT + FEE, "INR")
OFFERED = Authorized(PAYMENT_ID, AMOUNT - 4_990, "INR", offer_id=OFFER)
"""Ten percent less."""


def captured(amount: int, fee: int | None = FEE, offer_id: str | None = None, currency: str = "INR") -> Captured:
    return Captured(PAYMENT_ID, amount, currency, fee=fee, offer_id=offer_id)


def fees_of(evidence: Captured) -> dict[str, int | None]:
    """The stored fee and tax of a capture."""
    stored = {"gateway_fee": evidence.fee, "gateway_tax": evidence.tax}
    return {name: amount for name, amount in stored.items() if amount is not None}


def test_default_policy_accepts_fee_on_top_and_no_offer() -> None:
    assert AmountPolicy(accepts_fee_on_top=True, max_offer_percent=0) == DEFAULT_POLICY


@pytest.mark.parametrize("policy", [DEFAULT_POLICY, TEN_PERCENT, STRICT])
@pytest.mark.parametrize("fee", [None, 0, FEE])
@pytest.mark.parametrize("offer_id", [None, OFFER])
def test_check_amount_of_the_order_matches(policy: AmountPolicy, fee: int | None, offer_id: str | None) -> None:
    for kind in (Authorized, Captured):
        assert check_amount(PAYMENT, kind(PAYMENT_ID, AMOUNT, "INR", fee=fee, offer_id=offer_id), policy) is (
            AmountCheck.MATCHES
        )
        usd = kind(PAYMENT_ID, AMOUNT, "USD", fee=fee, offer_id=offer_id)
        assert check_amount(PAYMENT, usd, policy) is AmountCheck.UNEXPLAINED


@pytest.mark.parametrize(
    ("evidence", "policy", "expected"),
    [
        (captured(AMOUNT + FEE), DEFAULT_POLICY, AmountCheck.FEE_ON_TOP),
        (captured(AMOUNT + FEE), STRICT, AmountCheck.UNEXPLAINED),
        (captured(AMOUNT + FEE + 1), DEFAULT_POLICY, AmountCheck.UNEXPLAINED),
        (captured(AMOUNT + FEE - 1), DEFAULT_POLICY, AmountCheck.UNEXPLAINED),
        (captured(AMOUNT - FEE), DEFAULT_POLICY, AmountCheck.UNEXPLAINED),
        (captured(AMOUNT + FEE, fee=None), DEFAULT_POLICY, AmountCheck.UNEXPLAINED),
        (captured(AMOUNT + FEE, currency="USD"), DEFAULT_POLICY, AmountCheck.UNEXPLAINED),
        (FEE_UNKNOWN, DEFAULT_POLICY, AmountCheck.FEE_UNKNOWN),
        (FEE_UNKNOWN, STRICT, AmountCheck.UNEXPLAINED),
        (Authorized(PAYMENT_ID, AMOUNT + 1, "INR", fee=1), DEFAULT_POLICY, AmountCheck.FEE_ON_TOP),
        (Authorized(PAYMENT_ID, AMOUNT + 1, "INR", fee=2), DEFAULT_POLICY, AmountCheck.UNEXPLAINED),
        (Authorized(PAYMENT_ID, AMOUNT - 1, "INR"), DEFAULT_POLICY, AmountCheck.UNEXPLAINED),
    ],
)
def test_check_amount_above_the_order_is_explained_by_the_fee_alone(
    evidence: Authorized | Captured, policy: AmountPolicy, expected: AmountCheck
) -> None:
    assert check_amount(PAYMENT, evidence, policy) is expected


@pytest.mark.parametrize(
    ("amount", "offer_id", "percent", "expected"),
    [
        (AMOUNT - 4_990, OFFER, 10, AmountCheck.OFFER),
        (AMOUNT - 4_991, OFFER, 10, AmountCheck.UNEXPLAINED),
        (AMOUNT - 1, OFFER, 10, AmountCheck.OFFER),
        (AMOUNT - 1, None, 10, AmountCheck.UNEXPLAINED),
        (AMOUNT - 1, OFFER, 0, AmountCheck.UNEXPLAINED),
        (AMOUNT + 1, OFFER, 10, AmountCheck.UNEXPLAINED),
        (0, OFFER, 100, AmountCheck.OFFER),
        (0, OFFER, 99, AmountCheck.UNEXPLAINED),
    ],
)
def test_check_amount_below_the_order_is_explained_by_an_offer_within_the_limit(
    amount: int, offer_id: str | None, percent: int, expected: AmountCheck
) -> None:
    policy = AmountPolicy(max_offer_percent=percent)
    assert check_amount(PAYMENT, captured(amount, offer_id=offer_id), policy) is expected


def test_amount_check_names_the_rule_that_accepts_the_amount() -> None:
    accepted = {check: check.rule for check in AmountCheck if check.is_accepted}
    assert accepted == {
        AmountCheck.MATCHES: None,
        AmountCheck.FEE_ON_TOP: AmountRule.FEE_ON_TOP,
        AmountCheck.OFFER: AmountRule.OFFER,
    }
    assert [check.rule for check in AmountCheck if not check.is_accepted] == [None, None]


EXPLAINED_CAPTURES = [
    (captured(AMOUNT + FEE), DEFAULT_POLICY, AmountRule.FEE_ON_TOP),
    (captured(AMOUNT - 4_990, offer_id=OFFER), TEN_PERCENT, AmountRule.OFFER),
]


class TestExplainedCapture:
    @pytest.mark.parametrize(("evidence", "policy", "rule"), EXPLAINED_CAPTURES)
    def test_decide_explained_capture_grants_access_with_the_paid_amount_and_its_rule(
        self, evidence: Captured, policy: AmountPolicy, rule: AmountRule
    ) -> None:
        changes = {**CAPTURED_CHANGES, "captured_amount": evidence.amount, "amount_rule": rule, **fees_of(evidence)}
        for status in (PaymentStatus.PENDING, PaymentStatus.FAILED):
            written = decide(make_payment(status), PENDING_ENROLLMENT, evidence, NOW, policy=policy)
            assert written == Written(Verdict.GRANTED, changes, activation_changes())
        written = decide(make_payment(PaymentStatus.AUTHORIZED), ACTIVE_ENROLLMENT, evidence, NOW, policy=policy)
        assert written == Written(Verdict.CAPTURED, changes)

    @pytest.mark.parametrize(("evidence", "policy", "rule"), EXPLAINED_CAPTURES)
    def test_decide_explained_capture_with_access_by_another_order_is_refunded(
        self, evidence: Captured, policy: AmountPolicy, rule: AmountRule
    ) -> None:
        changes = {
            **CAPTURED_CHANGES,
            "status": PaymentStatus.REFUND_PENDING,
            "reason": StatusReason.DUPLICATE,
            "captured_amount": evidence.amount,
            "amount_rule": rule,
            **fees_of(evidence),
            **poll_in(0),
        }
        written = decide(pending_payment(), ACTIVE_BY_OTHER_ORDER, evidence, NOW, policy=policy)
        assert written == Written(Verdict.REFUND_DUE, changes)

    @pytest.mark.parametrize("evidence", [each for each, *_ in EXPLAINED_CAPTURES])
    def test_decide_explained_capture_without_the_rule_is_on_hold(self, evidence: Captured) -> None:
        failed = {
            "status": PaymentStatus.FAILED,
            "reason": StatusReason.MISMATCH,
            "surplus": on_hold_entry(evidence),
            **poll_in(24 * 60),
        }
        written = decide(pending_payment(), PENDING_ENROLLMENT, evidence, NOW, policy=STRICT)
        assert written == Written(Verdict.ON_HOLD, failed, held_changes())


AUTHORIZATIONS = [(FEE_UNKNOWN, DEFAULT_POLICY), (OFFERED, TEN_PERCENT)]


UNRESOLVED = {"unresolved": {PAYMENT_ID: "2026-11-23T12:00:00.000Z"}}
"""The authorization is noted as an attempt that may succeed."""


class TestAuthorizationOfAnotherAmount:
    """Its capture decides: a rule accepts the offer, and the fee is known then."""

    @pytest.mark.parametrize(("evidence", "policy"), AUTHORIZATIONS)
    def test_decide_authorization_grants_nothing_and_polls_in_15_minutes(
        self, evidence: Authorized, policy: AmountPolicy
    ) -> None:
        for timer in (poll_in(16), NO_POLL):
            for status in (PaymentStatus.PENDING, PaymentStatus.FAILED):
                payment = make_payment(status, **timer)
                written = decide(payment, PENDING_ENROLLMENT, evidence, NOW, policy=policy)
                assert written == Written(Verdict.RECORDED, {**UNRESOLVED, **poll_in(15)})

    @pytest.mark.parametrize(("evidence", "policy"), AUTHORIZATIONS)
    def test_decide_authorization_keeps_an_earlier_poll(self, evidence: Authorized, policy: AmountPolicy) -> None:
        for minutes in (0, 5, 15):
            payment = pending_payment(**poll_in(minutes))
            written = decide(payment, PENDING_ENROLLMENT, evidence, NOW, policy=policy)
            assert written == Written(Verdict.RECORDED, UNRESOLVED)
            again = pending_payment(**UNRESOLVED, **poll_in(minutes))
            assert decide(again, PENDING_ENROLLMENT, evidence, NOW, policy=policy) == NO_CHANGE

    @pytest.mark.parametrize(("evidence", "policy"), AUTHORIZATIONS)
    def test_decide_authorization_keeps_access_that_its_checkout_granted(
        self, evidence: Authorized, policy: AmountPolicy
    ) -> None:
        authorized = make_payment(PaymentStatus.AUTHORIZED)
        assert decide(authorized, ACTIVE_ENROLLMENT, evidence, NOW, policy=policy) == NO_CHANGE

    @pytest.mark.parametrize("policy", [DEFAULT_POLICY, TEN_PERCENT])
    def test_decide_signed_checkout_of_an_amount_not_known_yet_grants_access(self, policy: AmountPolicy) -> None:
        signed = SignedCheckout(PAYMENT_ID)
        written = decide(pending_payment(**poll_in(15)), PENDING_ENROLLMENT, signed, NOW, policy=policy)
        assert written == Written(Verdict.GRANTED, AUTHORIZED_CHANGES | poll_in(15), activation_changes())

    @pytest.mark.parametrize("evidence", [each for each, _ in AUTHORIZATIONS])
    def test_decide_authorization_without_the_rule_is_a_mismatch(self, evidence: Authorized) -> None:
        changes = {"reason": StatusReason.MISMATCH, **UNRESOLVED, **poll_in(24 * 60)}
        written = decide(pending_payment(), PENDING_ENROLLMENT, evidence, NOW, policy=STRICT)
        assert written == Written(Verdict.ON_HOLD, changes)


def test_decide_extra_capture_ignores_the_policy() -> None:
    """A second capture is refunded, whatever explains its amount."""
    second = Captured(EXTRA_PAYMENT_ID, AMOUNT + FEE, "INR", fee=FEE)
    written = decide(make_payment(PaymentStatus.CAPTURED), ENROLLMENTS["active by this order"], second, NOW)
    assert written.verdict is Verdict.REFUND_DUE
    assert "amount_rule" not in written.payment
