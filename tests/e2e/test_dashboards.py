"""The three dashboards: tiles, charts with table alternatives, CSV download, payments page."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Window
from tests.e2e.users import User, assert_eventually, create_published_course, purchase_course, wait_until_stable


def tile_value(page: Page, name: str) -> str:
    """The value of a tile."""
    return page.locator(".stat", has=page.get_by_text(name, exact=True)).locator("strong").inner_text()


def chart_rows(page: Page, chart: str) -> list[list[str]]:
    """A chart's table alternative."""
    found = page.locator("figure", has_text=chart)
    found.get_by_text("Show as a table").click()
    return [line.locator("th, td").all_inner_texts() for line in found.locator("tbody tr").all()]


def test_instructor_dashboard_shows_learners_revenue_charts_and_csv(
    window: Window, new_user: Callable[..., User], instructor: User, razorpay_url: str
) -> None:
    paid = create_published_course(instructor, "Telescopes", amount=1_25_050, lessons=("Only",))
    free = create_published_course(instructor, "Binoculars")
    first, second = new_user("student", "Kabir Das"), new_user("student", "Lin Wei")
    purchase_course(first, paid, razorpay_url)
    purchase_course(second, paid, razorpay_url)
    first.put(f"/api/enrollments/{paid['id']}/lessons/{paid['sections'][0]['lessons'][0]['id']}", {"completed": True})
    first.post("/api/enrollments", {"course_id": free["id"]})

    def read_counters() -> tuple[int, ...]:
        dashboard = instructor.get("/api/dashboard/instructor")
        counters = tuple(dashboard[name] for name in ("total_enrollments", "active_students", "completions"))
        return (*counters, sum(money["amount"] for money in dashboard["revenue"]))

    assert_eventually(lambda: read_counters() == (3, 2, 1, 2 * 1_25_050))

    page = window.open_signed_in(instructor, "/teaching")
    expect(page.get_by_role("heading", name="Teaching")).to_be_visible()
    assert {name: tile_value(page, name) for name in ("Courses", "Enrollments", "Active students", "Completions")} == {
        "Courses": "2",
        "Enrollments": "3",
        "Active students": "2",
        "Completions": "1",
    }
    assert tile_value(page, "Revenue") == "₹2,501"
    assert sorted(chart_rows(page, "By status, for each course")) == [
        ["Binoculars", "1", "0", "0", "0", "1"],
        ["Telescopes", "1", "1", "0", "0", "2"],
    ]
    assert sorted(chart_rows(page, "Completion rate")) == [["Binoculars", "0 %"], ["Telescopes", "50 %"]]

    chart = page.locator("figure", has_text="By status, for each course").locator(".chart-host")
    chart.focus()
    page.keyboard.press("ArrowRight")
    expect(chart.locator(".tip")).to_be_visible()
    expect(chart.locator(".tip")).to_contain_text("active")

    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    assert download.value.suggested_filename == "courses.csv"
    assert download.value.path().read_bytes() == instructor.api.get("/api/dashboard/instructor/courses.csv").content

    page.get_by_role("row", name=re.compile("Telescopes")).get_by_role("link", name="Learners").click()
    expect(page.get_by_role("row", name=re.compile("Kabir Das.*Completed.*1 of 1"))).to_be_visible()


def test_student_dashboard_shows_progress_and_unfinished_payment(
    window: Window, student: User, instructor: User
) -> None:
    active, done, unpaid = (
        create_published_course(instructor, "Ferns"),
        create_published_course(instructor, "Mosses", lessons=("Only",)),
        create_published_course(instructor, "Lichens", amount=50_000),
    )
    for made in (active, done):
        student.post("/api/enrollments", {"course_id": made["id"]})
    for made in (active, done):
        lesson = made["sections"][0]["lessons"][0]["id"]
        student.put(f"/api/enrollments/{made['id']}/lessons/{lesson}", {"completed": True})
    student.post("/api/enrollments", {"course_id": unpaid["id"]})

    page = window.open_signed_in(student, "/learning")
    expect(page.get_by_role("heading", name="Hello, Asha")).to_be_visible()
    assert [tile_value(page, name) for name in ("In progress", "Completed", "Lessons completed")] == ["1", "1", "2"]
    expect(page.locator("article", has_text="Ferns").get_by_role("img", name="50 % complete")).to_be_visible()
    expect(page.locator("article", has_text="Ferns")).to_contain_text("Next: Two")
    expect(page.locator("article", has_text="Mosses").get_by_role("img", name="100 % complete")).to_be_visible()
    expect(page.locator("article", has_text="Lichens")).to_contain_text("Payment incomplete")


