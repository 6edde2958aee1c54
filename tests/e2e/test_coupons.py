"""Coupons and sale prices by clicks: an admin creates a coupon, a learner buys with it, an instructor has a sale."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Window
from tests.e2e.users import User, assert_eventually, create_published_course

SCRIPTS = Path(__file__).parent
PHONE = {"width": 390, "height": 844}
PAGE_CHECKS = [(SCRIPTS / f"{name}.js").read_text() for name in ("overflow", "accessible_names", "contrast")]


def put_coupon(admin: User, code: str, **terms: Any) -> None:
    admin.post("/api/coupons", {"code": code, "discount_kind": "percent", "value": 25, **terms})


def apply_coupon(page: Page, code: str) -> None:
    """Enters the code in the field, which is open after a refused one."""
    field = page.get_by_label("Coupon code")
    if not field.is_visible():
        page.get_by_text("Have a coupon?").click()
    field.fill(code)
    page.get_by_role("button", name="Apply").click()


def checkout_amounts(student: User) -> list[Any]:
    return [(one["amount"], one["coupon"], one["status"]) for one in student.get("/api/payments/my")["items"]]


def test_admin_creates_edits_and_switches_off_a_coupon(window: Window, admin: User, instructor: User) -> None:
    made = create_published_course(instructor, "Heliographs", amount=50_000)
    put_coupon(admin, "TAKEN-1")
    page = window.open_signed_in(admin, "/admin", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("link", name="Coupons").click()
    page.get_by_role("link", name="New coupon").click()
    page.get_by_role("textbox", name="Code").fill("taken-1")
    page.get_by_label("Percent off").fill("101")
    page.get_by_label("Uses in total").fill("10")
    page.get_by_role("searchbox", name="Courses").fill("heliographs")
    page.get_by_role("button", name="Heliographs").click()
    page.get_by_role("button", name="Create coupon").click()
    expect(page.get_by_text("A whole percentage from 1 to 100.")).to_be_visible()
    page.get_by_label("Percent off").fill("30")
    page.get_by_role("button", name="Create coupon").click()
    expect(page.locator(".field-error", has_text="There is a coupon with this code")).to_be_visible()
    window.console_errors.clear()
    page.get_by_role("textbox", name="Code").fill("helio-30")
    page.get_by_role("button", name="Create coupon").click()

    expect(page.get_by_role("heading", name="HELIO-30")).to_be_visible()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("The link is copied.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(f"/#/courses/{made['id']}?coupon=HELIO-30")
    page.get_by_label("Uses in total").fill("20")
    page.get_by_role("button", name="Save terms").click()
    expect(page.get_by_text("0 of 20")).to_be_visible()
    page.get_by_role("link", name="All coupons").click()
    row = page.get_by_role("row", name=re.compile("HELIO-30"))
    expect(row).to_contain_text("30 % off · 1 course")
    row.get_by_role("button", name="Switch off").click()
    page.get_by_role("dialog").get_by_role("button", name="Switch off").click()
    expect(row.get_by_text("Off", exact=True)).to_be_visible()
    stored = admin.get("/api/coupons/HELIO-30")
    assert (stored["active"], stored["limit"], stored["value"]) == (False, 20, 30)
    assert stored["courses"] == [made["id"]]


def test_learner_applies_removes_and_pays_with_the_coupon_of_a_link(
    window: Window, admin: User, instructor: User, student: User
) -> None:
    made = create_published_course(instructor, "Quadrants", amount=50_000)
    put_coupon(admin, "QUAD-25")
    page = window.open_signed_in(student, f"/courses/{made['id']}?coupon=quad-25")
    bill = page.get_by_label("Price", exact=True)
    expect(bill).to_contain_text("Regular price₹500Coupon QUAD-25\N{MINUS SIGN}₹125You pay₹375")
    page.get_by_role("button", name="Remove coupon").click()
    expect(page.get_by_role("button", name="Buy for ₹500")).to_be_visible()
    assert checkout_amounts(student) == []
    apply_coupon(page, "Quad-25")
    page.get_by_role("button", name="Buy for ₹375").click()
    checkout = page.frame_locator("iframe[title=Checkout]")
    checkout.get_by_role("button", name="Close without paying").click()
    expect(page.get_by_text("We are checking your payment")).to_be_visible()

    page.reload()
    expect(bill).to_contain_text("You pay₹375")
    page.get_by_role("button", name="Continue payment").click()
    checkout.get_by_role("button", name="Pay ₹375.00").click()
    expect(page.get_by_role("link", name="Start learning")).to_be_visible()
    assert_eventually(lambda: checkout_amounts(student) == [(37_500, "QUAD-25", "captured")])


def test_refused_coupons_say_why_and_one_for_the_whole_price_opens_the_course(
    window: Window, admin: User, instructor: User, student: User
) -> None:
    made = create_published_course(instructor, "Nocturnals", amount=50_000)
    now = datetime.now(UTC)
    put_coupon(admin, "OVER", valid_until=(now - timedelta(days=1)).isoformat())
    put_coupon(admin, "NOT-YET", valid_from=(now + timedelta(days=1)).isoformat())
    put_coupon(admin, "DEAR", minimum=50_001)
    put_coupon(admin, "OTHER", courses=[create_published_course(instructor, "Armillaries")["id"]])
    put_coupon(admin, "TOO-MUCH", discount_kind="amount", value=49_950)
    put_coupon(admin, "ALL-OFF", value=100, limit=1)
    page = window.open_signed_in(student, f"/courses/{made['id']}")
    for code, message in (
        ("NONE-SUCH", "There is no such coupon"),
        ("A B", "3 to 32 letters, digits and hyphens"),
        ("OVER", "no longer valid"),
        ("NOT-YET", "not valid yet"),
        ("DEAR", "below the minimum of the coupon"),
        ("OTHER", "not for this course"),
        ("TOO-MUCH", "cannot be used for this course"),
    ):
        apply_coupon(page, code)
        expect(page.locator(".coupon .field-error", has_text=message)).to_be_visible()
        expect(page.get_by_label("Coupon code")).to_be_focused()
    expect(page.get_by_role("button", name="Buy for ₹500")).to_be_visible()
    window.console_errors.clear()
    apply_coupon(page, "all-off")
    page.get_by_role("button", name="Enroll for free").click()
    expect(page.get_by_role("link", name="Start learning")).to_be_visible()
    assert checkout_amounts(student) == []
    assert admin.get("/api/coupons/ALL-OFF")["used"] == 1


def test_coupon_that_ends_before_the_order_is_refused_at_the_field(
    window: Window, admin: User, instructor: User, student: User
) -> None:
    made = create_published_course(instructor, "Volvelles", amount=50_000)
    put_coupon(admin, "SHORT")
    page = window.open_signed_in(student, f"/courses/{made['id']}?coupon=SHORT")
    expect(page.get_by_role("button", name="Buy for ₹375")).to_be_visible()
    assert admin.api.patch("/api/coupons/SHORT", json={"active": False}).status_code == 200
    page.get_by_role("button", name="Buy for ₹375").click()
    expect(page.locator(".coupon .field-error", has_text="no longer valid")).to_be_visible()
    expect(page.get_by_role("button", name="Buy for ₹500")).to_be_visible()
    window.console_errors.clear()
    assert checkout_amounts(student) == []


def test_price_that_changed_is_shown_before_checkout_opens(window: Window, instructor: User, student: User) -> None:
    made = create_published_course(instructor, "Planispheres", amount=50_000)
    page = window.open_signed_in(student, f"/courses/{made['id']}")
    expect(page.get_by_role("button", name="Buy for ₹500")).to_be_visible()
    instructor.put(f"/api/courses/{made['id']}", {"price": {"amount": 60_000, "currency": "INR"}})
    page.get_by_role("button", name="Buy for ₹500").click()
    expect(page.get_by_text("The price has changed")).to_be_visible()
    expect(page.get_by_label("Price", exact=True)).to_contain_text("You pay₹600")
    page.get_by_role("button", name="Continue payment").click()
    page.frame_locator("iframe[title=Checkout]").get_by_role("button", name="Pay ₹600.00").click()
    expect(page.get_by_role("link", name="Start learning")).to_be_visible()


def test_instructor_schedules_and_ends_a_sale_that_card_and_course_page_show(
    window: Window, instructor: User, student: User
) -> None:
    made = create_published_course(instructor, "Torquetums", amount=50_000)
    page = window.open_signed_in(instructor, f"/teaching/{made['id']}", timezone_id="America/New_York")
    page.get_by_label("Sale price in INR").fill("500")
    page.get_by_label("From").fill("2026-01-01T00:00")
    page.get_by_label("Until").fill("2099-01-01T00:00")
    page.get_by_role("button", name="Schedule sale").click()
    expect(page.get_by_text("The sale price must be below ₹500.").first).to_be_visible()
    page.get_by_label("Sale price in INR").fill("299")
    page.get_by_role("button", name="Schedule sale").click()
    expect(page.get_by_text("On sale now")).to_be_visible()
    expect(page.get_by_label("Price in INR", exact=True)).to_have_value("500")
    sale = instructor.get(f"/api/courses/{made['id']}")["sale"]
    assert sale == {"amount": 29_900, "from": "2025-12-31T18:30:00.000Z", "until": "2098-12-31T18:30:00.000Z"}

    assert_eventually(lambda: student.get("/api/courses?q=torquetums")["items"][0]["sale"] == sale)
    shop = window.open_signed_in(student, "/?q=torquetums")
    card = shop.get_by_role("article").filter(has_text="Torquetums")
    expect(card.locator(".price")).to_have_text("Sale price ₹299 Regular price ₹500")
    expect(card.get_by_text("Until 31 Dec 2098")).to_be_visible()
    card.get_by_role("link", name="Torquetums").click()
    expect(shop.locator(".buy s")).to_have_text("Regular price ₹500")
    expect(shop.get_by_role("button", name="Buy for ₹299")).to_be_visible()
    page.get_by_role("button", name="End sale").click()
    page.get_by_role("dialog").get_by_role("button", name="End sale").click()
    expect(page.get_by_role("button", name="Schedule sale")).to_be_visible()
    shop.reload()
    expect(shop.get_by_role("button", name="Buy for ₹500")).to_be_visible()


@pytest.mark.parametrize(
    "options",
    [{"color_scheme": "light", "viewport": PHONE}, {"color_scheme": "dark"}],
    ids=["light phone", "dark desktop"],
)
def test_coupon_pages_fit_viewport_and_have_accessible_names_and_contrast(
    window: Window, admin: User, instructor: User, student: User, options: dict[str, Any]
) -> None:
    made = create_published_course(instructor, "Almucantars", amount=50_000)
    code = f"LONG-CODE-OF-THIRTY-CHARS-{options['color_scheme'].upper()}"
    put_coupon(admin, code, courses=[made["id"]], limit=10)
    sale = {"amount": 40_000, "from": "2026-01-01T00:00:00Z", "until": "2099-01-01T00:00:00Z"}
    instructor.put(f"/api/courses/{made['id']}", {"sale": sale})
    for user, path, ready in (
        (student, f"/courses/{made['id']}?coupon={code}", "You pay"),
        (admin, "/admin/coupons", code),
        (admin, "/admin/coupons/new", "Create coupon"),
        (admin, f"/admin/coupons/{code}", "Save terms"),
        (instructor, f"/teaching/{made['id']}", "On sale now"),
    ):
        page = window.open_signed_in(user, path, **options)
        expect(page.get_by_text(ready).first).to_be_visible()
        assert [found for check in PAGE_CHECKS for found in page.evaluate(check)] == [], path
