"""The purchase panel: closed browser, dismissed checkout, failed payment, cancellation, amount mismatch."""

from typing import Any

import httpx
from playwright.sync_api import FrameLocator, Page, expect

from tests.e2e.conftest import Window
from tests.e2e.users import User, assert_eventually, create_published_course


def checkout_frame(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title=Checkout]")


def orders(student: User) -> list[Any]:
    found: list[Any] = student.get("/api/payments/my")["items"]
    return found


def test_payment_with_closed_browser_is_opened_by_webhook(window: Window, instructor: User, student: User) -> None:
    made = create_published_course(instructor, "Sundials", amount=25_000)
    page = window.open_signed_in(student, f"/courses/{made['id']}")
    page.get_by_role("button", name="Buy for ₹250").click()
    checkout_frame(page).get_by_role("button", name="Pay but close the browser").click()
    expect(checkout_frame(page).get_by_text("Paid, and the merchant's page got no response.")).to_be_visible()
    page.context.close()

    assert_eventually(lambda: [one["status"] for one in orders(student)] == ["captured"])
    page = window.open_signed_in(student, f"/courses/{made['id']}")
    expect(page.get_by_role("link", name="Start learning")).to_be_visible()
    assert [one["status"] for one in orders(student)] == ["captured"]


def test_payment_with_dismissed_checkout_opens_the_course(window: Window, instructor: User, student: User) -> None:
    made = create_published_course(instructor, "Hourglasses", amount=25_000)
    page = window.open_signed_in(student, f"/courses/{made['id']}")
    page.get_by_role("button", name="Buy for ₹250").click()
    checkout_frame(page).get_by_role("button", name="Pay but close the browser").click()
    expect(checkout_frame(page).get_by_text("Paid, and the merchant's page got no response.")).to_be_visible()
    checkout_frame(page).get_by_role("button", name="Close without paying").click()
    expect(page.get_by_role("link", name="Start learning")).to_be_visible()


def test_failed_payment_is_retried_on_the_same_order(window: Window, instructor: User, student: User) -> None:
    made = create_published_course(instructor, "Astrolabes", amount=25_000)
    page = window.open_signed_in(student, f"/courses/{made['id']}")
    page.get_by_role("button", name="Buy for ₹250").click()
    checkout_frame(page).get_by_role("button", name="Payment fails").click()
    expect(checkout_frame(page).get_by_text("You can try again")).to_be_visible()
    checkout_frame(page).get_by_role("button", name="Close without paying").click()
    expect(page.get_by_text("The payment failed")).to_be_visible()
    first = [one["order_id"] for one in orders(student)]

    page.get_by_role("button", name="Continue payment").click()
    checkout_frame(page).get_by_role("button", name="Pay ₹250.00").click()
    expect(page.get_by_role("link", name="Start learning")).to_be_visible()
    assert [one["order_id"] for one in orders(student)] == first
    assert orders(student)[0]["status"] in ("authorized", "captured")


def test_pending_purchase_can_be_withdrawn(window: Window, instructor: User, student: User) -> None:
    made = create_published_course(instructor, "Sextants", amount=25_000)
    page = window.open_signed_in(student, f"/courses/{made['id']}")
    page.get_by_role("button", name="Buy for ₹250").click()
    checkout_frame(page).get_by_role("button", name="Close without paying").click()
    expect(page.get_by_text("We are checking your payment")).to_be_visible()
    page.get_by_role("button", name="Cancel purchase").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel purchase").click()
    expect(page.get_by_text("You cancelled this purchase.")).to_be_visible()
    assert student.get(f"/api/enrollments/{made['id']}")["reason"] == "withdrawn"


def test_unfinished_purchase_continues_on_the_same_order_after_reload(
    window: Window, instructor: User, student: User
) -> None:
    made = create_published_course(instructor, "Compasses", amount=25_000)
    student.post("/api/payments/create-order", {"course_id": made["id"]})
    page = window.open_signed_in(student, "/learning")
    page.get_by_role("link", name="Continue payment").click()
    expect(page.get_by_text("Your payment is not complete")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Continue payment").click()
    checkout_frame(page).get_by_role("button", name="Pay ₹250.00").click()
    expect(page.get_by_role("link", name="Start learning")).to_be_visible()
    assert len(orders(student)) == 1


def test_mismatched_payment_is_shown_on_hold_and_refunded_by_admin(
    window: Window, admin: User, instructor: User, student: User, razorpay_url: str
) -> None:
    made = create_published_course(instructor, "Orreries", amount=25_000)
    order = student.post("/api/payments/create-order", {"course_id": made["id"]})["order_id"]
    httpx.post(f"{razorpay_url}/_local/orders/{order}/pay", json={"outcome": "captured", "amount": 24_900})
    assert_eventually(lambda: student.get(f"/api/payments/{order}")["payment"]["on_hold"] != [])
    purchases = window.open_signed_in(student, "/purchases")
    expect(purchases.get_by_text("₹249 on hold")).to_be_visible()
    expect(purchases.get_by_text("The paid amount differs from the order amount")).to_be_visible()

    page = window.open_signed_in(admin, "/admin/payments")
    page.get_by_label("Order", exact=True).fill(order)
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_text("₹249, not the amount of the order")).to_be_visible()
    page.get_by_role("button", name="Refund").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Paid with a discount by Razorpay")
    dialog.get_by_role("button", name="Refund").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("not the amount of the order")).to_have_count(0)
    assert httpx.get(f"{razorpay_url}/_local/statement").json()["by_order"][order]["refunded"] == 24_900


def test_mismatched_payment_is_accepted_by_admin_and_opens_the_course(
    window: Window, admin: User, instructor: User, student: User, razorpay_url: str
) -> None:
    made = create_published_course(instructor, "Astrolabes", amount=49_900)
    page = window.open_signed_in(student, f"/courses/{made['id']}")
    expect(page.get_by_role("button", name="Buy for ₹499")).to_be_visible()
    order = student.post("/api/payments/create-order", {"course_id": made["id"]})["order_id"]
    offer = {"outcome": "captured", "offer_id": "offer_ANZoaxsOww2X53", "discount": 5_000}
    httpx.post(f"{razorpay_url}/_local/orders/{order}/pay", json=offer)
    assert_eventually(lambda: student.get(f"/api/payments/{order}")["payment"]["on_hold"] != [])
    page.get_by_role("button", name="Buy for ₹499").click()
    expect(page.get_by_text("Your payment is being reviewed")).to_be_visible()
    expect(page.get_by_role("button", name="Buy")).to_have_count(0)
    assert len(orders(student)) == 1
    window.console_errors.clear()

    admin_page = window.open_signed_in(admin, "/admin/payments")
    admin_page.get_by_label("Order", exact=True).fill(order)
    admin_page.get_by_role("button", name="Look up").click()
    admin_page.get_by_role("button", name="Accept").click()
    dialog = admin_page.get_by_role("dialog")
    expect(dialog.get_by_text("It pays for this order of ₹499")).to_be_visible()
    dialog.get_by_role("button", name="Accept payment").click()
    expect(dialog.get_by_label("Reason")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Reason").fill("Our Diwali offer")
    dialog.get_by_role("button", name="Accept payment").click()
    expect(dialog).to_have_count(0)
    expect(admin_page.get_by_text("₹449, accepted by an administrator")).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name="Start learning")).to_be_visible()
