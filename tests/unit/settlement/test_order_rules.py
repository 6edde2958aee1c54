"""A new order supersedes the pending one: its reason, and how it is polled further."""

from datetime import timedelta

import pytest

from cli._payment_matrix import NOW, make_payment
from shared.domain.changes import PaymentChanges
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.settlement.rules.order_rules import superseded_changes


@pytest.mark.parametrize(
    ("reason", "expected"),
    [(None, StatusReason.SUPERSEDED), (StatusReason.MISMATCH, StatusReason.MISMATCH)],
)
def test_superseded_changes_pending_order_fails_and_keeps_a_mismatch(
    reason: StatusReason | None, expected: StatusReason
) -> None:
    pending = make_payment(PaymentStatus.PENDING, reason=reason)

    assert superseded_changes(pending, NOW) == PaymentChanges(
        status=PaymentStatus.FAILED, reason=expected, next_poll_at=NOW + timedelta(minutes=5)
    )


def test_superseded_changes_order_after_its_final_poll_is_polled_once_more() -> None:
    pending = make_payment(PaymentStatus.PENDING)
    late = NOW + timedelta(days=30)

    assert superseded_changes(pending, late).next_poll_at == late