def test_admin_dashboard_shows_users_revenue_and_no_attention_items(
    window: Window, admin: User, instructor: User, student: User, razorpay_url: str
) -> None:
    def without_time() -> dict[str, Any]:
        dashboard = admin.get("/api/dashboard/admin")
        return {**dashboard, "attention": {**dashboard["attention"], "overdue_seconds": 0}}

    before = wait_until_stable(without_time)
    purchase_course(student, create_published_course(instructor, "Barometers", amount=77_700), razorpay_url)
    net = sum(one["amount"] for one in before["revenue"]["net"]) + 77_700
    assert_eventually(
        lambda: admin.get("/api/dashboard/admin")["revenue"]["net"] == [{"amount": net, "currency": "INR"}]
    )
    assert_eventually(
        lambda: admin.get("/api/dashboard/admin")["enrollments"]["active"] > before["enrollments"]["active"]
    )
    attention = ("refunds_pending", "amount_mismatches")
    assert_eventually(lambda: not any(admin.get("/api/dashboard/admin")["attention"][name] for name in attention))
    now = wait_until_stable(without_time)

    page = window.open_signed_in(admin, "/admin")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    assert tile_value(page, "Net revenue").replace(",", "") == f"₹{net / 100:.2f}".removesuffix(".00")
    assert [tile_value(page, name) for name in ("Users", "Courses", "Enrollments")] == [
        str(now[name]["total"]) for name in ("users", "courses", "enrollments")
    ]
    users = now["users"]
    assert chart_rows(page, "Users by role") == [
        ["Students", str(users["students"])],
        ["Instructors", str(users["instructors"])],
        ["Admins", str(users["admins"])],
    ]
    assert ["Barometers", "₹777"] in chart_rows(page, "Revenue by course")
    disputes = [each for each in admin.get("/api/disputes?limit=100")["items"] if each["status"] == "open"]
    due = admin.get("/api/payments/refund-requests")["items"] or disputes  # of other tests
    expect(page.get_by_text("Needs attention" if due else "Nothing needs your attention")).to_be_visible()


def test_admin_payments_page_refunds_part_of_a_looked_up_order(
    window: Window, admin: User, instructor: User, student: User, razorpay_url: str
) -> None:
    order = purchase_course(student, create_published_course(instructor, "Altimeters", amount=30_000), razorpay_url)
    page = window.open_signed_in(admin, "/admin/payments")
    page.get_by_label("Order").fill(order)
    page.get_by_role("button", name="Look up").click()
    expect(page.locator(".pairs")).to_contain_text("Altimeters")
    expect(page.locator(".pairs")).to_contain_text("₹300")
    page.get_by_role("button", name="Refund").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Amount in INR").fill("100.50")
    dialog.get_by_label("Reason").fill("A lesson was missing")
    dialog.get_by_role("button", name="Refund").click()
    expect(dialog).to_be_hidden()

    def refunded_amount() -> int:
        return int(admin.get(f"/api/payments/{order}")["payment"]["refunded_amount"])

    assert_eventually(lambda: refunded_amount() == 10_050)
    page.get_by_role("button", name="Look up").click()
    expect(page.locator(".pairs")).to_contain_text("₹100.50")
    expect(page.locator(".pairs")).to_contain_text("Active")


def test_admin_payments_page_asks_razorpay_about_an_order(
    window: Window, admin: User, instructor: User, student: User, razorpay_url: str
) -> None:
    made = create_published_course(instructor, "Barographs", amount=20_000)
    order = student.post("/api/payments/create-order", {"course_id": made["id"]})["order_id"]
    httpx.post(f"{razorpay_url}/_local/orders/{order}/pay", json={"outcome": "captured", "webhooks": False})
    page = window.open_signed_in(admin, "/admin/payments")
    page.get_by_label("Order", exact=True).fill(order)
    page.get_by_role("button", name="Look up").click()
    expect(page.locator(".pairs")).to_contain_text("Pending")
    page.get_by_role("button", name="Ask Razorpay").click()
    expect(page.locator(".pairs")).to_contain_text("Captured")
    expect(page.locator(".pairs")).to_contain_text("Active")
    page.get_by_label("Order", exact=True).fill("order_AAAAAAAAAAAAAA")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_text("order_AAAAAAAAAAAAAA is unknown here")).to_be_visible()
    page.get_by_role("button", name="Ask Razorpay").click()
    expect(page.get_by_text("You have no such order")).to_be_visible()
    window.console_errors.clear()  # the browser reports both responses with 404


