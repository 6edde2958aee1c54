"""The state, the terms and the link of a coupon, as the web page shows them to admins."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.web.page_modules import needs_node, run_script

IMPORTS = (
    'import * as terms from "./js/coupons/coupon-terms.js"; import * as figures from "./js/coupons/coupon-figures.js";'
)
COUPON = {
    "code": "DIWALI-25",
    "discount_kind": "percent",
    "value": 25,
    "currency": "INR",
    "courses": None,
    "minimum": None,
    "valid_from": None,
    "valid_until": None,
    "limit": None,
    "remaining": None,
    "used": None,
    "per_learner": 1,
    "first_purchase": False,
    "active": True,
}
DASH = "\N{EN DASH}"
NOW = '"2026-11-23T12:00:00Z"'

pytestmark = needs_node


def evaluate(tmp_path: Path, expression: str, **changes: Any) -> Any:
    return run_script(tmp_path, IMPORTS, f"const coupon = {json.dumps(COUPON | changes)}; result = {expression};")


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "active"),
        ({"limit": 10, "remaining": 1}, "active"),
        ({"limit": 10, "remaining": 0}, "exhausted"),
        ({"valid_from": "2026-11-23T12:00:00Z"}, "active"),
        ({"valid_from": "2026-11-23T12:00:01Z"}, "scheduled"),
        ({"valid_until": "2026-11-23T12:00:01Z"}, "active"),
        ({"valid_until": "2026-11-23T12:00:00Z", "limit": 1, "remaining": 0}, "expired"),
        ({"active": False, "valid_until": "2026-11-22T12:00:00Z"}, "off"),
    ],
)
def test_coupon_state_is_that_of_the_moment(tmp_path: Path, changes: dict[str, Any], state: str) -> None:
    assert evaluate(tmp_path, f"terms.couponState(coupon, Date.parse({NOW}))", **changes) == state


@pytest.mark.parametrize(
    ("changes", "texts"),
    [
        ({}, ["25 % off", "all courses", None, "No limit"]),
        (
            {
                "discount_kind": "amount",
                "value": 10_050,
                "courses": ["crs_1", "crs_2"],
                "minimum": 50_000,
                "first_purchase": True,
                "per_learner": 3,
                "limit": 1_000,
                "used": 12,
                "valid_until": "2026-11-30T18:30:00.000Z",
            },
            [
                "₹100.50 off",
                "2 courses · from ₹500 · first purchase · 3 uses per learner",
                "until 30 Nov 2026",
                "12 of 1,000",
            ],
        ),
    ],
)
def test_coupon_texts_name_discount_conditions_window_and_uses(
    tmp_path: Path, changes: dict[str, Any], texts: list[str | None]
) -> None:
    functions = ("discountText", "conditionsText", "windowText", "usesText")
    expression = f"[{', '.join(f'terms.{name}(coupon)' for name in functions)}]"
    assert evaluate(tmp_path, expression, **changes) == texts


@pytest.mark.parametrize(
    ("courses", "link"),
    [
        (None, "https://x.in/#/?coupon=DIWALI-25"),
        (["crs_1", "crs_2"], "https://x.in/#/?coupon=DIWALI-25"),
        (["crs_1"], "https://x.in/#/courses/crs_1?coupon=DIWALI-25"),
    ],
)
def test_coupon_link_opens_the_only_course_or_the_catalogue(
    tmp_path: Path, courses: list[str] | None, link: str
) -> None:
    assert evaluate(tmp_path, 'terms.couponLink(coupon, "https://x.in/")', courses=courses) == link


@pytest.mark.parametrize(
    ("changes", "texts"),
    [
        ({"redeemed_late": 0}, [DASH, None, DASH]),
        ({"redeemed": 3, "redeemed_late": 0, "free_activations": 0, "discount_given": 0}, ["3", None, DASH]),
        (
            {"redeemed": 1_200, "redeemed_late": 2, "free_activations": 1, "discount_given": 12_345},
            ["1,203", "2 late, 1 free", "₹123.45"],
        ),
    ],
)
def test_coupon_figures_add_up_redemptions_and_are_dashes_without_counts(
    tmp_path: Path, changes: dict[str, Any], texts: list[str | None]
) -> None:
    functions = "figures.redemptionsText(coupon), figures.redemptionsNote(coupon)"
    shown = evaluate(tmp_path, f'[{functions}, figures.figureText(coupon, "discount_given")]', **changes)
    assert shown == texts
