"""Conversion between typed changes of payments and enrollments and their stored attributes."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from cli._payment_matrix import AMOUNT, NOW, ORDER_ID, make_enrollment, make_payment
from shared.db.enrollments.enrollment_attributes import enrollment_attributes
from shared.db.entities import Enrollment, Payment
from shared.db.payments.payment_attributes import (
    apply_payment_changes,
    extra_captures,
    payment_attributes,
    primary_capture,
    refund_requests,
    voided_payment_ids,
)
from shared.domain.captures import (
    CapturedPayment,
    Dispute,
    DisputeStatus,
    Refund,
    RefundRequest,
    RefundStatus,
    Reversal,
    ReversalOrigin,
)
from shared.domain.changes import EnrollmentChanges, Order, PaymentChanges
from shared.domain.learner_requests import LearnerRequest, RequestState
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason

EXTRA_CAPTURE = {
    "amount": 100,
    "currency": "USD",
    "refunds": {"rfnd_1": {"amount": 40, "status": "processed"}, "rfnd_2": {"amount": 60, "status": "failed"}},
    "other_returns": {"disp_1": {"amount": 10, "by": "dispute"}, "by hand UTR1": {"amount": 5, "by": "hand"}},
    "held": True,
    "refused": "no balance",
    "disputes": {
        "disp_1": {
            "amount": 10,
            "currency": "USD",
            "status": "lost",
            "phase": "chargeback",
            "reason": "fraud",
            "respond_by": "2026-11-23T12:00:00.000Z",
            "deducted": 10,
            "as_of": "2026-11-24T12:00:00.000Z",
        },
        "disp_2": {"amount": 9, "currency": "USD", "status": "open", "phase": "", "reason": "", "deducted": 0},
    },
}
EXTRA_CAPTURE_VALUE = CapturedPayment(
    100,
    "USD",
    refunds={"rfnd_1": Refund(40, RefundStatus.PROCESSED), "rfnd_2": Refund(60, RefundStatus.FAILED)},
    reversals={
        "disp_1": Reversal(10, ReversalOrigin.DISPUTE),
        "by hand UTR1": Reversal(5, ReversalOrigin.MANUAL),
    },
    on_hold=True,
    rejection="no balance",
    disputes={
        "disp_1": Dispute(
            10, "USD", DisputeStatus.LOST, "chargeback", "fraud", NOW, deducted=10, as_of=NOW + timedelta(days=1)
        ),
        "disp_2": Dispute(9, "USD", DisputeStatus.OPEN),
    },
)
REQUESTS: dict[str, Any] = {
    "open": {"amount": 100, "refund_id": ""},
    "answered": {"amount": 100, "refund_id": "rfnd_1"},
    "retried": {"amount": 100, "refund_id": "", "failed": 2},
}
REQUEST_VALUES = {
    "open": RefundRequest(100),
    "answered": RefundRequest(100, "rfnd_1"),
    "retried": RefundRequest(100, None, failed=2),
}
ORDER = Order("order_BBBBBBBBBBBBBB", 100, "INR", NOW)


def test_extra_captures_are_read_and_stored_unchanged() -> None:
    without_rejection = {name: value for name, value in EXTRA_CAPTURE.items() if name not in ("refused", "disputes")}
    stored = {"pay_1": EXTRA_CAPTURE, "pay_2": without_rejection | {"held": False, "refunds": {}, "other_returns": {}}}
    values = extra_captures(make_payment(PaymentStatus.CAPTURED, surplus=stored))
    assert values == {"pay_1": EXTRA_CAPTURE_VALUE, "pay_2": CapturedPayment(100, "USD")}
    assert payment_attributes(ORDER_ID, PaymentChanges(extra_captures=values)) == {"surplus": stored}


def test_refund_requests_are_read_and_stored_unchanged() -> None:
    values = refund_requests(make_payment(PaymentStatus.CAPTURED, refund_requests=REQUESTS))
    assert values == REQUEST_VALUES
    assert payment_attributes(ORDER_ID, PaymentChanges(refund_requests=values)) == {"refund_requests": REQUESTS}


def test_primary_capture_has_refunds_reversals_and_rejection_of_payment() -> None:
    payment = make_payment(
        PaymentStatus.CAPTURED,
        refunds=EXTRA_CAPTURE["refunds"],
        other_returns=EXTRA_CAPTURE["other_returns"],
        refund_refused="no balance",
        disputes=EXTRA_CAPTURE["disputes"],
    )
    assert primary_capture(payment) == replace(EXTRA_CAPTURE_VALUE, amount=AMOUNT, currency="INR", on_hold=False)
    assert primary_capture(make_payment(PaymentStatus.PENDING)) == CapturedPayment(0, "INR")


def test_payment_changes_are_stored_under_their_names() -> None:
    changes = PaymentChanges(
        status=PaymentStatus.FAILED,
        reason=None,
        refunds=EXTRA_CAPTURE_VALUE.refunds,
        reversals=EXTRA_CAPTURE_VALUE.reversals,
        disputes=EXTRA_CAPTURE_VALUE.disputes,
        refund_error="no balance",
        voided_payment_ids=("pay_1", "pay_2"),
        next_poll_at=NOW,
    )
    assert payment_attributes(ORDER_ID, changes) == {
        "status": PaymentStatus.FAILED,
        "reason": None,
        "refunds": EXTRA_CAPTURE["refunds"],
        "other_returns": EXTRA_CAPTURE["other_returns"],
        "disputes": EXTRA_CAPTURE["disputes"],
        "refund_refused": "no balance",
        "returned_payment_ids": ["pay_1", "pay_2"],
        "gsi2pk": "DUE#1",
        "gsi2sk": "2026-11-23T12:00:00.000Z",
    }


def test_enrollment_changes_are_stored_under_their_names() -> None:
    enrollment = make_enrollment(EnrollmentStatus.PENDING)
    changes = EnrollmentChanges(
        status=EnrollmentStatus.PENDING, reason=StatusReason.WITHDRAWN, awaited_order=ORDER, pending_until=None
    )
    assert enrollment_attributes(enrollment, changes) == {
        "status": EnrollmentStatus.PENDING,
        "reason": StatusReason.WITHDRAWN,
        "order_id": "order_BBBBBBBBBBBBBB",
        "order_amount": 100,
        "order_currency": "INR",
        "order_window_ends_at": NOW,
        "order_buyer": None,
        "gsi2pk": None,
        "gsi2sk": None,
    }
    removed = enrollment_attributes(enrollment, EnrollmentChanges(awaited_order=None, pending_until=NOW))
    assert removed == {
        "order_id": None,
        "order_amount": None,
        "order_currency": None,
        "order_window_ends_at": None,
        "order_buyer": None,
        "gsi2pk": "DUE#2",
        "gsi2sk": "2026-11-23T12:00:00.000Z",
    }


@pytest.mark.parametrize("value", [NOW + timedelta(minutes=5), None])
def test_next_poll_at_of_payment_equals_the_stored_time(value: Any) -> None:
    payment = apply_payment_changes(make_payment(PaymentStatus.PENDING), PaymentChanges(next_poll_at=value))
    assert payment.next_poll_at == value


def test_voided_payment_ids_of_payment_without_voids_are_empty() -> None:
    assert voided_payment_ids(make_payment(PaymentStatus.PENDING)) == ()
    assert voided_payment_ids(make_payment(PaymentStatus.PENDING, returned_payment_ids=["pay_1"])) == ("pay_1",)


def test_changes_without_fields_store_nothing() -> None:
    assert payment_attributes(ORDER_ID, PaymentChanges()) == {}
    assert enrollment_attributes(make_enrollment(EnrollmentStatus.PENDING), EnrollmentChanges()) == {}


def test_every_field_of_changes_is_stored_in_attributes_of_its_entity() -> None:
    """Uses an empty map or None as the value of each field, where that is one: the test compares names only."""
    request = LearnerRequest(RequestState.OPEN, "pay_1", "changed my mind", 0, NOW)
    others: dict[str, Any] = {"next_poll_at": None, "reason": None, "learner_request": request}
    for field in fields(PaymentChanges):
        value = others.get(field.name, {})
        stored = payment_attributes(ORDER_ID, PaymentChanges(**{field.name: value}))
        assert stored
        assert stored.keys() <= Payment.get_attributes().keys(), field.name
    for field in fields(EnrollmentChanges):
        unset: dict[str, Any] = {field.name: None}
        stored = enrollment_attributes(make_enrollment(EnrollmentStatus.PENDING), EnrollmentChanges(**unset))
        assert stored
        assert stored.keys() <= Enrollment.get_attributes().keys(), field.name
