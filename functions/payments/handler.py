"""Routes of the payments function. The webhook and the sweep are functions of their own."""

from functions.payments import by_hand, errors, orders, receipt_page, receipts, refunds, service, views
from functions.payments.receipt_schemas import ReceiptOut
from functions.payments.schemas import (
    CreateOrderIn,
    MyPaymentsOut,
    OrderOut,
    PaymentsQuery,
    PaymentStateOut,
    RefundIn,
    RegisteredPaymentsOut,
    ReturnIn,
    VerifyIn,
)
from functions.payments.settle import StillChanging
from shared import enrolling
from shared.errors import GatewayBusy, GatewayUnavailable, IdempotencyKeyReused
from shared.http.answer import Answer
from shared.http.app import NO_STORE, App
from shared.http.paging import page_answer, start_of
from shared.http.request import Request
from shared.http.route import Access
from shared.schemas import PageQuery

app = App("payments", headers=NO_STORE)
lambda_handler = app


@app.route(
    "POST",
    "/api/payments/create-order",
    Access.STUDENT,
    status=201,
    body=CreateOrderIn,
    answer=OrderOut,
    creates=True,
    refusals=(
        *enrolling.REFUSALS,
        errors.CourseFree,
        errors.AmountBelowMinimum,
        errors.OrderBusy,
        errors.PaymentOutcomeUnknown,
        GatewayBusy,
    ),
)
def create_order(request: Request[CreateOrderIn, None]) -> Answer:
    """Open an order to pay a course with; the same one again (200) while it can be paid."""
    opened = orders.create_order(request.caller, request.body.course_id)
    return Answer(views.order(opened), status=201 if opened.made else 200)


@app.route(
    "POST",
    "/api/payments/verify",
    Access.STUDENT,
    body=VerifyIn,
    answer=PaymentStateOut,
    refusals=(errors.OrderNotFound, errors.SignatureInvalid, StillChanging),
)
def verify(request: Request[VerifyIn, None]) -> PaymentStateOut:
    """Bring what Checkout gave the page: a right signature opens the course, a wrong one changes nothing."""
    body = request.body
    return views.state(
        *service.verify_and_show(
            request.caller, body.razorpay_order_id, body.razorpay_payment_id, body.razorpay_signature
        )
    )


@app.route("GET", "/api/payments/my", Access.SIGNED_IN, query=PageQuery, answer=MyPaymentsOut)
def list_my_payments(request: Request[None, PageQuery]) -> Answer:
    """Own payments, newest first."""
    found, next_key = service.list_mine(request.caller, request.query.limit, start_of(request))
    return page_answer(request, [views.payment(each) for each in found], next_key, MyPaymentsOut)


@app.route("GET", "/api/payments", Access.ADMIN, query=PaymentsQuery, answer=RegisteredPaymentsOut)
def list_payments(request: Request[None, PaymentsQuery]) -> Answer:
    """Every payment, newest order first; by status and by when the order was made."""
    found, next_key = service.list_all(request.query, start_of(request))
    return page_answer(request, [views.registered(each) for each in found], next_key, RegisteredPaymentsOut)


@app.route(
    "GET",
    "/api/payments/{order_id}",
    Access.SIGNED_IN,
    answer=PaymentStateOut,
    refusals=(errors.OrderNotFound,),
)
def get_payment(request: Request[None, None]) -> PaymentStateOut:
    """A payment and the enrollment it is for: the payer's own, any for an admin."""
    return views.state(*service.show(request.caller, request.path["order_id"]))


@app.route(
    "GET",
    "/api/payments/{order_id}/receipt",
    Access.SIGNED_IN,
    answer=ReceiptOut,
    refusals=(errors.OrderNotFound, errors.ReceiptNotDue),
)
def get_receipt(request: Request[None, None]) -> ReceiptOut:
    """The numbered receipt of a captured payment, with its tax: the payer's own, any for an admin."""
    return views.receipt(receipts.show(request.caller, request.path["order_id"]))


@app.route(
    "GET",
    "/api/payments/{order_id}/receipt.html",
    Access.SIGNED_IN,
    refusals=(errors.OrderNotFound, errors.ReceiptNotDue),
)
def print_receipt(request: Request[None, None]) -> Answer:
    """The same receipt as a page to print."""
    page = receipt_page.page(receipts.show(request.caller, request.path["order_id"]))
    return Answer(page, headers={"Content-Security-Policy": receipt_page.POLICY}, media_type="text/html; charset=utf-8")


@app.route(
    "POST",
    "/api/payments/{order_id}/refund",
    Access.ADMIN,
    body=RefundIn,
    answer=PaymentStateOut,
    refusals=(
        errors.OrderNotFound,
        errors.NotRefundable,
        errors.RefundTooLarge,
        errors.RefundLeavesTooLittle,
        errors.RefundTooLate,
        errors.GatewayWillNot,
        errors.RefundKeyMissing,
        IdempotencyKeyReused,
        StillChanging,
    ),
)
def refund(request: Request[RefundIn, None]) -> PaymentStateOut:
    """Give a payment back, whole or in part, with a reason."""
    body, key = request.body, request.header("idempotency-key")
    order_id = request.path["order_id"]
    settled = refunds.request_refund(request.caller, order_id, body.amount, body.reason, key, body.payment_id)
    return views.state(settled.payment, settled.learning)


@app.route(
    "POST",
    "/api/payments/{order_id}/returned-by-hand",
    Access.ADMIN,
    body=ReturnIn,
    answer=PaymentStateOut,
    refusals=(
        errors.OrderNotFound,
        errors.RefundableAtGateway,
        errors.NotRefundable,
        errors.RefundTooLarge,
        errors.ReferenceReused,
        GatewayUnavailable,
        StillChanging,
    ),
)
def returned_by_hand(request: Request[ReturnIn, None]) -> PaymentStateOut:
    """Write down what was returned without the gateway, where it refused to or no longer can."""
    body, order_id = request.body, request.path["order_id"]
    settled = by_hand.returned_by_hand(
        request.caller, order_id, body.payment_id, body.amount, body.reference, body.reason
    )
    return views.state(settled.payment, settled.learning)
