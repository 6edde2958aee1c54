"""The three dashboards show what was done, to the last rupee, and say it in more than one way."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Window
from tests.e2e.people import Person, bought, course, eventually, standing_still


def figure(page: Page, name: str) -> str:
    """The number of a tile."""
    return page.locator(".stat", has=page.get_by_text(name, exact=True)).locator("strong").inner_text()


def rows(page: Page, chart: str) -> list[list[str]]:
    """A chart's table alternative."""
    found = page.locator("figure", has_text=chart)
    found.get_by_text("Show as a table").click()
    return [line.locator("th, td").all_inner_texts() for line in found.locator("tbody tr").all()]


def test_an_instructor_sees_learners_and_money(
    window: Window, person: Callable[..., Person], instructor: Person, gateway: str
) -> None:
    paid = course(instructor, "Telescopes", amount=1_25_050, lessons=("Only",))
    free = course(instructor, "Binoculars")
    first, second = person("student", "Kabir Das"), person("student", "Lin Wei")
    bought(first, paid, gateway)
    bought(second, paid, gateway)
    first.put(f"/api/enrollments/{paid['id']}/lessons/{paid['sections'][0]['lessons'][0]['id']}", {"completed": True})
    first.post("/api/enrollments", {"course_id": free["id"]})

    def shown() -> tuple[int, ...]:
        told = instructor.get("/api/dashboard/instructor")
        counted = tuple(told[name] for name in ("total_enrollments", "active_students", "completions"))
        return (*counted, sum(each["amount"] for each in told["revenue"]))

    eventually(lambda: shown() == (3, 2, 1, 2 * 1_25_050))

    page = window.signed_in(instructor, "/teaching")
    expect(page.get_by_role("heading", name="Teaching")).to_be_visible()
    assert {name: figure(page, name) for name in ("Courses", "Enrollments", "Active students", "Completions")} == {
        "Courses": "2",
        "Enrollments": "3",
        "Active students": "2",
        "Completions": "1",
    }
    assert figure(page, "Revenue") == "₹2,501"
    assert sorted(rows(page, "By state, for each course")) == [
        ["Binoculars", "1", "0", "0", "0", "1"],
        ["Telescopes", "1", "1", "0", "0", "2"],
    ]
    assert sorted(rows(page, "Completion rate")) == [["Binoculars", "0 %"], ["Telescopes", "50 %"]]

    chart = page.locator("figure", has_text="By state, for each course").locator(".chart-host")
    chart.focus()
    page.keyboard.press("ArrowRight")
    expect(chart.locator(".tip")).to_be_visible()
    expect(chart.locator(".tip")).to_contain_text("active")

    with page.expect_download() as kept:
        page.get_by_role("button", name="Download as CSV").click()
    assert kept.value.suggested_filename == "courses.csv"
    assert kept.value.path().read_bytes() == instructor.api.get("/api/dashboard/instructor/courses.csv").content

    page.get_by_role("row", name=re.compile("Telescopes")).get_by_role("link", name="Learners").click()
    expect(page.get_by_role("row", name=re.compile("Kabir Das.*Completed.*1 of 1"))).to_be_visible()


def test_a_student_sees_what_is_going_on(window: Window, student: Person, instructor: Person) -> None:
    begun, done, waiting = (
        course(instructor, "Ferns"),
        course(instructor, "Mosses", lessons=("Only",)),
        course(instructor, "Lichens", amount=50_000),
    )
    for made in (begun, done):
        student.post("/api/enrollments", {"course_id": made["id"]})
    for made in (begun, done):
        lesson = made["sections"][0]["lessons"][0]["id"]
        student.put(f"/api/enrollments/{made['id']}/lessons/{lesson}", {"completed": True})
    student.post("/api/enrollments", {"course_id": waiting["id"]})

    page = window.signed_in(student, "/learning")
    expect(page.get_by_role("heading", name="Hello, Asha")).to_be_visible()
    assert [figure(page, name) for name in ("Learning now", "Completed", "Lessons done")] == ["1", "1", "2"]
    expect(page.locator("article", has_text="Ferns").get_by_role("img", name="50 % complete")).to_be_visible()
    expect(page.locator("article", has_text="Ferns")).to_contain_text("Next: Two")
    expect(page.locator("article", has_text="Mosses").get_by_role("img", name="100 % complete")).to_be_visible()
    expect(page.locator("article", has_text="Lichens")).to_contain_text("Payment not finished")


