"""Administration of users, courses and reviews, with its effects for the affected users."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.conftest import Window
from tests.e2e.users import PASSWORD, User, assert_eventually, create_published_course


def test_admin_suspends_and_reinstates_a_user(window: Window, admin: User, new_user: Callable[..., User]) -> None:
    troubled = new_user("instructor", "Troubled Tess")
    page = window.open_signed_in(admin, "/admin/users?role=instructor")
    row = page.get_by_role("row", name=re.compile("Troubled Tess"))
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
