"""What the rule about a revocation by an admin writes, to the last attribute."""

import pytest

from cli._payment_matrix import ENROLLMENTS, NOW, make_payment
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.settlement.decision import Verdict
from shared.settlement.evidence import AccessRevoked
from tests.unit.settlement.expected_changes import ACTIVE_ENROLLMENT, cancellation_changes, poll_in
from tests.unit.settlement.written import Written, decide

REVOKED = AccessRevoked("support")


@pytest.mark.parametrize("name", ["active by this order", "completed by this order"])
def test_decide_revocation_of_captured_basis_ends_access_and_refunds_now(name: str) -> None:
    changes = {"status": PaymentStatus.REFUND_PENDING, "reason": StatusReason.REQUESTED, **poll_in(0)}
    written = decide(make_payment(PaymentStatus.CAPTURED), ENROLLMENTS[name], REVOKED, NOW)
    assert written == Written(Verdict.REFUND_DUE, changes, cancellation_changes(StatusReason.REVOKED))


@pytest.mark.parametrize("status", [each for each in PaymentStatus if each is not PaymentStatus.CAPTURED])
def test_decide_revocation_of_other_basis_ends_access_and_keeps_payment(status: PaymentStatus) -> None:
    written = decide(make_payment(status), ACTIVE_ENROLLMENT, REVOKED, NOW)
    assert written == Written(Verdict.REVOKED, {}, cancellation_changes(StatusReason.REVOKED))


@pytest.mark.parametrize("name", [name for name in ENROLLMENTS if "by this order" not in name])
def test_decide_revocation_of_access_by_another_basis_is_rejected(name: str) -> None:
    for status in PaymentStatus:
        assert decide(make_payment(status), ENROLLMENTS[name], REVOKED, NOW) == Written(Verdict.REJECTED)
