"""A learner signs up, buys and completes a course."""

import re

from playwright.sync_api import expect

from tests.e2e.conftest import Window
from tests.e2e.users import PASSWORD, User, create_published_course


def test_new_learner_signs_up_buys_and_completes_a_course(window: Window, instructor: User) -> None:
    made = create_published_course(instructor, "Kettle physics", amount=49_900)
    page = window.open()
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Name").fill("Kabir Das")
    page.get_by_label("E-mail").fill(f"kabir-{made['id']}@example.com".lower().replace("_", "-"))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_label("Account of Kabir Das")).to_be_visible()

    page.get_by_label("Search courses").fill("kettle")
    page.get_by_role("link", name="Kettle physics").click()
    expect(page.get_by_role("heading", name="Kettle physics")).to_be_visible()
    page.get_by_role("button", name="Buy for ₹499").click()
    page.frame_locator("iframe[title=Checkout]").get_by_role("button", name="Pay ₹499.00").click()

    page.get_by_role("link", name="Start learning").click()
    expect(page.locator(".prose strong")).to_have_text("One")
    page.get_by_role("button", name="Mark as complete").click()
    expect(page.get_by_role("img", name="50 % complete")).to_be_visible()
    page.get_by_role("link", name="Next lesson").click()
    expect(page.locator(".prose strong")).to_have_text("Two")
    page.get_by_role("button", name="Mark as complete").click()
    expect(page.get_by_role("heading", name="You completed this course")).to_be_visible()
    expect(page.get_by_role("img", name="100 % complete")).to_be_visible()

    page.get_by_role("navigation", name="Main").get_by_role("link", name="My learning").click()
    card = page.locator("article", has_text="Kettle physics")
    expect(card.get_by_role("img", name="100 % complete")).to_be_visible()
    page.get_by_role("link", name="Purchases").click()
    expect(page.get_by_role("row", name=re.compile("Kettle physics.*Paid.*₹499"))).to_be_visible()


def test_free_course_opens_immediately_and_can_be_left(window: Window, instructor: User, student: User) -> None:
    made = create_published_course(instructor, "Whistling", lessons=("Only",))
    page = window.open_signed_in(student, f"/courses/{made['id']}")
    page.get_by_role("button", name="Enroll for free").click()
    expect(page.get_by_role("link", name="Start learning")).to_be_visible()
    page.get_by_role("button", name="Leave this course").click()
    page.get_by_role("dialog").get_by_role("button", name="Leave").click()
    expect(page.get_by_role("button", name="Enroll for free")).to_be_visible()
    assert student.get(f"/api/enrollments/{made['id']}")["status"] == "cancelled"


def test_completed_lesson_can_be_marked_incomplete(window: Window, instructor: User, student: User) -> None:
    made = create_published_course(instructor, "Juggling")
    student.post("/api/enrollments", {"course_id": made["id"]})
    lesson = made["sections"][0]["lessons"][0]["id"]
    page = window.open_signed_in(student, f"/courses/{made['id']}/lessons/{lesson}")
    page.get_by_role("button", name="Mark as complete").click()
    page.get_by_role("button", name="Completed").click()
    expect(page.get_by_role("img", name="0 % complete", exact=True)).to_be_visible()
    assert student.get(f"/api/enrollments/{made['id']}/progress")["completed_lesson_ids"] == []


def test_unpaid_lesson_shows_no_content_and_api_returns_403(window: Window, instructor: User, student: User) -> None:
    made = create_published_course(instructor, "Locksmithing", amount=10_000)
    lesson = made["sections"][0]["lessons"][0]["id"]
    page = window.open_signed_in(student, f"/courses/{made['id']}/lessons/{lesson}")
    expect(page.get_by_role("heading", name="This lesson is for enrolled learners")).to_be_visible()
    assert [one for one in window.console_errors if "403" in one] != []
    window.console_errors.clear()
