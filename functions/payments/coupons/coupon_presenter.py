"""Builds the responses of the coupon routes: the stored terms, with the figures of the read model."""

from collections.abc import Sequence
from typing import Final

from functions.payments.coupons.coupon_schemas import CouponOut
from shared.db.entities import Coupon, CouponCounters
from shared.db.entities.counters import Revenue
from shared.db.read_models import coupon_figures

_NOTHING: Final = Revenue(0, 0)
_FIGURES: Final = frozenset({"redeemed", "free_activations", "discount_given", "revenue", "refunded"})
"""The fields that the read model has; the coupon has the others."""


def coupons_out(found: Sequence[Coupon]) -> list[CouponOut]:
    """Raises StoreUnavailable."""
    figures = coupon_figures.figures_of([coupon.code for coupon in found])
    return [_coupon_out(coupon, figures.get(coupon.code)) for coupon in found]


def coupon_out(coupon: Coupon) -> CouponOut:
    """Raises StoreUnavailable."""
    return coupons_out([coupon])[0]


def new_coupon_out(coupon: Coupon) -> CouponOut:
    """A coupon that was created just now: nobody has used it."""
    return _coupon_out(coupon, None)


def _coupon_out(coupon: Coupon, figures: CouponCounters | None) -> CouponOut:
    earned = figures.revenue.get(coupon.currency, _NOTHING) if figures else _NOTHING
    terms = {name: getattr(coupon, name) for name in CouponOut.model_fields if name not in _FIGURES}
    return CouponOut(
        **terms,
        redeemed=figures.redeemed if figures else 0,
        free_activations=figures.free if figures else 0,
        discount_given=earned.discount + (figures.free_discount if figures else 0),
        revenue=earned.gross,
        refunded=earned.refunded,
    )
