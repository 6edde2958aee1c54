"""What an administrator can do to users and courses, seen from both sides."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.conftest import Window
from tests.e2e.people import PASSWORD, Person, course, eventually


def test_a_user_is_suspended_and_reinstated(window: Window, admin: Person, person: Callable[..., Person]) -> None:
    troubled = person("instructor", "Troubled Tess")
    page = window.signed_in(admin, "/admin/users?role=instructor")
    row = page.get_by_role("row", name=re.compile("Troubled Tess"))
    row.get_by_role("button", name="Suspend").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("Spam")
    page.get_by_role("dialog").get_by_role("button", name="Suspend").click()
    expect(row.get_by_text("Suspended")).to_be_visible()

    theirs = window.open("/sign-in")
    theirs.get_by_label("E-mail").fill(troubled.email)
    theirs.get_by_label("Password").fill(PASSWORD)
    theirs.get_by_role("button", name="Sign in").click()
    expect(theirs.locator(".trouble")).to_be_visible()
    window.complaints.clear()

    row.get_by_role("button", name="Reinstate").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("Sorry")
    page.get_by_role("dialog").get_by_role("button", name="Reinstate").click()
    expect(row.get_by_text("Active")).to_be_visible()
    theirs.get_by_role("button", name="Sign in").click()
    expect(theirs.get_by_label("Account of Troubled Tess")).to_be_visible()


def test_a_course_is_hidden_and_restored(window: Window, admin: Person, instructor: Person) -> None:
    made = course(instructor, "Dubious remedies")
    page = window.signed_in(admin, "/admin/courses")
    row = page.get_by_role("row", name=re.compile("Dubious remedies"))
    row.get_by_role("button", name="Hide").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Hide course").click()
    expect(dialog.get_by_label("Reason")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Reason").fill("Claims without proof")
    dialog.get_by_role("button", name="Hide course").click()
    expect(row).to_contain_text("Claims without proof")
    eventually(lambda: instructor.get("/api/courses?q=dubious")["items"] == [])

    theirs = window.signed_in(instructor, f"/teaching/{made['id']}")
    expect(theirs.get_by_text("Claims without proof")).to_be_visible()
    row.get_by_role("button", name="Restore").click()
    dialog.get_by_label("Reason").fill("Proof was given")
    dialog.get_by_role("button", name="Restore course").click()
    expect(row.get_by_role("button", name="Hide")).to_be_visible()
    eventually(lambda: len(instructor.get("/api/courses?q=dubious")["items"]) == 1)


def test_a_course_is_closed_to_its_learners_too(
    window: Window, admin: Person, instructor: Person, student: Person
) -> None:
    made = course(instructor, "Miracle cures")
    student.post("/api/enrollments", {"course_id": made["id"]})
    page = window.signed_in(admin, "/admin/courses")
    row = page.get_by_role("row", name=re.compile("Miracle cures"))
    row.get_by_role("button", name="Hide").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Dangerous")
    dialog.get_by_label("Close it to its learners, too").check()
    dialog.get_by_role("button", name="Hide course").click()
    expect(row.get_by_text("Closed to its learners")).to_be_visible()

    theirs = window.signed_in(student, "/learning")
    card = theirs.locator("article", has_text="Miracle cures")
    expect(card.get_by_text("An administrator closed this course.")).to_be_visible()
    expect(card.get_by_role("link")).to_have_count(0)
    row.get_by_role("button", name="Restore").click()
    dialog.get_by_label("Reason").fill("Rewritten")
    dialog.get_by_role("button", name="Restore course").click()
    expect(row.get_by_text("Closed to its learners")).to_have_count(0)
    theirs.reload()
    expect(card.get_by_role("link", name="Start learning")).to_be_visible()


def test_a_hidden_review_is_found_again_and_restored(
    window: Window, admin: Person, instructor: Person, student: Person
) -> None:
    made = course(instructor, "Barometry")
    student.post("/api/enrollments", {"course_id": made["id"]})
    student.put(f"/api/courses/{made['id']}/reviews/my", {"rating": 1, "text": "Rain all week"})
    page = window.signed_in(admin, f"/courses/{made['id']}")
    hidden = page.get_by_role("region", name="Hidden reviews")
    expect(hidden.get_by_text("None is hidden.")).to_be_visible()
    page.locator(".review").get_by_role("button", name="Hide").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Not about the course")
    dialog.get_by_role("button", name="Hide review").click()
    expect(hidden.locator(".review")).to_contain_text("Not about the course")
    assert student.get(f"/api/courses/{made['id']}/reviews")["items"] == []

    hidden.get_by_role("button", name="Restore").click()
    dialog.get_by_label("Reason").fill("It is, a little")
    dialog.get_by_role("button", name="Restore review").click()
    expect(hidden.get_by_text("None is hidden.")).to_be_visible()
    expect(page.locator(".review")).to_contain_text("Rain all week")
    assert len(student.get(f"/api/courses/{made['id']}/reviews")["items"]) == 1
