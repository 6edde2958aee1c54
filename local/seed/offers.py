"""The coupons and sale prices of the demo data, read from offers.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from local.seed.api_client import SeedClient, json_or_raise
from local.seed.student_activity import PublishedCourse
from local.seed.timeline import Timeline

_FILE: Final = Path(__file__).with_name("offers.toml")


@dataclass(frozen=True)
class DemoCoupon:
    """`terms` are fields of POST /api/coupons. The admin creates the coupon `days_ago`; with `ended_days_ago`, it is
    valid until that day."""

    code: str
    days_ago: int
    terms: Mapping[str, Any]
    ended_days_ago: int | None = None


@dataclass(frozen=True)
class DemoSale:
    """A sale of a course at `rupees`, from `days_ago` on for `days`."""

    course: str
    days_ago: int
    days: int
    rupees: int


def read_offers() -> tuple[list[DemoCoupon], list[DemoSale]]:
    tables = tomllib.loads(_FILE.read_text("utf-8"))
    return [_coupon(fields) for fields in tables["coupons"]], [DemoSale(**fields) for fields in tables["sales"]]


def create_coupon(coupon: DemoCoupon, admin: SeedClient) -> None:
    """Create the coupon, which is valid without end; one that exists is left unchanged. Raises SeedError."""
    response = admin.request("POST", "/api/coupons", json={"code": coupon.code, **coupon.terms})
    if response.status_code != 409:  # an interrupted run has created it
        json_or_raise(response)


def end_coupon(coupon: DemoCoupon, admin: SeedClient, timeline: Timeline) -> None:
    """The coupon is valid until the beginning of its last day. Raises SeedError."""
    until = timeline.started_at(coupon.ended_days_ago or 0)
    admin.call("PATCH", f"/api/coupons/{coupon.code}", json={"valid_until": until.isoformat()})


def begin_sale(sale: DemoSale, course: PublishedCourse, instructor: SeedClient, timeline: Timeline) -> None:
    """Raises SeedError."""
    start = timeline.started_at(sale.days_ago)
    period = {"from": start.isoformat(), "until": (start + timedelta(days=sale.days)).isoformat()}
    instructor.put(f"/api/courses/{course.id}", {"sale": {"amount": sale.rupees * 100, **period}})


def _coupon(fields: Mapping[str, Any]) -> DemoCoupon:
    own = {"code", "days_ago", "ended_days_ago"}
    terms = {name: value for name, value in fields.items() if name not in own}
    return DemoCoupon(fields["code"], fields["days_ago"], terms, fields.get("ended_days_ago"))
