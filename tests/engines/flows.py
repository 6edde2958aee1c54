"""The flows a purchase is made of."""

from tests.engines.flow import Flow
from tests.engines.flows_of_admins import Grant, PartialRefund, Refund, RefundHeldPayment, Revoke
from tests.engines.flows_of_learners import CompleteLastLesson, CreateOrder, EnrollFree, Reenroll, Verify, Withdraw
from tests.engines.flows_of_money import (
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
