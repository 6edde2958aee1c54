"""Routes of coupons, for admins."""

from functools import partial

from functions.payments.app import app
from functions.payments.coupons import coupon_errors, coupon_service
from functions.payments.coupons.coupon_presenter import coupon_out, coupons_out, new_coupon_out
from functions.payments.coupons.coupon_schemas import CouponIn, CouponOut, CouponPage, CouponUpdateIn
from shared.db.payments import coupons
from shared.errors import CursorInvalid
from shared.http.pagination import page_response, start_key
from shared.http.request import Request
from shared.http.response import Response
from shared.http.route import Access
from shared.schemas import PageQuery


@app.route(
    "POST",
    "/api/coupons",
    Access.ADMIN,
    status=201,
    body=CouponIn,
    response=CouponOut,
    creates=True,
    errors=(coupon_errors.CouponCodeTaken, coupon_errors.CouponCourseUnknown),
)
def create_coupon(request: Request[CouponIn, None]) -> Response:
    """Create a coupon: a percentage or an amount off, with limits. It is valid at once, or from `valid_from`."""
    created = coupon_service.create(request.body, request.caller)
    location = {"Location": f"/api/coupons/{created.code}"}
    return Response(new_coupon_out(created), status=201, headers=location)


@app.route("GET", "/api/coupons", Access.ADMIN, query=PageQuery, response=CouponPage, errors=(CursorInvalid,))
def list_coupons(request: Request[None, PageQuery]) -> Response:
    """List all coupons with what they sold, newest first."""
    unreadable: list[str] = []
    found, next_key = coupons.list_all(request.query.limit, start_key(request), unreadable.append)
    return page_response(request, coupons_out(found), next_key, partial(CouponPage, unreadable=unreadable))


@app.route(
    "GET",
    "/api/coupons/{code}",
    Access.ADMIN,
    response=CouponOut,
    errors=(coupon_errors.CouponNotFound, coupon_errors.CouponUnreadable),
)
def get_coupon(request: Request[None, None]) -> CouponOut:
    """Get a coupon with the number of its uses and what it sold."""
    return coupon_out(coupon_service.get(request.path["code"]))


@app.route(
    "PATCH",
    "/api/coupons/{code}",
    Access.ADMIN,
    body=CouponUpdateIn,
    response=CouponOut,
    errors=(
        coupon_errors.CouponNotFound,
        coupon_errors.CouponUnreadable,
        coupon_errors.CouponCourseUnknown,
        coupon_errors.CouponLimitBelowUse,
        coupon_errors.CouponBusy,
    ),
)
def update_coupon(request: Request[CouponUpdateIn, None]) -> CouponOut:
    """Change the limits of a coupon, or deactivate it. Orders that claimed it keep their price."""
    return coupon_out(coupon_service.edit(request.path["code"], request.body, request.caller))
