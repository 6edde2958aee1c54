"""A learner requests a refund and withdraws it; an administrator declines one and approves another."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Window
from tests.e2e.product import Product
from tests.e2e.users import User, assert_eventually, create_published_course, purchase_course


def request_refund(page: Page, reason: str) -> None:
    page.get_by_role("button", name="Request refund").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Request refund").click()
    expect(dialog.get_by_label("Reason")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Reason").fill(reason)
    dialog.get_by_role("button", name="Request refund").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("Requested", exact=True)).to_be_visible()


def decide(page: Page, order_id: str, button: str, confirm: str, note: str) -> None:
    requests = page.get_by_role("region", name="Refund requests")
    row = requests.get_by_role("row").filter(has_text=order_id)
    row.get_by_role("button", name=button).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Note to the learner").fill(note)
    dialog.get_by_role("button", name=confirm).click()
    expect(dialog).to_have_count(0)
    expect(requests.filter(has_text=order_id)).to_have_count(0)


def test_learner_requests_a_refund_and_an_administrator_decides(
    window: Window, product: Product, admin: User, instructor: User, new_user: Callable[..., User]
) -> None:
    course = create_published_course(instructor, "Refundable ragas", 49_900)
    learner, other = new_user("student", "Undecided Uma"), new_user("student", "Certain Carl")
    order_id = purchase_course(learner, course, product.razorpay_url)
    declined_id = purchase_course(other, course, product.razorpay_url)
    page = window.open_signed_in(learner, "/purchases")
    request_refund(page, "it is not for me")
    page.get_by_role("button", name="Withdraw request").click()
    expect(page.get_by_text("Request withdrawn")).to_be_visible()
    request_refund(page, "it really is not for me")
    request_refund(window.open_signed_in(other, "/purchases"), "too long")

    office = window.open_signed_in(admin, "/admin/payments")
    asked = office.get_by_role("row").filter(has_text="it really is not for me")
    expect(asked).to_contain_text("Undecided Uma")
    expect(asked).to_contain_text("Refundable ragas")
    decide(office, declined_id, "Decline", "Decline", "You had the whole preview")
    decide(office, order_id, "Approve", "Approve and refund", "Enjoy another course")
    assert_eventually(lambda: learner.get(f"/api/payments/{order_id}")["payment"]["status"] == "refunded")

    page.reload()
    expect(page.get_by_text("Approved", exact=True)).to_be_visible()
    expect(page.get_by_text("Enjoy another course")).to_be_visible()
    refused = window.open_signed_in(other, "/purchases")
    expect(refused.get_by_text("Declined", exact=True)).to_be_visible()
    expect(refused.get_by_text("You had the whole preview")).to_be_visible()
    expect(refused.get_by_role("button", name="Request refund")).to_have_count(0)
