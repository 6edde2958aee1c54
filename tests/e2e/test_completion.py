"""Certificates, reviews and receipts."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Window
from tests.e2e.users import User, assert_eventually, create_published_course, purchase_course


def complete_course(student: User, made: dict[str, Any]) -> None:
    for lesson in made["sections"][0]["lessons"]:
        student.put(f"/api/enrollments/{made['id']}/lessons/{lesson['id']}", {"completed": True})


def test_completed_course_gives_a_publicly_verifiable_certificate(
    window: Window, student: User, instructor: User
) -> None:
    made = create_published_course(instructor, "Knots", lessons=("Only",))
    student.post("/api/enrollments", {"course_id": made["id"]})
    page = window.open_signed_in(student, f"/courses/{made['id']}/lessons/{made['sections'][0]['lessons'][0]['id']}")
    page.get_by_role("button", name="Mark as complete").click()
    page.get_by_role("link", name="Your certificate").click()
    card = page.locator("article", has_text="Knots")
    expect(card).to_contain_text("Valid")
    with page.expect_popup() as opened:
        card.get_by_role("link", name="Verification page").click()
    address = opened.value.url
    pdf = card.get_by_role("link", name="PDF").get_attribute("href")

    stranger = window.open()
    stranger.goto(address)
    expect(stranger.get_by_role("status")).to_have_text("This certificate is valid.")
    for text in (student.name, "Knots", instructor.name):
        expect(stranger.get_by_role("article")).to_contain_text(text)
    expect(stranger.get_by_role("img", name="The address of this page")).to_be_visible()
    got = student.api.get(str(pdf))
    assert (got.headers["content-type"], got.content[:5]) == ("application/pdf", b"%PDF-")


def test_course_review_is_published_moderated_and_deleted(
    window: Window, student: User, new_user: Callable[..., User], instructor: User, admin: User
) -> None:
    made = create_published_course(instructor, "Kites")
    other = new_user("student", "Kabir Das")
    for learner in (student, other):
        learner.post("/api/enrollments", {"course_id": made["id"]})
    other.put(f"/api/courses/{made['id']}/reviews/my", {"rating": 2, "text": "No wind"})

    page = window.open_signed_in(student, f"/courses/{made['id']}")
    page.get_by_text("Rate this course").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Choose one to five stars.")).to_be_visible()
    page.get_by_role("radio", name="4 stars").check()
    page.get_by_label("Your review").fill("Mine <b>flies</b>")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".review")).to_have_count(2)
    expect(page.locator(".review").first).to_contain_text("Mine")
    assert_eventually(lambda: student.get(f"/api/courses/{made['id']}")["rating_count"] == 2)
    page.reload()
    expect(page.locator(".rating-summary")).to_contain_text("3.0")
    expect(page.get_by_role("img", name="3.00 of 5 stars")).to_be_visible()

    moderator = window.open_signed_in(admin, f"/courses/{made['id']}")
    moderator.locator(".review", has_text="Kabir Das").get_by_role("button", name="Hide").click()
    moderator.get_by_label("Reason").fill("About the weather")
    moderator.get_by_role("button", name="Hide review").click()
    expect(moderator.get_by_role("region", name="Hidden reviews")).to_contain_text("About the weather")
    expect(moderator.locator(".review", has_text="Kabir Das")).to_have_count(1)

    page.locator("summary", has_text="Your review").click()
    page.get_by_role("button", name="Delete review").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete review").click()
    expect(page.get_by_text("No reviews yet.")).to_be_visible()


def test_review_can_be_published_by_keyboard_alone(window: Window, student: User, instructor: User) -> None:
    made = create_published_course(instructor, "Typing")
    student.post("/api/enrollments", {"course_id": made["id"]})
    page = window.open_signed_in(student, f"/courses/{made['id']}")
    summary = page.locator("summary", has_text="Rate this course")
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="3 stars")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".review").get_by_role("img", name="3 stars")).to_be_visible()


def test_purchase_leads_to_a_downloadable_receipt(
    window: Window, student: User, instructor: User, razorpay_url: str, tmp_path: Path
) -> None:
    order = purchase_course(student, create_published_course(instructor, "Lenses", amount=49_900), razorpay_url)
    page: Page = window.open_signed_in(student, "/purchases")
    page.get_by_role("link", name="Receipt").click()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    expect(page.locator(".receipt")).to_contain_text(re.compile(rf"Lenses.*{order}.*₹499", re.DOTALL))
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download as web page").click()
    saved = tmp_path / "receipt.html"
    downloading.value.save_as(saved)
    assert downloading.value.suggested_filename.endswith(".html")
    assert "₹ 499.00" in saved.read_text()
