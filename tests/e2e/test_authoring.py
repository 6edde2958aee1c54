"""The course editor: create, reorder and publish a course."""

import struct
import zlib

from playwright.sync_api import FilePayload, Page, expect

from tests.e2e.conftest import Window
from tests.e2e.users import User, assert_eventually, create_published_course


def png(side: int = 64) -> bytes:
    """A PNG image of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\x2f\x66\x90" * side) * side
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def outline_titles(page: Page) -> list[str]:
    return page.locator(".outline h3, .outline .lesson-name").all_inner_texts()


def add_section(page: Page, title: str) -> None:
    page.get_by_role("button", name="Add section").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Title").fill(title)
    dialog.get_by_role("button", name="Add section").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("region", name=title)).to_be_visible()


def test_instructor_publishes_course_with_text_and_video_lessons(
    window: Window, instructor: User, student: User, clip: bytes
) -> None:
    page = window.open_signed_in(instructor, "/teaching")
    page.get_by_role("link", name="New course").click()
    page.get_by_label("Title").fill("Sourdough by ear")
    page.get_by_label("Description").fill("Bake by listening.")
    page.get_by_label("Category").select_option("cooking")
    page.get_by_label("Price in INR").fill("0")
    page.get_by_role("button", name="Create draft").click()
    expect(page.get_by_role("heading", name="Sourdough by ear")).to_be_visible()
    expect(page.get_by_role("button", name="Publish", exact=True)).to_be_disabled()

    add_section(page, "Flour")
    page.get_by_role("region", name="Flour").get_by_role("button", name="Add lesson").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Title").fill("What flour says")
    dialog.get_by_label("Text", exact=True).fill("## Listen\n\nIt **whispers**. <script>alert(1)</script>")
    dialog.get_by_role("button", name="Add lesson").click()
    expect(page.get_by_text("What flour says")).to_be_visible()

    add_section(page, "Fire")
    page.get_by_role("region", name="Fire").get_by_role("button", name="Add lesson").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Video", exact=False).first.check()
    dialog.get_by_label("Title").fill("The crackle")
    dialog.get_by_label("Video file").set_input_files(FilePayload(name="a.webm", mimeType="video/webm", buffer=clip))
    dialog.get_by_role("button", name="Add lesson").click()
    expect(page.get_by_text("The crackle")).to_be_visible()
    assert outline_titles(page) == ["Flour", "What flour says", "Fire", "The crackle"]

    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("button", name="Unpublish")).to_be_visible()
    made = instructor.get("/api/courses/mine")["items"][0]
    assert_eventually(lambda: made["id"] in [one["id"] for one in student.get("/api/courses?q=sourdough")["items"]])

    reader = window.open_signed_in(student, "/?q=sourdough")
    reader.get_by_role("link", name="Sourdough by ear").click()
    reader.get_by_role("button", name="Enroll for free").click()
    reader.get_by_role("link", name="Start learning").click()
    expect(reader.get_by_role("heading", name="Listen")).to_be_visible()
    assert reader.locator(".prose script").count() == 0
    reader.get_by_role("link", name="Next lesson").click()
    video = reader.locator("video")
    expect(video).to_be_visible()
    video.evaluate("(player) => { player.muted = true; return player.play(); }")
    expect(reader.get_by_role("button", name="Completed")).to_be_visible()
    expect(reader.get_by_role("img", name="50 % complete")).to_be_visible()


def test_outline_lessons_move_by_buttons_and_drag_and_drop(window: Window, instructor: User) -> None:
    made = create_published_course(instructor, "Knots", lessons=("Bight", "Loop", "Hitch"))
    instructor.post("/api/sections", {"course_id": made["id"], "title": "Later"})
    page = window.open_signed_in(instructor, f"/teaching/{made['id']}")
    page.get_by_role("button", name="Move “Loop” up").click()
    expect(page.locator(".outline .lesson-name").first).to_have_text("Loop")
    page.get_by_role("button", name="Move “Hitch” down").click()
    expect(page.get_by_role("region", name="Later").get_by_text("Hitch")).to_be_visible()
    page.locator(".lesson-line", has_text="Bight").drag_to(page.locator(".lesson-line", has_text="Hitch"))
    expect(page.get_by_role("region", name="Later").locator(".lesson-name")).to_have_text(["Bight", "Hitch"])
    page.get_by_role("button", name="Move section “Later” up").click()
    expect(page.locator(".outline h3").first).to_have_text("Later")
    stored = instructor.get(f"/api/courses/{made['id']}")["sections"]
    assert [[one["title"] for one in section["lessons"]] for section in stored] == [["Bight", "Hitch"], ["Loop"]]


def test_course_edit_with_stale_version_shows_conflict_and_keeps_stored_title(window: Window, instructor: User) -> None:
    made = create_published_course(instructor, "Ciphers", lessons=("Caesar", "Vigenere"))
    page = window.open_signed_in(instructor, f"/teaching/{made['id']}")
    expect(page.get_by_label("Title")).to_have_value("Ciphers")
    instructor.put(f"/api/courses/{made['id']}", {"title": "Codes"})
    page.get_by_label("Title").fill("Secrets")
    page.get_by_role("button", name="Save details").click()
    expect(page.get_by_role("alert").filter(has_text="changed").first).to_be_visible()
    assert instructor.get(f"/api/courses/{made['id']}")["title"] == "Codes"
    assert [one for one in window.console_errors if "412" in one] != []
    window.console_errors.clear()


def test_thumbnail_upload_shows_the_image(window: Window, instructor: User) -> None:
    made = create_published_course(instructor, "Maps")
    page = window.open_signed_in(instructor, f"/teaching/{made['id']}")
    page.get_by_label("New image").set_input_files(FilePayload(name="map.png", mimeType="image/png", buffer=png()))
    page.get_by_role("button", name="Upload thumbnail").click()
    shown = page.locator(".thumb img.cover")
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("(image) => image.naturalWidth") > 0


def test_course_form_shows_validation_error_at_its_field(window: Window, instructor: User) -> None:
    page = window.open_signed_in(instructor, "/teaching/new")
    page.get_by_label("Title").fill("Cheap")
    page.get_by_label("Description").fill("Too cheap.")
    page.get_by_label("Price in INR").fill("0.50")
    page.get_by_role("button", name="Create draft").click()
    expect(page.get_by_label("Price in INR")).to_have_attribute("aria-invalid", "true")
    error = page.locator(".field", has_text="Price in INR").locator(".field-error")
    expect(error).to_have_text("At least ₹1, or 0 for free.")
    expect(page.get_by_label("Price in INR")).to_be_focused()