def test_an_admin_sees_the_platform(
    window: Window, admin: Person, instructor: Person, student: Person, gateway: str
) -> None:
    def without_time() -> dict[str, Any]:
        told = admin.get("/api/dashboard/admin")
        return {**told, "attention": {**told["attention"], "overdue_seconds": 0}}

    before = standing_still(without_time)
    bought(student, course(instructor, "Barometers", amount=77_700), gateway)
    net = sum(one["amount"] for one in before["revenue"]["net"]) + 77_700
    eventually(lambda: admin.get("/api/dashboard/admin")["revenue"]["net"] == [{"amount": net, "currency": "INR"}])
    eventually(lambda: admin.get("/api/dashboard/admin")["enrollments"]["active"] > before["enrollments"]["active"])
    attention = ("refunds_pending", "amount_mismatches")
    eventually(lambda: not any(admin.get("/api/dashboard/admin")["attention"][name] for name in attention))
    now = standing_still(without_time)

    page = window.signed_in(admin, "/admin")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    assert figure(page, "Net revenue").replace(",", "") == f"₹{net / 100:.2f}".removesuffix(".00")
    assert [figure(page, name) for name in ("Users", "Courses", "Enrollments")] == [
        str(now[name]["total"]) for name in ("users", "courses", "enrollments")
    ]
    users = now["users"]
    assert rows(page, "Users by role") == [
        ["Students", str(users["students"])],
        ["Instructors", str(users["instructors"])],
        ["Admins", str(users["admins"])],
    ]
    assert ["Barometers", "₹777"] in rows(page, "Revenue by course")
    expect(page.get_by_text("Nothing needs your attention")).to_be_visible()


def test_an_admin_looks_up_an_order_and_gives_it_back(
    window: Window, admin: Person, instructor: Person, student: Person, gateway: str
) -> None:
    order = bought(student, course(instructor, "Altimeters", amount=30_000), gateway)
    page = window.signed_in(admin, "/admin/payments")
    page.get_by_label("Order").fill(order)
    page.get_by_role("button", name="Look up").click()
    expect(page.locator(".pairs")).to_contain_text("Altimeters")
    expect(page.locator(".pairs")).to_contain_text("₹300")
    page.get_by_role("button", name="Give it back").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Amount in INR").fill("100.50")
    dialog.get_by_label("Reason").fill("A lesson was missing")
    dialog.get_by_role("button", name="Give it back").click()
    expect(dialog).to_be_hidden()

    def returned() -> int:
        return int(admin.get(f"/api/payments/{order}")["payment"]["refunded_amount"])

    eventually(lambda: returned() == 10_050)
    page.get_by_role("button", name="Look up").click()
    expect(page.locator(".pairs")).to_contain_text("₹100.50")
    expect(page.locator(".pairs")).to_contain_text("Active")


def test_an_admin_finds_an_order_among_all(
    window: Window, admin: Person, instructor: Person, student: Person, gateway: str
) -> None:
    paid = bought(student, course(instructor, "Sextants", amount=45_000), gateway)
    unpaid = student.post("/api/payments/create-order", {"course_id": course(instructor, "Octants", amount=100)["id"]})
    eventually(lambda: admin.get("/api/payments?limit=1")["items"][0]["order_id"] == unpaid["order_id"])
    page = window.signed_in(admin, "/admin/payments?status=pending")
    every = page.get_by_role("region", name="All payments")
    expect(every.get_by_role("row", name=re.compile(unpaid["order_id"]))).to_contain_text("Pending")
    expect(every.get_by_text(paid)).to_have_count(0)
    page.get_by_label("State").select_option("captured")
    row = every.get_by_role("row", name=re.compile(paid))
    expect(row).to_contain_text("₹450")
    row.get_by_role("button", name="Look").click()
    expect(page.locator(".pairs")).to_contain_text("Sextants")


def test_a_page_below_a_place_shows_which_place_it_is(window: Window, instructor: Person) -> None:
    made = course(instructor, "Theodolites")
    page = window.signed_in(instructor, f"/teaching/{made['id']}/learners")
    place = page.get_by_role("navigation", name="Main").locator("[aria-current]")
    expect(place).to_have_text(["Teaching"])
    page.goto(f"/#/courses/{made['id']}")
    expect(place).to_have_text(["Courses"])
    page.goto("/#/profile")
    expect(place).to_have_count(0)
