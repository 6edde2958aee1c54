"""Errors of the payments domain."""

from shared.errors import BadRequest, Conflict, Invalid, NotFound, Unavailable


class CourseFree(Conflict):
    code = "course_free"
    title = "This course is free: enroll without paying"


class AmountBelowMinimum(Conflict):
    code = "amount_below_minimum"
    title = "The price is below the minimum amount of the payment gateway"


class StateRequired(Invalid):
    """The seller issues tax invoices, and knows no State of the buyer."""

    code = "state_required"
    title = "Enter your State: the invoice must name it"


class StateUnknown(Invalid):
    code = "state_unknown"
    title = "This is not the two-digit code of an Indian State, as at the start of a GSTIN"


class GstinInvalid(Invalid):
    code = "gstin_invalid"
    title = "This is not a valid GSTIN: compare all 15 characters with your certificate of registration"


class GstinRequired(Invalid):
    code = "gstin_required"
    title = "A firm needs its GSTIN"


class FirmRequired(Invalid):
    code = "firm_required"
    title = "An invoice with a GSTIN needs the name and the address of the firm"


class StateNotOfGstin(Invalid):
    code = "state_not_of_gstin"
    title = "The State is not that of the GSTIN, which its first two digits name"


class OrderNotFound(NotFound):
    code = "order_not_found"
    title = "You have no such order"


class SignatureInvalid(BadRequest):
    code = "signature_invalid"
    title = "The signature is not valid: nothing was changed"


class PaymentOutcomeUnknown(Unavailable):
    code = "payment_outcome_unknown"
    title = "The payment gateway did not answer: try again, you cannot be charged twice"


class PaymentOnHold(Conflict):
    code = "payment_on_hold"
    title = "You have paid another amount than the price: your payment is being reviewed, do not pay again"


class OrderBusy(Conflict):
    code = "order_busy"
    title = "The enrollment keeps changing: try again"


class EventNotSettled(Unavailable):
    code = "event_unclear"
    title = "The event cannot be processed now: send it again"


class NotRefundable(Conflict):
    code = "not_refundable"
    title = "Only a captured payment can be refunded"


class DisputeOpen(Conflict):
    code = "dispute_open"
    title = "A dispute of this payment is open: it cannot be refunded until the dispute ends"


class RefundTooLarge(Conflict):
    code = "refund_too_large"
    title = "The amount exceeds the refundable balance of the payment"


class RefundLeavesTooLittle(Conflict):
    code = "refund_leaves_too_little"
    title = "Less than a rupee would remain, which can never be refunded: refund the full balance, or less"


class RefundTooLate(Conflict):
    code = "refund_too_late"
    title = "The gateway refunds no payment older than six months: refund it manually"


class RefundableAtGateway(Conflict):
    code = "refundable_at_gateway"
    title = "The gateway can refund this payment: request a refund"


class RefundRequestOpen(Conflict):
    code = "refund_request_open"
    title = "The gateway would still make an open refund request: name it in `request`, or wait for its refund"


class RefundRequestNotOpen(Conflict):
    code = "refund_request_not_open"
    title = "No refund request of this payment with this key is open: leave `request` out if the refund answers none"


class ReferenceReused(Conflict):
    code = "reference_reused"
    title = "A manual refund of another amount has this reference"


class RefundUnreadable(Conflict):
    code = "refund_unreadable"
    title = "A refund of this payment cannot be read, so that the amount that is left is unknown"


class RefundRejectedByGateway(Conflict):
    code = "refund_rejected"
    title = "The gateway rejected the refund for good: the request is closed"


class IdempotencyKeyRequired(BadRequest):
    code = "idempotency_key_required"
    title = "A partial refund needs an Idempotency-Key, so that a retry does not refund twice"


class ReceiptNotDue(Conflict):
    code = "receipt_not_due"
    title = "The payment has no receipt: it is not captured, or was refunded at once"


class ReceiptUnreadable(Conflict):
    code = "receipt_unreadable"
    title = "The receipt, or an item that it depends on, cannot be read until it is repaired"


class NoteNotFound(NotFound):
    code = "note_not_found"
    title = "The payment has no such credit or debit note"


class NoteNotDue(Conflict):
    code = "note_not_due"
    title = "The note has no number yet: try again in five minutes"


class NotOnHold(Conflict):
    code = "not_on_hold"
    title = "No money of this payment is on hold on the order"


class CurrencyDiffers(Conflict):
    code = "currency_differs"
    title = "The payment has another currency than the order: refund it"


class LearnerHasAccess(Conflict):
    code = "learner_has_access"
    title = "The learner has access to the course already: refund the payment"


class OrderOrphaned(Conflict):
    code = "order_orphaned"
    title = "The course or the learner of the order does not exist: refund the payment"