def test_admin_payments_page_filters_all_payments_by_status(
    window: Window, admin: User, instructor: User, student: User, razorpay_url: str
) -> None:
    paid = purchase_course(student, create_published_course(instructor, "Sextants", amount=45_000), razorpay_url)
    unpaid = student.post(
        "/api/payments/create-order", {"course_id": create_published_course(instructor, "Octants", amount=100)["id"]}
    )
    assert_eventually(lambda: admin.get("/api/payments?limit=1")["items"][0]["order_id"] == unpaid["order_id"])
    page = window.open_signed_in(admin, "/admin/payments?status=pending")
    all_payments = page.get_by_role("region", name="All payments")
    expect(all_payments.get_by_role("row", name=re.compile(unpaid["order_id"]))).to_contain_text("Pending")
    expect(all_payments.get_by_text(paid)).to_have_count(0)
    page.get_by_label("Status").select_option("captured")
    row = all_payments.get_by_role("row", name=re.compile(paid))
    expect(row).to_contain_text("₹450")
    row.get_by_role("button", name="View").click()
    expect(page.locator(".pairs")).to_contain_text("Sextants")


def test_admin_payments_page_lists_a_dispute_with_its_deadline(
    window: Window, admin: User, instructor: User, student: User, razorpay_url: str
) -> None:
    paid = purchase_course(student, create_published_course(instructor, "Astrolabes", amount=45_000), razorpay_url)
    payment_id = student.get(f"/api/payments/{paid}")["payment"]["payment_id"]
    opened = {"status": "created", "deducted": 20_000}
    httpx.post(f"{razorpay_url}/_local/payments/{payment_id}/dispute", json=opened)
    assert_eventually(lambda: paid in [each["order_id"] for each in admin.get("/api/disputes?limit=100")["items"]])
    page = window.open_signed_in(admin, "/admin/payments")
    row = page.get_by_role("region", name="Disputes").get_by_role("row", name=re.compile(paid))
    expect(row).to_contain_text("Open")
    expect(row).to_contain_text("₹200 deducted")
    row.get_by_role("button", name="View").click()
    expect(page.locator(".pairs")).to_contain_text("Astrolabes")
    page.goto("/#/admin")
    expect(page.get_by_text("to answer in Razorpay's dashboard")).to_be_visible()


def test_navigation_marks_the_current_section_on_subpages(window: Window, instructor: User) -> None:
    made = create_published_course(instructor, "Theodolites")
    page = window.open_signed_in(instructor, f"/teaching/{made['id']}/learners")
    current_link = page.get_by_role("navigation", name="Main").locator("[aria-current]")
    expect(current_link).to_have_text(["Teaching"])
    page.goto(f"/#/courses/{made['id']}")
    expect(current_link).to_have_text(["Courses"])
    page.goto("/#/profile")
    expect(current_link).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 390])
def test_amount_of_a_tile_never_breaks(
    window: Window, instructor: User, student: User, razorpay_url: str, width: int
) -> None:
    purchase_course(student, create_published_course(instructor, "Gauges", amount=9_87_654_30), razorpay_url)
    shown = "₹9,87,654.30"
    assert_eventually(lambda: bool(instructor.get("/api/dashboard/instructor")["revenue"]))
    page = window.open_signed_in(instructor, "/teaching", viewport={"width": width, "height": 900})
    amount = page.locator(".stat strong").get_by_text(shown, exact=True)
    expect(amount).to_be_visible()
    lines, overflow, size = amount.evaluate(
        """(element) => [element.getClientRects().length,
          element.getBoundingClientRect().right - element.closest("dd").getBoundingClientRect().right,
          parseFloat(getComputedStyle(element).fontSize)]"""
    )
    assert (lines, overflow <= 0, size >= 14) == (1, True, True), (lines, overflow, size)
