"""Who leaves a page while the server still answers it is not disturbed by the answer."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import Window
from tests.e2e.people import PASSWORD, Person, course


class Held:
    """The first call of an address, whose answer waits until `release()`."""

    def __init__(self, page: Page, address: str) -> None:
        self._page = page
        self.routes: list[Route] = []
        page.route(re.compile(address), lambda route: self.routes.append(route), times=1)

    def release(self, answer: dict[str, Any] | None = None) -> None:
        """Lets the answer come, or this one, and gives the page the time to do something with it."""
        [route] = self.routes
        with self._page.expect_response(route.request.url):
            route.continue_() if answer is None else route.fulfill(json=answer)
        self._page.evaluate("new Promise((done) => setTimeout(done, 200))")


@contextmanager
def asked(page: Page, address: str) -> Iterator[Held]:
    """Inside the block the call is made; its answer waits."""
    held = Held(page, address)
    with page.expect_request(re.compile(address)):
        yield held


def leave(page: Page, address: str, heading: str) -> None:
    page.evaluate("(address) => { location.hash = address; }", address)
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()


def test_the_title_is_that_of_the_page_that_is_shown(window: Window, instructor: Person) -> None:
    made = course(instructor, "Slow glass")
    page = window.open("/sign-up")
    with asked(page, f"/api/courses/{made['id']}$") as held:
        page.evaluate("(id) => { location.hash = '/courses/' + id; }", made["id"])
    leave(page, "/sign-in", "Welcome back")
    held.release()
    assert page.title() == "Sign in · Lectern"


def test_an_enrollment_that_is_answered_late_does_not_empty_another_page(
    window: Window, student: Person, instructor: Person
) -> None:
    made = course(instructor, "Glaciers")
    page = window.signed_in(student, f"/courses/{made['id']}")
    with asked(page, "/api/enrollments$") as held:
        page.get_by_role("button", name="Enroll for free").click()
    leave(page, "/profile", "Profile")
    page.get_by_label("Headline").fill("Half a sentence")
    held.release()
    expect(page.get_by_text("You are enrolled.")).to_be_visible()
    expect(page.get_by_label("Headline")).to_have_value("Half a sentence")


def test_an_order_that_is_made_late_opens_no_payment_page_over_another(
    window: Window, student: Person, instructor: Person
) -> None:
    made = course(instructor, "Moraines", amount=50_000)
    page = window.signed_in(student, f"/courses/{made['id']}")
    scripts: list[str] = []
    page.on("request", lambda request: scripts.append(request.url))
    with asked(page, "/api/payments/create-order") as held:
        page.get_by_role("button", name="Buy for ₹500").click()
    leave(page, "/profile", "Profile")
    held.release()
    assert not [url for url in scripts if url.endswith("/settings.json")], "it names the payment page's script"


def test_who_signs_in_and_looks_elsewhere_meanwhile_stays_there(
    window: Window, student: Person, instructor: Person
) -> None:
    made = course(instructor, "Eskers")
    page = window.open("/sign-in")
    page.get_by_label("E-mail").fill(student.email)
    page.get_by_label("Password").fill(PASSWORD)
    with asked(page, "/api/auth/login") as held:
        page.get_by_role("button", name="Sign in").click()
    leave(page, f"/courses/{made['id']}", "Eskers")
    held.release()
    expect(page.get_by_role("button", name="Enroll for free")).to_be_visible()
    assert page.url.endswith(f"/#/courses/{made['id']}")


def test_a_course_that_is_made_late_does_not_take_one_back(window: Window, instructor: Person) -> None:
    page = window.signed_in(instructor, "/teaching/new")
    page.get_by_label("Title").fill("Drumlins")
    page.get_by_label("Description").fill("Hills of ice.")
    with asked(page, "/api/courses$") as held:
        page.get_by_role("button", name="Create draft").click()
    leave(page, "/profile", "Profile")
    held.release()
    assert page.url.endswith("/#/profile")
    assert [each["title"] for each in instructor.get("/api/courses/mine")["items"]] == ["Drumlins"]


def test_a_question_goes_with_its_page(window: Window, instructor: Person) -> None:
    made = course(instructor, "Kames")
    page = window.signed_in(instructor, "/profile")
    leave(page, f"/teaching/{made['id']}", "Kames")
    page.get_by_role("button", name="Delete course").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Profile")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_lesson_that_is_read_late_opens_no_editor_over_another_page(window: Window, instructor: Person) -> None:
    made = course(instructor, "Tarns")
    page = window.signed_in(instructor, f"/teaching/{made['id']}")
    with asked(page, "/lessons/") as held:
        page.get_by_role("button", name="Edit “One”").click()
    leave(page, "/profile", "Profile")
    held.release()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_of_two_answers_about_a_course_the_later_question_counts(window: Window, instructor: Person) -> None:
    made = course(instructor, "Cirques")
    page = window.signed_in(instructor, f"/teaching/{made['id']}")
    down = page.get_by_role("button", name="Move “One” down")
    expect(down).to_be_visible()
    with asked(page, f"/api/courses/{made['id']}$") as held:
        down.click()
    page.get_by_role("button", name="Unpublish").click()
    expect(page.get_by_role("button", name="Publish", exact=True)).to_be_visible()
    held.release(made)
    expect(page.get_by_role("button", name="Publish", exact=True)).to_be_visible()


def test_a_profile_that_is_saved_after_signing_out_signs_nobody_in(window: Window, student: Person) -> None:
    page = window.signed_in(student, "/profile")
    page.get_by_label("Headline").fill("Gone already")
    with asked(page, "/api/auth/me$") as held:
        page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_label(f"Account of {student.name}").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    held.release()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_a_menu_that_was_opened_while_the_page_loads_stays_open(window: Window, student: Person) -> None:
    page = window.signed_in(student, "/profile")
    expect(page.get_by_role("heading", name="Profile")).to_be_focused()
    with asked(page, "/api/payments/my") as held:
        page.evaluate("location.hash = '/purchases'")
    page.get_by_label(f"Account of {student.name}").click()
    held.release()
    expect(page.get_by_role("heading", name="No purchases")).to_be_visible()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
