"""Refusals of the payments domain."""

from shared.errors import BadRequest, Conflict, NotFound, Unavailable


class CourseFree(Conflict):
    code = "course_free"
    title = "This course is free: enroll without paying"


class AmountBelowMinimum(Conflict):
    code = "amount_below_minimum"
    title = "The price is below what the gateway takes"


class OrderNotFound(NotFound):
    code = "order_not_found"
    title = "There is no such order of yours"


class SignatureInvalid(BadRequest):
    code = "signature_invalid"
    title = "The signature does not match: nothing was changed"


class PaymentOutcomeUnknown(Unavailable):
    code = "payment_outcome_unknown"
    title = "The payment gateway did not answer: try again, you cannot be charged twice"


class OrderBusy(Conflict):
    code = "order_busy"
    title = "The enrollment keeps changing: try again"


class EventNotSettled(Unavailable):
    code = "event_unclear"
    title = "The event cannot be settled now: send it again"


class NotRefundable(Conflict):
    code = "not_refundable"
    title = "Only captured money can be given back"


class RefundTooLarge(Conflict):
    code = "refund_too_large"
    title = "That is more than what is left of the payment"


class RefundLeavesTooLittle(Conflict):
    code = "refund_leaves_too_little"
    title = "Less than a rupee would be left, which could never be given back: give all of it back, or less"


class RefundTooLate(Conflict):
    code = "refund_too_late"
    title = "The gateway gives nothing back after six months: return it another way"


class RefundableAtGateway(Conflict):
    code = "refundable_at_gateway"
    title = "The gateway can give this back: ask for a refund"


class ReferenceReused(Conflict):
    code = "reference_reused"
    title = "Another amount was written down under this reference"


class RefundRejectedByGateway(Conflict):
    code = "refund_rejected"
    title = "The gateway will not give this back"


class IdempotencyKeyRequired(BadRequest):
    code = "idempotency_key_required"
    title = "A refund of a part needs an Idempotency-Key, so that it is not given twice"


class ReceiptNotDue(Conflict):
    code = "receipt_not_due"
    title = "There is a receipt once the payment is captured and kept"
