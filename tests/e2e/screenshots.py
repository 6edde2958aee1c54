"""`make screenshots`: writes the pictures of the README to docs/images, from the page with the demo data.

It starts the product on a free port, in a temporary folder, and needs Chromium (see LMS_CHROMIUM).
"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

import httpx
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from local.paths import ROOT
from local.waiting import wait_until
from tests.e2e.product import Product, running_product
from tests.fixtures.browser import CHROMIUM, CHROMIUM_ARGUMENTS

IMAGES: Final = ROOT / "docs" / "images"
MAX_BYTES: Final = 200_000
_STUDENT: Final = {"email": "lakshmi@lectern.example", "password": "lectern demo"}
_COURSE_TITLE: Final = "Bread with four ingredients"
_SIZE: Final[ViewportSize] = {"width": 1100, "height": 760}
_TIMEOUT_MS: Final = 60_000


def main() -> None:
    """Exits with an error if a picture is larger than MAX_BYTES."""
    IMAGES.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="lectern-screenshots-"))
    try:
        with running_product(folder) as product, sync_playwright() as playwright:
            product.run_cli("seed")
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
            _take(browser, product)
            browser.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _take(browser: Browser, product: Product) -> None:
    page = _open_course_page(browser, product)
    _save(page, "course.png")
    page.get_by_role("button", name="Buy for").click()
    checkout = page.frame_locator("iframe[title=Checkout]")
    checkout.get_by_role("button", name="Pay but close the browser").wait_for()
    _save(page, "checkout.png")


def _open_course_page(browser: Browser, product: Product) -> Page:
    """The page of a paid course that the signed-in student does not have, in light colours."""
    context = browser.new_context(
        base_url=product.url, viewport=_SIZE, color_scheme="light", locale="en-IN", reduced_motion="reduce"
    )
    context.set_default_timeout(_TIMEOUT_MS)
    login = httpx.post(f"{product.url}/api/auth/login", json=_STUDENT).raise_for_status()
    host = httpx.URL(product.url).host
    for name, value in login.cookies.items():
        context.add_cookies([{"name": name, "value": value, "domain": host, "path": "/api/auth"}])
    context.add_init_script("localStorage.setItem('lectern.session', '1');")
    page = context.new_page()
    page.goto(f"/#/courses/{_course_id(product)}")
    page.get_by_role("button", name="Buy for").wait_for()
    page.wait_for_load_state("networkidle")
    return page


def _course_id(product: Product) -> str:
    """The id of the course in the catalogue, which the projector fills shortly after the seed."""

    def find() -> str | None:
        courses = httpx.get(f"{product.url}/api/courses", params={"limit": 100}).raise_for_status().json()["items"]
        return next((course["id"] for course in courses if course["title"] == _COURSE_TITLE), None)

    found = wait_until(find)
    assert isinstance(found, str), f"the catalogue does not list {_COURSE_TITLE!r}"
    return found


def _save(page: Page, name: str) -> None:
    path = IMAGES / name
    page.screenshot(path=path)
    size = path.stat().st_size
    sys.stdout.write(f"docs/images/{name}: {size:,} bytes\n")
    if size > MAX_BYTES:
        sys.exit(f"docs/images/{name} is larger than {MAX_BYTES:,} bytes")


if __name__ == "__main__":
    main()
