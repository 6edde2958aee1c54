"""Routes of learners' requests for refunds."""

from functools import partial
from typing import Any

from functions.payments import errors, presenters
from functions.payments.app import app
from functions.payments.learner_requests import learner_request_service as service
from functions.payments.learner_requests.learner_request_errors import (
    OtherRefundRequest,
    RefundRequestEnded,
    RefundRequestNotFound,
    RefundTooSmall,
    RefundUnderWay,
)
from functions.payments.learner_requests.learner_request_schemas import (
    LearnerRequestDecision,
    LearnerRequestDecisionIn,
    LearnerRequestIn,
)
from functions.payments.refunds.sync_refunds import readable_payment
from functions.payments.schemas import AdminPaymentPage, AdminPaymentWithEnrollmentOut, PaymentWithEnrollmentOut
from shared.db.entities import Payment
from shared.db.payments import learner_requests
from shared.errors import CursorInvalid
from shared.http.pagination import page_response, start_key
from shared.http.request import Request
from shared.http.response import Response
from shared.http.route import Access
from shared.schemas import PageQuery
from shared.settlement.settle import PaymentContention


def _own_payment(request: Request[Any, Any]) -> Payment:
    return readable_payment(request.path["order_id"], request.caller.user_id)


@app.route(
    "POST",
    "/api/payments/{order_id}/refund-request",
    Access.SIGNED_IN,
    status=201,
    guard=_own_payment,
    body=LearnerRequestIn,
    response=PaymentWithEnrollmentOut,
    creates=True,
    errors=(
        errors.OrderNotFound,
        errors.RefundUnreadable,
        *service.OBSTACLE_ERRORS,
        PaymentContention,
    ),
)
def create_refund_request(request: Request[LearnerRequestIn, None]) -> PaymentWithEnrollmentOut:
    """Request a refund of a payment of the caller, with a reason, within the seller's terms.

    The access continues until the request is approved: by an admin, or at once by the seller's rule."""
    settled = service.open_request(request.guard_result, request.body.reason)
    return presenters.payment_state(settled.payment, settled.learning)


@app.route(
    "DELETE",
    "/api/payments/{order_id}/refund-request",
    Access.SIGNED_IN,
    guard=_own_payment,
    response=PaymentWithEnrollmentOut,
    errors=(
        errors.OrderNotFound,
        errors.RefundUnreadable,
        RefundRequestNotFound,
        RefundRequestEnded,
        PaymentContention,
    ),
)
def withdraw_refund_request(request: Request[None, None]) -> PaymentWithEnrollmentOut:
    """Take back the open request for a refund."""
    settled = service.withdraw_request(request.guard_result)
    return presenters.payment_state(settled.payment, settled.learning)


@app.route(
    "GET",
    "/api/payments/refund-requests",
    Access.ADMIN,
    query=PageQuery,
    response=AdminPaymentPage,
    errors=(CursorInvalid,),
)
def list_refund_requests(request: Request[None, PageQuery]) -> Response:
    """List the payments with an open request of the learner for a refund, the longest open first."""
    unlisted: list[str] = []
    page = learner_requests.list_open(request.query.limit, start_key(request), unlisted.append)
    items, unreadable = presenters.readable(presenters.admin_payment, page.items)
    return page_response(request, items, page.next_key, partial(AdminPaymentPage, unreadable=unlisted + unreadable))


@app.route(
    "POST",
    "/api/payments/{order_id}/refund-request/decision",
    Access.ADMIN,
    body=LearnerRequestDecisionIn,
    response=AdminPaymentWithEnrollmentOut,
    errors=(
        errors.OrderNotFound,
        errors.RefundUnreadable,
        errors.RefundTooLate,
        RefundTooSmall,
        errors.DisputeOpen,
        RefundUnderWay,
        OtherRefundRequest,
        RefundRequestNotFound,
        RefundRequestEnded,
        PaymentContention,
    ),
)
def decide_refund_request(request: Request[LearnerRequestDecisionIn, None]) -> AdminPaymentWithEnrollmentOut:
    """Approve or decline the open request of a learner for a refund, by its number, with a note that the learner reads.

    An approval refunds the remaining balance in full, and ends the enrollment that the payment granted. A refund that
    the gateway does not make now is requested again until it is made. While a dispute is open, or refunds of the whole
    balance are under way, the request stays open and is not decided."""
    body, order_id = request.body, request.path["order_id"]
    approved = body.decision is LearnerRequestDecision.APPROVE
    settled = service.decide_request(request.caller, order_id, body.number, body.note, approved=approved)
    return presenters.admin_payment_state(settled.payment, settled.learning)
