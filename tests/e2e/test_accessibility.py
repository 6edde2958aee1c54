"""Accessibility of every page: no overflow, accessible names, text contrast, keyboard and focus."""

from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.conftest import Window
from tests.e2e.users import User, assert_eventually, create_published_course, purchase_course

SCRIPTS = Path(__file__).parent
PHONE = {"width": 390, "height": 844}
TABLET: Final[ViewportSize] = {"width": 900, "height": 700}


@pytest.fixture
def paths(instructor: User, student: User, razorpay_url: str) -> dict[str, list[str]]:
    """Paths of pages with content, by role."""
    title = "Everything there is to know about Donaudampfschifffahrtsgesellschaftskapitäne and a little more"
    made = create_published_course(
        instructor, title, lessons=("A very long lesson title that goes on, and on, and on", "Short")
    )
    paid = create_published_course(instructor, "Paid", amount=99_99_999)
    student.post("/api/enrollments", {"course_id": made["id"]})
    student.put(f"/api/courses/{made['id']}/reviews/my", {"rating": 4, "text": "Words, " * 60})
    for lesson in made["sections"][0]["lessons"]:
        student.put(f"/api/enrollments/{made['id']}/lessons/{lesson['id']}", {"completed": True})
    student.post("/api/payments/create-order", {"course_id": paid["id"]})
    order = purchase_course(student, create_published_course(instructor, "Bought", amount=49_900), razorpay_url)
    student.post(f"/api/payments/{order}/refund-request", {"reason": "It is not what I expected, " * 10})
    purchase_course(student, create_published_course(instructor, "Kept", amount=49_900), razorpay_url)
    assert_eventually(lambda: bool(student.get("/api/certificates/my")["items"]))
    own = ["/certificates", "/purchases", f"/purchases/{order}"]
    lesson_path = f"/courses/{made['id']}/lessons/{made['sections'][0]['lessons'][0]['id']}"
    return {
        "guest": ["/", f"/courses/{paid['id']}", "/sign-in", "/sign-up", "/nowhere"],
        "student": ["/", f"/courses/{made['id']}", lesson_path, "/learning", *own, "/profile"],
        "instructor": ["/teaching", "/teaching/new", f"/teaching/{made['id']}", f"/teaching/{made['id']}/learners"],
        "admin": ["/admin", "/admin/users", "/admin/courses", "/admin/payments", f"/admin/payments/{order}/receipt"],
    }


@pytest.mark.parametrize(
    "options",
    [{"color_scheme": "light", "viewport": PHONE}, {"color_scheme": "dark"}],
    ids=["light phone", "dark desktop"],
)
def test_every_page_fits_viewport_and_has_accessible_names_and_contrast(
    window: Window,
    paths: dict[str, list[str]],
    student: User,
    instructor: User,
    admin: User,
    options: dict[str, Any],
) -> None:
    checks = [(SCRIPTS / f"{name}.js").read_text() for name in ("overflow", "accessible_names", "contrast")]
    users = {"student": student, "instructor": instructor, "admin": admin}
    violations = {}
    for role, role_paths in paths.items():
        page = window.open_signed_in(users[role], **options) if role in users else window.open(**options)
        for path in role_paths:
            open_and_wait(page, path)
            found = [violation for check in checks for violation in page.evaluate(check)]
            if role == "admin":  # seven links in the header, wide tables
                size = page.viewport_size
                page.set_viewport_size(TABLET)
                found += page.evaluate(checks[0])
                page.set_viewport_size(size or TABLET)
            if found:
                violations[f"{role} {path}"] = found
    assert violations == {}


def open_and_wait(page: Page, path: str) -> None:
    page.goto(f"/#{path}")
    expect(page.locator(f'.page[data-path="{path}"]:not([aria-busy])')).to_be_visible()
    expect(page.locator("[aria-busy]")).to_have_count(0)


def test_theme_choice_survives_a_reload(window: Window) -> None:
    page = window.open(color_scheme="light")
    page.get_by_role("button", name="Theme: system").click()
    page.get_by_role("button", name="Theme: light").click()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_sign_in_works_by_keyboard_alone(window: Window, student: User) -> None:
    page = window.open("/sign-in")
    expect(page.get_by_label("E-mail")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type(student.email)
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hello, Asha")).to_be_focused()


def test_skip_link_moves_focus_to_content_on_the_same_page(window: Window) -> None:
    page = window.open("/sign-in")
    expect(page.get_by_role("heading", name="Welcome back")).to_be_focused()
    page.get_by_role("link", name="Skip to content").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_label("E-mail")).to_be_focused()


def test_pending_search_does_not_return_to_the_catalogue_after_leaving(window: Window) -> None:
    page = window.open("/")
    page.get_by_role("searchbox", name="Search courses").fill("ferns")
    # In one step: the URL changes, and the pending search starts before the page handles `hashchange`.
    page.evaluate("location.hash = '#/sign-in'; document.querySelector('form[role=search]').requestSubmit()")
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    assert page.url.endswith("/#/sign-in")
