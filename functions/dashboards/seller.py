"""What every page needs to know about the seller."""

from shared.config import settings
from shared.schemas import Out


class SellerOut(Out):
    """`time_zone` is an IANA name. Days of the API ("2026-11-30"), months and financial years are days of this zone."""

    time_zone: str


def seller() -> SellerOut:
    return SellerOut(time_zone=settings().time_zone.key)
