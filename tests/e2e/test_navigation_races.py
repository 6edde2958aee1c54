"""A response that arrives after the user has left the page does not affect the next page."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import Window
from tests.e2e.users import PASSWORD, User, create_published_course


class DelayedResponse:
    """The first call that matches `address`; its response is delayed until `release()`."""

    def __init__(self, page: Page, address: str) -> None:
        self._page = page
        self.routes: list[Route] = []
        page.route(re.compile(address), lambda route: self.routes.append(route), times=1)

    def release(self, document: dict[str, Any] | None = None) -> None:
        """Deliver the response, or `document` instead, and give the page 200 ms to process it."""
        [route] = self.routes
        with self._page.expect_response(route.request.url):
            route.continue_() if document is None else route.fulfill(json=document)
        self._page.evaluate("new Promise((done) => setTimeout(done, 200))")


@contextmanager
def delayed_response(page: Page, address: str) -> Iterator[DelayedResponse]:
    """The call is made inside the block; its response is delayed."""
    delayed = DelayedResponse(page, address)
    with page.expect_request(re.compile(address)):
        yield delayed


def navigate_to(page: Page, address: str, heading: str) -> None:
    page.evaluate("(address) => { location.hash = address; }", address)
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()


def test_late_course_response_does_not_change_another_pages_title(window: Window, instructor: User) -> None:
    made = create_published_course(instructor, "Slow glass")
    page = window.open("/sign-up")
    with delayed_response(page, f"/api/courses/{made['id']}$") as delayed:
        page.evaluate("(id) => { location.hash = '/courses/' + id; }", made["id"])
    navigate_to(page, "/sign-in", "Welcome back")
    delayed.release()
    assert page.title() == "Sign in · Lectern"


def test_late_enrollment_response_keeps_another_pages_input(window: Window, student: User, instructor: User) -> None:
    made = create_published_course(instructor, "Glaciers")
    page = window.open_signed_in(student, f"/courses/{made['id']}")
    with delayed_response(page, "/api/enrollments$") as delayed:
        page.get_by_role("button", name="Enroll for free").click()
    navigate_to(page, "/profile", "Profile")
    page.get_by_label("Headline").fill("Half a sentence")
    delayed.release()
    expect(page.get_by_text("You are enrolled.")).to_be_visible()
    expect(page.get_by_label("Headline")).to_have_value("Half a sentence")


def test_late_order_response_opens_no_checkout_on_another_page(window: Window, student: User, instructor: User) -> None:
    made = create_published_course(instructor, "Moraines", amount=50_000)
    page = window.open_signed_in(student, f"/courses/{made['id']}")
    scripts: list[str] = []
    page.on("request", lambda request: scripts.append(request.url))
    with delayed_response(page, "/api/payments/create-order") as delayed:
        page.get_by_role("button", name="Buy for ₹500").click()
    navigate_to(page, "/profile", "Profile")
    delayed.release()
    assert not [url for url in scripts if url.endswith("/settings.json")], "it names the payment page's script"


def test_late_login_response_stays_on_the_page_opened_meanwhile(
    window: Window, student: User, instructor: User
) -> None:
    made = create_published_course(instructor, "Eskers")
    page = window.open("/sign-in")
    page.get_by_label("E-mail").fill(student.email)
    page.get_by_label("Password").fill(PASSWORD)
    with delayed_response(page, "/api/auth/login") as delayed:
        page.get_by_role("button", name="Sign in").click()
    navigate_to(page, f"/courses/{made['id']}", "Eskers")
    delayed.release()
    expect(page.get_by_role("button", name="Enroll for free")).to_be_visible()
    assert page.url.endswith(f"/#/courses/{made['id']}")


def test_late_course_creation_response_does_not_navigate_back(window: Window, instructor: User) -> None:
    page = window.open_signed_in(instructor, "/teaching/new")
    page.get_by_label("Title").fill("Drumlins")
    page.get_by_label("Description").fill("Hills of ice.")
    with delayed_response(page, "/api/courses$") as delayed:
        page.get_by_role("button", name="Create draft").click()
    navigate_to(page, "/profile", "Profile")
    delayed.release()
    assert page.url.endswith("/#/profile")
    assert [course["title"] for course in instructor.get("/api/courses/mine")["items"]] == ["Drumlins"]


def test_open_dialog_closes_on_navigation(window: Window, instructor: User) -> None:
    made = create_published_course(instructor, "Kames")
    page = window.open_signed_in(instructor, "/profile")
    navigate_to(page, f"/teaching/{made['id']}", "Kames")
    page.get_by_role("button", name="Delete course").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Profile")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_late_lesson_response_opens_no_editor_on_another_page(window: Window, instructor: User) -> None:
    made = create_published_course(instructor, "Tarns")
    page = window.open_signed_in(instructor, f"/teaching/{made['id']}")
    with delayed_response(page, "/lessons/") as delayed:
        page.get_by_role("button", name="Edit “One”").click()
    navigate_to(page, "/profile", "Profile")
    delayed.release()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_late_response_of_earlier_course_request_is_ignored(window: Window, instructor: User) -> None:
    made = create_published_course(instructor, "Cirques")
    page = window.open_signed_in(instructor, f"/teaching/{made['id']}")
    down = page.get_by_role("button", name="Move “One” down")
    expect(down).to_be_visible()
    with delayed_response(page, f"/api/courses/{made['id']}$") as delayed:
        down.click()
    page.get_by_role("button", name="Unpublish").click()
    expect(page.get_by_role("button", name="Publish", exact=True)).to_be_visible()
    delayed.release(made)
    expect(page.get_by_role("button", name="Publish", exact=True)).to_be_visible()


def test_profile_saved_after_sign_out_does_not_sign_in(window: Window, student: User) -> None:
    page = window.open_signed_in(student, "/profile")
    page.get_by_label("Headline").fill("Gone already")
    with delayed_response(page, "/api/auth/me$") as delayed:
        page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_label(f"Account of {student.name}").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    delayed.release()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_menu_opened_during_page_load_stays_open(window: Window, student: User) -> None:
    page = window.open_signed_in(student, "/profile")
    expect(page.get_by_role("heading", name="Profile")).to_be_focused()
    with delayed_response(page, "/api/payments/my") as delayed:
        page.evaluate("location.hash = '/purchases'")
    page.get_by_label(f"Account of {student.name}").click()
    delayed.release()
    expect(page.get_by_role("heading", name="No purchases")).to_be_visible()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
