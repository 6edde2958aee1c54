"""Normal calls of the coupon routes."""

from tests.integration.happy_paths.registry import Call, RouteContext, happy_path

_COUPON = {"code": "DIWALI-25", "discount_kind": "percent", "value": 25, "limit": 10}


@happy_path("POST /api/coupons", "TransactWriteItems")
def create(context: RouteContext) -> Call:
    return lambda: context.admin.post("/api/coupons", _COUPON)


@happy_path("GET /api/coupons", "Query", "BatchGetItem")
def list_all(context: RouteContext) -> Call:
    context.admin.post("/api/coupons", _COUPON)
    return lambda: context.admin.get("/api/coupons")


@happy_path("GET /api/coupons/{code}", "GetItem", "BatchGetItem")
def read(context: RouteContext) -> Call:
    context.admin.post("/api/coupons", _COUPON)
    return lambda: context.admin.get("/api/coupons/DIWALI-25")


@happy_path("PATCH /api/coupons/{code}", "GetItem", "TransactWriteItems", "GetItem", "BatchGetItem")
def edit(context: RouteContext) -> Call:
    context.admin.post("/api/coupons", _COUPON)
    return lambda: context.admin.patch("/api/coupons/DIWALI-25", {"limit": 20})
