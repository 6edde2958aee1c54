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
