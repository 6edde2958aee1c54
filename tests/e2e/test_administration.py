"""Administration of users, courses and reviews, with its effects for the affected users."""

import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Window
from tests.e2e.users import PASSWORD, User, assert_eventually, create_published_course, purchase_course


def test_admin_suspends_and_reinstates_a_user(window: Window, admin: User, new_user: Callable[..., User]) -> None:
    troubled = new_user("instructor", "Troubled Tess")
    page = window.open_signed_in(admin, "/admin/users?role=instructor")
    row = page.get_by_role("row", name=re.compile("Troubled Tess"))
    load_until_visible(page, row)
    row.get_by_role("button", name="Suspend").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("Spam")
    page.get_by_role("dialog").get_by_role("button", name="Suspend").click()
    expect(row.get_by_text("Suspended")).to_be_visible()

    affected_page = window.open("/sign-in")
    affected_page.get_by_label("E-mail").fill(troubled.email)
    affected_page.get_by_label("Password").fill(PASSWORD)
    affected_page.get_by_role("button", name="Sign in").click()
    expect(affected_page.locator(".form-error")).to_be_visible()
    window.console_errors.clear()

    row.get_by_role("button", name="Reinstate").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("Sorry")
    page.get_by_role("dialog").get_by_role("button", name="Reinstate").click()
    expect(row.get_by_text("Active")).to_be_visible()
    affected_page.get_by_role("button", name="Sign in").click()
    expect(affected_page.get_by_label("Account of Troubled Tess")).to_be_visible()


