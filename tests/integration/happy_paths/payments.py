"""Normal calls of the payment routes."""

from tests.fixtures.notes import put_note
from tests.fixtures.storefront import PRICE
from tests.integration.happy_paths.registry import Call, RouteContext, happy_path


@happy_path("POST /api/payments/create-order", "BatchGetItem", "TransactWriteItems")
def create_order(context: RouteContext) -> Call:
    body = {"course_id": context.shop.course.course_id}
    return lambda: context.student.post("/api/payments/create-order", body)


@happy_path("POST /api/payments/quote", "BatchGetItem", "BatchGetItem")
def quote(context: RouteContext) -> Call:
    context.admin.post("/api/coupons", {"code": "DIWALI-25", "discount_kind": "percent", "value": 25, "limit": 10})
    body = {"course_id": context.shop.course.course_id, "coupon": "DIWALI-25"}
    return lambda: context.student.post("/api/payments/quote", body)


@happy_path("POST /api/payments/verify", "GetItem", "BatchGetItem", "TransactWriteItems")
def verify(context: RouteContext) -> Call:
    checkout = context.shop.pay(context.shop.create_order(context.student)["order_id"])
    return lambda: context.shop.verify(context.student, checkout)


@happy_path("POST /api/payments/webhook", "GetItem", "BatchGetItem", "TransactWriteItems")
def webhook(context: RouteContext) -> Call:
    context.shop.pay(context.shop.create_order(context.student)["order_id"])
    return lambda: context.shop.deliver("payment.captured")[0]


@happy_path("GET /api/payments/my", "Query")
def list_mine(context: RouteContext) -> Call:
    context.shop.create_order(context.student)
    return lambda: context.student.get("/api/payments/my")


@happy_path("GET /api/payments", "Query", "BatchGetItem")
def list_all(context: RouteContext) -> Call:
    context.shop.create_order(context.student)
    context.project()
    return lambda: context.admin.get("/api/payments?status=pending")


@happy_path("GET /api/disputes", "Query")
def list_disputes(context: RouteContext) -> Call:
    order_id = _captured_order_id(context)
    payment_id = context.shop.payment(order_id).payment_id
    context.shop.control("POST", f"payments/{payment_id}/dispute", {"status": "created"})
    context.shop.deliver("payment.dispute.created")
    return lambda: context.admin.get("/api/disputes")


@happy_path("GET /api/payments/{order_id}", "GetItem", "BatchGetItem")
def read(context: RouteContext) -> Call:
    order_id = context.shop.create_order(context.student)["order_id"]
    return lambda: context.student.get(f"/api/payments/{order_id}")


def _captured_order_id(context: RouteContext) -> str:
    order_id: str = context.shop.create_order(context.student)["order_id"]
    context.shop.pay(order_id)
    context.shop.deliver()
    context.shop.sweep()
    return order_id


@happy_path("GET /api/payments/{order_id}/receipt", "Query", "Query")
def receipt(context: RouteContext) -> Call:
    order_id = _captured_order_id(context)
    return lambda: context.student.get(f"/api/payments/{order_id}/receipt")


@happy_path("GET /api/payments/{order_id}/receipt.html", "Query", "Query")
def print_receipt(context: RouteContext) -> Call:
    order_id = _captured_order_id(context)
    return lambda: context.student.get(f"/api/payments/{order_id}/receipt.html")


@happy_path("GET /api/payments/{order_id}/receipt.pdf", "BatchGetItem")
def receipt_pdf(context: RouteContext) -> Call:
    order_id = _captured_order_id(context)
    return lambda: context.student.get(f"/api/payments/{order_id}/receipt.pdf")


@happy_path("GET /api/payments/{order_id}/credit-notes/{note_id}/pdf", "BatchGetItem")
def note_pdf(context: RouteContext) -> Call:
    order_id = _captured_order_id(context)
    put_note(order_id, 9, context.shop.clock.now())
    return lambda: context.student.get(f"/api/payments/{order_id}/credit-notes/9/pdf")


