"""All flows of a purchase."""

from tests.fault_injection.admin_flows import Grant, PartialRefund, Refund, RefundHeldPayment, Revoke
from tests.fault_injection.flow import Flow
from tests.fault_injection.learner_flows import CompleteLastLesson, CreateOrder, EnrollFree, Reenroll, Verify, Withdraw
from tests.fault_injection.payment_flows import (
    SweepAuthorizedPayment,
    SweepPaidOrder,
    SweepUnpaidOrder,
    SweepUnwantedCapture,
    WebhookCaptured,
    WebhookMismatchedAmount,
    WebhookOrderPaid,
    WebhookOrphanedOrder,
    WebhookReplacingAuthorization,
)

FLOWS: list[type[Flow]] = [
    EnrollFree,
    CreateOrder,
    Verify,
    WebhookCaptured,
    WebhookOrderPaid,
    WebhookOrphanedOrder,
    SweepPaidOrder,
    SweepAuthorizedPayment,
    SweepUnpaidOrder,
    SweepUnwantedCapture,
    Refund,
    PartialRefund,
    Withdraw,
    CompleteLastLesson,
    Grant,
    Revoke,
    Reenroll,
    WebhookMismatchedAmount,
    WebhookReplacingAuthorization,
    RefundHeldPayment,
]
