"""Paying and being paid back."""

from tests.everyday.world import Call, World, everyday


@everyday("POST /api/payments/create-order", "BatchGetItem", "TransactWriteItems")
def create_order(world: World) -> Call:
    body = {"course_id": world.shop.course.course_id}
    return lambda: world.student.post("/api/payments/create-order", body)


@everyday("POST /api/payments/verify", "GetItem", "BatchGetItem", "TransactWriteItems")
def verify(world: World) -> Call:
    checkout = world.shop.pay(world.shop.order(world.student)["order_id"])
    return lambda: world.shop.verify(world.student, checkout)


@everyday("POST /api/payments/webhook", "GetItem", "BatchGetItem", "TransactWriteItems")
def webhook(world: World) -> Call:
    world.shop.pay(world.shop.order(world.student)["order_id"])
    return lambda: world.shop.deliver("payment.captured")[0]


@everyday("GET /api/payments/my", "Query")
def list_mine(world: World) -> Call:
    world.shop.order(world.student)
    return lambda: world.student.get("/api/payments/my")


@everyday("GET /api/payments", "Query", "BatchGetItem")
def list_all(world: World) -> Call:
    world.shop.order(world.student)
    world.project()
    return lambda: world.admin.get("/api/payments?status=pending")


@everyday("GET /api/payments/{order_id}", "GetItem", "BatchGetItem")
def read(world: World) -> Call:
    order_id = world.shop.order(world.student)["order_id"]
    return lambda: world.student.get(f"/api/payments/{order_id}")


def _bought(world: World) -> str:
    order_id: str = world.shop.order(world.student)["order_id"]
    world.shop.pay(order_id)
    world.shop.deliver()
    world.shop.sweep()
    return order_id


@everyday("GET /api/payments/{order_id}/receipt", "Query", "GetItem")
def receipt(world: World) -> Call:
    order_id = _bought(world)
    return lambda: world.student.get(f"/api/payments/{order_id}/receipt")


@everyday("GET /api/payments/{order_id}/receipt.html", "Query", "GetItem")
def print_receipt(world: World) -> Call:
    order_id = _bought(world)
    return lambda: world.student.get(f"/api/payments/{order_id}/receipt.html")


@everyday("POST /api/payments/{order_id}/manual-refunds", "GetItem", "GetItem", "BatchGetItem", "TransactWriteItems")
def returned_by_hand(world: World) -> Call:
    order_id = _bought(world)
    world.shop.time.pass_time(days=181)
    body = {"amount": 100, "reference": "UTR1", "reason": "by bank transfer"}
    return lambda: world.admin.post(f"/api/payments/{order_id}/manual-refunds", body)


@everyday(
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
def refund(world: World) -> Call:
    order_id = world.shop.order(world.student)["order_id"]
    world.shop.pay(order_id)
    world.shop.deliver()
    return lambda: world.admin.post(f"/api/payments/{order_id}/refund", {"reason": "asked for"})
