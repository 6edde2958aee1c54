"""The route of a price before the order."""

from functions.payments import errors
from functions.payments.app import app
from functions.payments.checkout.price_preview import preview_price
from functions.payments.checkout.pricing import Quote
from functions.payments.checkout.quote_schemas import QuoteIn, QuoteOut
from functions.payments.coupons.coupon_errors import CLAIM_ERRORS
from shared import enrollment_rules
from shared.http.request import Request
from shared.http.route import Access


@app.route(
    "POST",
    "/api/payments/quote",
    Access.STUDENT,
    body=QuoteIn,
    response=QuoteOut,
    errors=(
        *enrollment_rules.ENROLLMENT_ERRORS,
        *CLAIM_ERRORS,
        errors.CourseFree,
        errors.PaymentOnHold,
        errors.AmountBelowMinimum,
    ),
)
def get_quote(request: Request[QuoteIn, None]) -> QuoteOut:
    """Get the price that create-order would ask now, with or without a coupon.

    It changes nothing, takes no use of the coupon, and does not ask Razorpay."""
    return _quote_out(preview_price(request.caller, request.body))


def _quote_out(quoted: Quote) -> QuoteOut:
    return QuoteOut(
        course_id=quoted.course.course_id,
        amount=quoted.amount,
        price=quoted.price,
        list_amount=quoted.course.amount,
        discount=quoted.discount,
        coupon=quoted.offer.coupon,
        currency=quoted.course.currency,
    )
