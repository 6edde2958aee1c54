"""Errors of learners' requests for refunds. Each changes nothing."""

from shared.errors import Conflict, NotFound


class RefundAlreadyRequested(Conflict):
    code = "refund_already_requested"
    title = "You have requested this refund: it waits for a decision"


class RefundRequestDecided(Conflict):
    code = "refund_request_decided"
    title = "Your request for this refund was decided: write to the seller if you disagree"


class RefundWindowClosed(Conflict):
    code = "refund_window_closed"
    title = "A refund of this payment can no longer be requested here: write to the seller"


class RefundProgressExceeded(Conflict):
    code = "refund_progress_exceeded"
    title = "You have completed more lessons than a refund allows"


class RefundRequestsUsedUp(Conflict):
    code = "refund_requests_used_up"
    title = "You have requested this refund several times: write to the seller"


class MoneyOnHold(Conflict):
    code = "money_on_hold"
    title = "Your payment is being reviewed: an admin accepts or refunds it"


class RefundTooSmall(Conflict):
    code = "refund_too_small"
    title = "Less than a rupee is left of the payment, which the gateway does not refund"


class RefundRequestNotFound(NotFound):
    code = "refund_request_not_found"
    title = "The learner has not requested a refund of this payment"


class OtherRefundRequest(Conflict):
    code = "other_refund_request"
    title = "The learner has made another request since: read it before you decide"


class RefundUnderWay(Conflict):
    code = "refund_under_way"
    title = "Refunds of the whole remaining balance are under way: the request can be decided if they fail"


class RefundRequestEnded(Conflict):
    code = "refund_request_ended"
    title = "The request is no longer open: it was decided, withdrawn or closed"
