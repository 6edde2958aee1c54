"""State and firm of the buyer: at the checkout of a registered seller, in the profile, and at sign-up."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Window
from tests.e2e.product import Product, running_product
from tests.e2e.users import User, assert_eventually, create_published_course

GSTIN = "29AAGCB7383J1Z4"
SCRIPTS = Path(__file__).parent
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A seller in Maharashtra who issues tax invoices."""
    settings = {"LMS_SELLER_GSTIN": "27AAPFU0939F1ZV", "LMS_SELLER_ADDRESS": "12 MG Road, Pune 411001"}
    with running_product(tmp_path_factory.mktemp("seller"), settings) as running:
        yield running


def pay(page: Page) -> None:
    page.frame_locator("iframe[title=Checkout]").get_by_role("button", name="Pay ₹250.00").click()
    expect(page.get_by_role("link", name="Start learning")).to_be_visible()


def receipt_of(student: User) -> Any:
    [order] = student.get("/api/payments/my")["items"]
    assert_eventually(lambda: student.get(f"/api/payments/{order['order_id']}")["payment"]["status"] == "captured")
    return student.get(f"/api/payments/{order['order_id']}/receipt")


def test_checkout_of_a_person_asks_for_the_state_and_remembers_it(
    window: Window, instructor: User, student: User
) -> None:
    made = create_published_course(instructor, "Sundials", amount=25_000)
    page = window.open_signed_in(student, f"/courses/{made['id']}")
    expect(page.get_by_label("GSTIN", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Buy for ₹250").click()
    expect(page.get_by_label("Your State")).to_have_attribute("aria-invalid", "true")
    assert student.get("/api/payments/my")["items"] == []
    page.get_by_label("Your State").select_option("Kerala")
    page.get_by_role("button", name="Buy for ₹250").click()
    page.frame_locator("iframe[title=Checkout]").get_by_role("button", name="Close without paying").click()
    expect(page.get_by_label("Your State")).to_have_value("32")
    page.get_by_role("button", name="Continue payment").click()
    pay(page)
    receipt = receipt_of(student)
    assert (receipt["learner"]["state"], receipt["tax"]["igst"]) == ("32", 3_814)
    assert student.get("/api/auth/me")["state"] == "32"


def test_checkout_of_a_firm_prints_it_on_the_invoice(window: Window, instructor: User, student: User) -> None:
    made = create_published_course(instructor, "Hourglasses", amount=25_000)
    page = window.open_signed_in(student, f"/courses/{made['id']}")
    page.get_by_label("I buy for a firm").check()
    expect(page.get_by_label("Your State")).to_be_hidden()
    page.get_by_label("GSTIN", exact=True).fill("29aagcb7383j1z5")
    page.get_by_label("Name of the firm").fill("Kaveri Labs")
    page.get_by_label("Address of the firm").fill("4 Church Street\nBengaluru 560001")
    page.get_by_role("button", name="Buy for ₹250").click()
    expect(page.get_by_label("GSTIN", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".field-error", has_text="not a valid GSTIN")).to_be_visible()
    window.console_errors.clear()
    page.get_by_label("GSTIN", exact=True).fill(GSTIN)
    page.get_by_role("button", name="Buy for ₹250").click()
    pay(page)
    receipt = receipt_of(student)
    page.goto(f"/#/purchases/{receipt['order_id']}")
    expect(page.get_by_text(f"GSTIN {GSTIN}")).to_be_visible()
    expect(page.get_by_text("Kaveri Labs")).to_be_visible()
    expect(page.get_by_text("Karnataka")).to_be_visible()
    assert student.get("/api/auth/me")["gstin"] == GSTIN


def test_profile_stores_state_and_firm_and_removes_the_firm(window: Window, student: User) -> None:
    page = window.open_signed_in(student, "/profile")
    page.get_by_label("Your State").select_option("Karnataka")
    page.get_by_label("I buy for a firm").check()
    page.get_by_label("GSTIN", exact=True).fill(GSTIN)
    page.get_by_label("Name of the firm").fill("Kaveri Labs")
    page.get_by_label("Address of the firm").fill("Bengaluru")
    page.get_by_role("button", name="Save invoice details").click()
    assert_eventually(lambda: student.get("/api/auth/me")["firm_address"] == "Bengaluru")
    page.reload()
    expect(page.get_by_label("Your State")).to_have_value("29")
    expect(page.get_by_label("GSTIN", exact=True)).to_have_value(GSTIN)
    page.get_by_label("I buy for a firm").uncheck()
    page.get_by_role("button", name="Save invoice details").click()
    assert_eventually(lambda: student.get("/api/auth/me")["gstin"] is None)
    assert student.get("/api/auth/me")["state"] == "29"


def test_sign_up_of_a_student_takes_the_state(window: Window) -> None:
    page = window.open("/sign-up")
    page.get_by_label("Name").fill("Asha Raman")
    page.get_by_label("E-mail").fill("asha.raman@example.com")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_text("Teach", exact=True).click()
    expect(page.get_by_label("State")).to_be_hidden()
    page.get_by_text("Learn", exact=True).click()
    page.get_by_label("State").select_option("Goa")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("link", name="My learning")).to_be_visible()
    page.goto("/#/profile")
    expect(page.get_by_label("Your State")).to_have_value("30")


@pytest.mark.parametrize(
    "options",
    [{"color_scheme": "light", "viewport": PHONE}, {"color_scheme": "dark"}],
    ids=["light phone", "dark desktop"],
)
def test_invoice_fields_fit_viewport_and_have_accessible_names_and_contrast(
    window: Window, instructor: User, student: User, options: dict[str, Any]
) -> None:
    made = create_published_course(instructor, "Astrolabes", amount=25_000)
    page = window.open_signed_in(student, f"/courses/{made['id']}", **options)
    for path, heading in ((f"/courses/{made['id']}", "Astrolabes"), ("/profile", "Profile")):
        page.goto(f"/#{path}")
        # The page before has the same field: wait for the heading of this one.
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        page.get_by_label("I buy for a firm").check()
        expect(page.get_by_label("GSTIN", exact=True)).to_be_visible()
        for name in ("overflow", "accessible_names", "contrast"):
            assert page.evaluate((SCRIPTS / f"{name}.js").read_text()) == []
