"""The price of a course at the moment of the response, and the changes of its sale."""

from typing import Any, Final

from functions.courses.errors import SaleEnded, SaleNotBelowPrice
from functions.courses.schemas import SaleIn
from shared import clock
from shared.db.entities import CatalogueCard, Course
from shared.domain.prices import price_at, shown_sale
from shared.schemas import Money, SaleOut

_NO_SALE: Final = {"sale_amount": None, "sale_from": None, "sale_until": None}


def price_fields(priced: Course | CatalogueCard) -> dict[str, Any]:
    """`price`, `list_price` and `sale` of a course or of its card."""
    now, sale = clock.now(), priced.sale
    shown = shown_sale(int(priced.amount), sale, now)
    return {
        "price": Money(amount=price_at(int(priced.amount), sale, now), currency=priced.currency),
        "list_price": Money(amount=priced.amount, currency=priced.currency),
        "sale": SaleOut(amount=shown.amount, starts_at=shown.starts_at, until=shown.until) if shown else None,
    }


def sale_changes(sale: SaleIn | None, list_amount: int) -> dict[str, Any]:
    """The attributes that set the sale, or remove it. Raises SaleNotBelowPrice, SaleEnded."""
    if sale is None:
        return dict(_NO_SALE)
    if sale.amount >= list_amount:
        raise SaleNotBelowPrice
    if sale.until <= clock.now():
        raise SaleEnded
    return {"sale_amount": sale.amount, "sale_from": sale.starts_at, "sale_until": sale.until}


def changes_of_new_price(stored: Course, list_amount: int) -> dict[str, Any]:
    """The attributes that remove a stored sale that is not below the new list price, or that had no effect under the
    price before: no later price brings it back."""
    sale = stored.sale
    return dict(_NO_SALE) if sale and sale.amount >= min(int(stored.amount), list_amount) else {}
