"""The flows a purchase is made of."""

from tests.engines.flow import Flow
from tests.engines.flows_of_admins import Grant, Refund, RefundOfAPart, RefundOfWhatIsHeld, Revoke
from tests.engines.flows_of_learners import ComeBack, CompletingTick, CreateOrder, EnrollFree, Verify, Withdraw
from tests.engines.flows_of_money import (
    SweepOfAuthorized,
    SweepOfPaid,
    SweepOfUnpaid,
    SweepOfUnwanted,
    WebhookBesideReservedMoney,
    WebhookCaptured,
    WebhookOfAnotherAmount,
    WebhookOfUnknownOrder,
    WebhookOrderPaid,
)

FLOWS: list[type[Flow]] = [
    EnrollFree,
    CreateOrder,
    Verify,
    WebhookCaptured,
    WebhookOrderPaid,
    WebhookOfUnknownOrder,
    SweepOfPaid,
    SweepOfAuthorized,
    SweepOfUnpaid,
    SweepOfUnwanted,
    Refund,
    RefundOfAPart,
    Withdraw,
    CompletingTick,
    Grant,
    Revoke,
    ComeBack,
    WebhookOfAnotherAmount,
    WebhookBesideReservedMoney,
    RefundOfWhatIsHeld,
]
