"""Routes of the payments function. The webhook and the sweep have functions of their own."""

from functools import partial

from functions.payments import errors, presenters, queries
from functions.payments.app import app
from functions.payments.checkout import orders, quote_routes
from functions.payments.checkout.buyer_details import BUYER_ERRORS
from functions.payments.checkout.free_activation import FreeActivation
from functions.payments.checkout.verify import verify_checkout
from functions.payments.coupons import coupon_routes
from functions.payments.coupons.coupon_errors import CLAIM_ERRORS
from functions.payments.disputes import dispute_presenter
from functions.payments.disputes.dispute_schemas import DisputePage, DisputesQuery
from functions.payments.holds import accept_hold
from functions.payments.learner_requests import learner_request_routes
from functions.payments.receipts import receipt_page, receipt_presenter, receipt_service
from functions.payments.receipts.readable_receipt import readable_receipt
from functions.payments.receipts.receipt_schemas import ReceiptOut
from functions.payments.reconciliation import poll_on_request, reconciliation_presenter
from functions.payments.reconciliation.reconciliation_schemas import ReconciliationOut
from functions.payments.refunds import manual_refunds, request_refund
from functions.payments.reports import report_routes
from functions.payments.schemas import (
    AcceptPaymentIn,
    AdminPaymentPage,
    AdminPaymentWithEnrollmentOut,
    CreateOrderIn,
    FreeActivationOut,
    ManualRefundIn,
    OrderOut,
    PaymentPage,
    PaymentsQuery,
    PaymentVerificationIn,
    PaymentWithEnrollmentOut,
    RefundIn,
)
from shared import enrollment_rules
from shared.db.payments import disputes
from shared.domain.lifecycle import Role
from shared.errors import GatewayBusy, GatewayUnavailable, IdempotencyKeyReused
from shared.http.pagination import page_response, start_key
from shared.http.request import Request
from shared.http.response import Response
from shared.http.route import Access
from shared.schemas import PageQuery
from shared.settlement.settle import PaymentContention

__all__ = ["app", "coupon_routes", "lambda_handler", "learner_request_routes", "quote_routes", "report_routes"]

lambda_handler = app


@app.route(
    "POST",
    "/api/payments/create-order",
    Access.STUDENT,
    status=201,
    body=CreateOrderIn,
    response=OrderOut,
    response_200=OrderOut | FreeActivationOut,
    creates=True,
    errors=(
        *enrollment_rules.ENROLLMENT_ERRORS,
        *BUYER_ERRORS,
        *CLAIM_ERRORS,
        errors.CourseFree,
        errors.PaymentOnHold,
        errors.AmountBelowMinimum,
        errors.OrderBusy,
        errors.PaymentOutcomeUnknown,
        GatewayBusy,
    ),
)
def create_order(request: Request[CreateOrderIn, None]) -> Response:
    """Create the order that pays for a course; while it can be paid, repeated calls return the same order (200).

    Another price or coupon, or other details of the buyer for a tax invoice, open a new order. If a coupon or a sale
    makes the course free, the enrollment is activated, and there is no order (200). While a payment of another amount
    is on hold, no order is created."""
    opened = orders.create_order(request.caller, request.body)
    if isinstance(opened, FreeActivation):
        return Response(presenters.free_activation(opened), status=200)
    return Response(presenters.order(opened), status=201 if opened.created else 200)


@app.route(
    "POST",
    "/api/payments/verify",
    Access.STUDENT,
    body=PaymentVerificationIn,
    response=PaymentWithEnrollmentOut,
    errors=(errors.OrderNotFound, errors.SignatureInvalid, PaymentContention),
)
def verify_payment(request: Request[PaymentVerificationIn, None]) -> PaymentWithEnrollmentOut:
    """Verify the signature that Checkout passed to the page.

    A valid signature grants the course; an invalid one changes nothing."""
    body = request.body
    settled = verify_checkout(request.caller, body.razorpay_order_id, body.razorpay_payment_id, body.razorpay_signature)
    return presenters.payment_state(settled.payment, settled.learning)


@app.route("GET", "/api/payments/my", Access.SIGNED_IN, query=PageQuery, response=PaymentPage)
def list_my_payments(request: Request[None, PageQuery]) -> Response:
    """List the caller's payments, newest first."""
    page, unlisted = queries.list_own(request.caller, request.query.limit, start_key(request))
    items, unreadable = presenters.readable(presenters.payment, page.items)
    return page_response(request, items, page.next_key, partial(PaymentPage, unreadable=unlisted + unreadable))


@app.route("GET", "/api/payments", Access.ADMIN, query=PaymentsQuery, response=AdminPaymentPage)
def list_payments(request: Request[None, PaymentsQuery]) -> Response:
    """List all payments, newest order first. Filters: status, and the time at which the order was created."""
    page, unlisted = queries.list_all(request.query, start_key(request))
    items, unreadable = presenters.readable(presenters.admin_payment, page.items)
    schema = partial(AdminPaymentPage, unreadable=unlisted + unreadable)
    return page_response(request, items, page.next_key, schema)


@app.route("GET", "/api/disputes", Access.ADMIN, query=DisputesQuery, response=DisputePage)
def list_disputes(request: Request[None, DisputesQuery]) -> Response:
    """List the disputes of payments: open ones first, by deadline, then ended ones, the latest first."""
    found, next_key = disputes.list_all(request.query.status, request.query.limit, start_key(request))
    return page_response(request, [dispute_presenter.listed_dispute(each) for each in found], next_key, DisputePage)