def test_admin_hides_and_restores_a_course_with_a_reason(window: Window, admin: User, instructor: User) -> None:
    made = create_published_course(instructor, "Dubious remedies")
    page = window.open_signed_in(admin, "/admin/courses")
    row = page.get_by_role("row", name=re.compile("Dubious remedies"))
    row.get_by_role("button", name="Hide").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Hide course").click()
    expect(dialog.get_by_label("Reason")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Reason").fill("Claims without proof")
    dialog.get_by_role("button", name="Hide course").click()
    expect(row).to_contain_text("Claims without proof")
    assert_eventually(lambda: instructor.get("/api/courses?q=dubious")["items"] == [])

    affected_page = window.open_signed_in(instructor, f"/teaching/{made['id']}")
    expect(affected_page.get_by_text("Claims without proof")).to_be_visible()
    row.get_by_role("button", name="Restore").click()
    dialog.get_by_label("Reason").fill("Proof was given")
    dialog.get_by_role("button", name="Restore course").click()
    expect(row.get_by_role("button", name="Hide")).to_be_visible()
    assert_eventually(lambda: len(instructor.get("/api/courses?q=dubious")["items"]) == 1)


def test_admin_closes_a_course_to_its_learners_and_reopens_it(
    window: Window, admin: User, instructor: User, student: User
) -> None:
    made = create_published_course(instructor, "Miracle cures")
    student.post("/api/enrollments", {"course_id": made["id"]})
    page = window.open_signed_in(admin, "/admin/courses")
    row = page.get_by_role("row", name=re.compile("Miracle cures"))
    row.get_by_role("button", name="Hide").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Dangerous")
    dialog.get_by_label("Close it to enrolled learners, too").check()
    dialog.get_by_role("button", name="Hide course").click()
    expect(row.get_by_text("Closed to enrolled learners")).to_be_visible()

    affected_page = window.open_signed_in(student, "/learning")
    card = affected_page.locator("article", has_text="Miracle cures")
    expect(card.get_by_text("An administrator closed this course.")).to_be_visible()
    expect(card.get_by_role("link")).to_have_count(0)
    row.get_by_role("button", name="Restore").click()
    dialog.get_by_label("Reason").fill("Rewritten")
    dialog.get_by_role("button", name="Restore course").click()
    expect(row.get_by_text("Closed to enrolled learners")).to_have_count(0)
    affected_page.reload()
    expect(card.get_by_role("link", name="Start learning")).to_be_visible()


def test_admin_finds_and_restores_a_hidden_review(window: Window, admin: User, instructor: User, student: User) -> None:
    made = create_published_course(instructor, "Barometry")
    student.post("/api/enrollments", {"course_id": made["id"]})
    student.put(f"/api/courses/{made['id']}/reviews/my", {"rating": 1, "text": "Rain all week"})
    page = window.open_signed_in(admin, f"/courses/{made['id']}")
    hidden = page.get_by_role("region", name="Hidden reviews")
    expect(hidden.get_by_text("No hidden reviews.")).to_be_visible()
    page.locator(".review").get_by_role("button", name="Hide").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Not about the course")
    dialog.get_by_role("button", name="Hide review").click()
    expect(hidden.locator(".review")).to_contain_text("Not about the course")
    assert student.get(f"/api/courses/{made['id']}/reviews")["items"] == []

    hidden.get_by_role("button", name="Restore").click()
    dialog.get_by_label("Reason").fill("It is, a little")
    dialog.get_by_role("button", name="Restore review").click()
    expect(hidden.get_by_text("No hidden reviews.")).to_be_visible()
    expect(page.locator(".review")).to_contain_text("Rain all week")
    assert len(student.get(f"/api/courses/{made['id']}/reviews")["items"]) == 1


@pytest.fixture
def set_balance(razorpay_url: str) -> Iterator[Callable[[int | None], object]]:
    """`set_balance(paise)` sets the balance of the account at Razorpay; it is unlimited again afterwards."""

    def set_to(paise: int | None) -> None:
        httpx.patch(f"{razorpay_url}/_local/settings", json={"balance": paise}).raise_for_status()

    yield set_to
    set_to(None)


def test_admin_sees_a_rejected_refund_with_its_reason_until_it_is_made(
    window: Window,
    admin: User,
    instructor: User,
    student: User,
    razorpay_url: str,
    set_balance: Callable[[int | None], object],
) -> None:
    order = purchase_course(student, create_published_course(instructor, "Rain gauges", amount=30_000), razorpay_url)
    set_balance(0)
    page = window.open_signed_in(admin, "/admin/payments")
    page.get_by_label("Order", exact=True).fill(order)
    page.get_by_role("button", name="Look up").click()
    page.get_by_role("button", name="Refund").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Amount in INR").fill("100.50")
    dialog.get_by_label("Reason").fill("A lesson was missing")
    dialog.get_by_role("button", name="Refund").click()
    expect(page.get_by_text("Razorpay rejected the refund for now.")).to_be_visible()
    details = page.locator(".pairs")
    expect(details).to_contain_text("₹100.50, waits for Razorpay")
    expect(details).to_contain_text("Razorpay: 400 BAD_REQUEST_ERROR: Your account does not have enough balance")
    set_balance(None)
    page.get_by_role("button", name="Ask Razorpay").click()
    expect(details).to_contain_text("₹100.50, refunded")
    expect(details).not_to_contain_text("enough balance")


def test_admin_opens_the_receipt_of_a_payment_and_downloads_its_pdf(
    window: Window, admin: User, instructor: User, student: User, razorpay_url: str
) -> None:
    order = purchase_course(student, create_published_course(instructor, "Barometers", amount=30_000), razorpay_url)
    page = window.open_signed_in(admin, "/admin/payments")
    page.get_by_label("Order", exact=True).fill(order)
    page.get_by_role("button", name="Look up").click()
    page.get_by_role("link", name="Receipt").click()
    expect(page.locator(".receipt")).to_contain_text(order)
    assert page.url.endswith(f"#/admin/payments/{order}/receipt")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download PDF", exact=True).click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    page.locator(".heading").get_by_role("link", name="Payments").click()
    expect(page.get_by_role("heading", name="Look up an order")).to_be_visible()


def load_until_visible(page: Page, row: Locator) -> None:
    """Load the pages of a list until it contains the row: users are listed oldest first, and other tests add users."""
    more = page.get_by_role("button", name="Load more")
    expect(row.or_(more).first).to_be_visible()
    while not row.is_visible():
        rows = page.get_by_role("row")
        loaded = rows.count()
        more.click()
        expect(rows).not_to_have_count(loaded)