@happy_path(
    "POST /api/payments/{order_id}/manual-refunds",
    "GetItem",
    "GetItem",
    "BatchGetItem",
    "GetItem",
    "TransactWriteItems",
)
def manual_refund(context: RouteContext) -> Call:
    order_id = _captured_order_id(context)
    context.shop.clock.advance(days=181)
    body = {"amount": 100, "reference": "UTR1", "reason": "by bank transfer"}
    return lambda: context.admin.post(f"/api/payments/{order_id}/manual-refunds", body)


@happy_path(
    "POST /api/payments/{order_id}/poll",
    "GetItem",
    "GetItem",
    "GetItem",
    "BatchGetItem",
    "GetItem",
    "GetItem",
    "BatchGetItem",
    "GetItem",
    "Query",
    "GetItem",
    "BatchGetItem",
)
def poll(context: RouteContext) -> Call:
    order_id = _captured_order_id(context)
    return lambda: context.admin.post(f"/api/payments/{order_id}/poll")


@happy_path("GET /api/reconciliation", "GetItem", "GetItem", "Query")
def reconciliation(context: RouteContext) -> Call:
    return lambda: context.admin.get("/api/reconciliation")


@happy_path(
    "POST /api/payments/{order_id}/refund",
    "GetItem",
    "GetItem",
    "BatchGetItem",
    "TransactWriteItems",
    "GetItem",
    "GetItem",
    "GetItem",
    "BatchGetItem",
    "TransactWriteItems",
    "GetItem",
)
def refund(context: RouteContext) -> Call:
    order_id = context.shop.create_order(context.student)["order_id"]
    context.shop.pay(order_id)
    context.shop.deliver()
    return lambda: context.admin.post(f"/api/payments/{order_id}/refund", {"reason": "requested"})


@happy_path(
    "POST /api/payments/{order_id}/accept", "GetItem", "BatchGetItem", "GetItem", "BatchGetItem", "TransactWriteItems"
)
def accept(context: RouteContext) -> Call:
    order_id = context.shop.create_order(context.student)["order_id"]
    payment_id = context.shop.pay(order_id, amount=PRICE - 100)["razorpay_payment_id"]
    context.shop.deliver()
    body = {"payment_id": payment_id, "reason": "an offer that we forgot"}
    return lambda: context.admin.post(f"/api/payments/{order_id}/accept", body)


def _requested_order_id(context: RouteContext) -> str:
    order_id = _captured_order_id(context)
    context.accept_refund_requests()
    reply = context.student.post(f"/api/payments/{order_id}/refund-request", {"reason": "it is not for me"})
    assert reply.status == 201, reply.text
    return order_id


@happy_path(
    "POST /api/payments/{order_id}/refund-request",
    "GetItem",
    "BatchGetItem",
    "GetItem",
    "BatchGetItem",
    "TransactWriteItems",
)
def create_refund_request(context: RouteContext) -> Call:
    order_id = _captured_order_id(context)
    context.accept_refund_requests()
    return lambda: context.student.post(f"/api/payments/{order_id}/refund-request", {"reason": "it is not for me"})


@happy_path(
    "DELETE /api/payments/{order_id}/refund-request", "GetItem", "GetItem", "BatchGetItem", "TransactWriteItems"
)
def withdraw_refund_request(context: RouteContext) -> Call:
    order_id = _requested_order_id(context)
    return lambda: context.student.delete(f"/api/payments/{order_id}/refund-request")


@happy_path("GET /api/payments/refund-requests", "Query", "BatchGetItem")
def list_refund_requests(context: RouteContext) -> Call:
    _requested_order_id(context)
    return lambda: context.admin.get("/api/payments/refund-requests")


@happy_path(
    "POST /api/payments/{order_id}/refund-request/decision",
    "GetItem",
    "GetItem",
    "BatchGetItem",
    "TransactWriteItems",
    "GetItem",
    "GetItem",
    "GetItem",
    "BatchGetItem",
    "TransactWriteItems",
    "GetItem",
)
def decide_refund_request(context: RouteContext) -> Call:
    order_id = _requested_order_id(context)
    body = {"number": 1, "decision": "approve", "note": "as agreed"}
    return lambda: context.admin.post(f"/api/payments/{order_id}/refund-request/decision", body)
