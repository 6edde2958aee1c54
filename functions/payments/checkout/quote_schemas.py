"""Request and response of a price before the order. Amounts are in minor units."""

from pydantic import Field

from shared.schemas import In, Out


class QuoteIn(In):
    """The course, and the coupon that create-order would get."""

    course_id: str = Field(max_length=64)
    coupon: str | None = Field(None, max_length=64, examples=["DIWALI-25"])


class QuoteOut(Out):
    """`price` is the sale price while a sale lasts, otherwise `list_amount`. `amount` is `price` after the coupon: what
    the learner pays; 0 activates the enrollment without an order. `discount` is `list_amount` less `amount`."""

    course_id: str
    amount: int
    price: int
    list_amount: int
    discount: int
    coupon: str | None
    currency: str