@app.route(
    "GET",
    "/api/payments/{order_id}",
    Access.SIGNED_IN,
    response=AdminPaymentWithEnrollmentOut | PaymentWithEnrollmentOut,
    errors=(errors.OrderNotFound, errors.RefundUnreadable),
)
def get_payment(request: Request[None, None]) -> AdminPaymentWithEnrollmentOut | PaymentWithEnrollmentOut:
    """Get a payment of the caller with its enrollment. Admins may read any payment, with its refund requests."""
    found = queries.get_payment(request.caller, request.path["order_id"])
    is_admin = request.caller.role is Role.ADMIN
    return presenters.admin_payment_state(*found) if is_admin else presenters.payment_state(*found)


@app.route(
    "GET",
    "/api/payments/{order_id}/receipt",
    Access.SIGNED_IN,
    response=ReceiptOut,
    errors=(errors.OrderNotFound, errors.ReceiptNotDue, errors.ReceiptUnreadable),
)
def get_receipt(request: Request[None, None]) -> ReceiptOut:
    """Get the numbered receipt of a payment of the caller, with its tax. Admins may read any receipt."""
    order_id = request.path["order_id"]
    with readable_receipt(order_id):
        return receipt_presenter.receipt(receipt_service.get_receipt(request.caller, order_id))


@app.route(
    "GET",
    "/api/payments/{order_id}/receipt.html",
    Access.SIGNED_IN,
    errors=(errors.OrderNotFound, errors.ReceiptNotDue, errors.ReceiptUnreadable),
)
def get_receipt_page(request: Request[None, None]) -> Response:
    """Get the receipt as an HTML page to print."""
    order_id = request.path["order_id"]
    with readable_receipt(order_id):
        page = receipt_page.render(receipt_service.get_receipt(request.caller, order_id))
    return Response(
        page, headers={"Content-Security-Policy": receipt_page.POLICY}, media_type="text/html; charset=utf-8"
    )


@app.route(
    "POST",
    "/api/payments/{order_id}/poll",
    Access.ADMIN,
    response=AdminPaymentWithEnrollmentOut,
    errors=(errors.OrderNotFound, errors.RefundUnreadable, GatewayUnavailable, GatewayBusy, PaymentContention),
)
def poll_payment(request: Request[None, None]) -> AdminPaymentWithEnrollmentOut:
    """Ask the gateway about an order whatever its status, settle what it reports, and return the payment.

    An order that exists at the gateway only is adopted if this product created it."""
    return presenters.admin_payment_state(*poll_on_request.poll(request.path["order_id"]))


@app.route("GET", "/api/reconciliation", Access.ADMIN, response=ReconciliationOut)
def get_reconciliation(_: Request[None, None]) -> ReconciliationOut:
    """Get the state of the reconciliation with the gateway, and the differences that an admin must resolve."""
    return reconciliation_presenter.reconciliation()


@app.route(
    "POST",
    "/api/payments/{order_id}/refund",
    Access.ADMIN,
    body=RefundIn,
    response=AdminPaymentWithEnrollmentOut,
    errors=(
        errors.OrderNotFound,
        errors.NotRefundable,
        errors.DisputeOpen,
        errors.RefundTooLarge,
        errors.RefundLeavesTooLittle,
        errors.RefundTooLate,
        errors.RefundRejectedByGateway,
        errors.RefundUnreadable,
        errors.IdempotencyKeyRequired,
        IdempotencyKeyReused,
        PaymentContention,
    ),
)
def refund_payment(request: Request[RefundIn, None]) -> AdminPaymentWithEnrollmentOut:
    """Refund a payment in full or in part, with a reason.

    A refund that the gateway does not make now, or rejects for now, is kept and requested again until it is made. A
    partial refund that the gateway rejects for good is closed, and kept in `refund_requests`."""
    body, key = request.body, request.header("idempotency-key")
    order_id = request.path["order_id"]
    settled = request_refund.request_refund(request.caller, order_id, body.amount, body.reason, key, body.payment_id)
    return presenters.admin_payment_state(settled.payment, settled.learning)


@app.route(
    "POST",
    "/api/payments/{order_id}/manual-refunds",
    Access.ADMIN,
    body=ManualRefundIn,
    response=AdminPaymentWithEnrollmentOut,
    errors=(
        errors.OrderNotFound,
        errors.RefundableAtGateway,
        errors.NotRefundable,
        errors.RefundTooLarge,
        errors.RefundRequestNotOpen,
        errors.RefundRequestOpen,
        errors.ReferenceReused,
        errors.RefundUnreadable,
        GatewayUnavailable,
        PaymentContention,
    ),
)
def create_manual_refund(request: Request[ManualRefundIn, None]) -> AdminPaymentWithEnrollmentOut:
    """Record a refund that was made outside the gateway, because the gateway rejected it or can no longer make it."""
    body, order_id = request.body, request.path["order_id"]
    settled = manual_refunds.record_manual_refund(request.caller, order_id, body)
    return presenters.admin_payment_state(settled.payment, settled.learning)


@app.route(
    "POST",
    "/api/payments/{order_id}/accept",
    Access.ADMIN,
    body=AcceptPaymentIn,
    response=AdminPaymentWithEnrollmentOut,
    errors=(
        errors.OrderNotFound,
        errors.OrderOrphaned,
        errors.NotOnHold,
        errors.CurrencyDiffers,
        errors.LearnerHasAccess,
        errors.RefundUnreadable,
        GatewayUnavailable,
        PaymentContention,
    ),
)
def accept_payment(request: Request[AcceptPaymentIn, None]) -> AdminPaymentWithEnrollmentOut:
    """Accept a payment on hold, with a reason: it pays for the order, and grants the course."""
    body = request.body
    settled = accept_hold.accept_hold(request.caller, request.path["order_id"], body.payment_id, body.reason)
    return presenters.admin_payment_state(settled.payment, settled.learning)
