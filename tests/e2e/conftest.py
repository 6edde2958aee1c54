"""Fixtures: the running product, a browser, and signed-in users."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.e2e.product import Product, running_product
from tests.e2e.users import PASSWORD, User, register_user, sign_in

TIMEOUT_MS = 30_000
ADMIN_EMAIL = "admin@example.com"

expect.set_options(timeout=TIMEOUT_MS)


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with running_product(tmp_path_factory.mktemp("product")) as running:
        yield running


class Window:
    """Opens pages of the product, each in its own browser profile, and records their console errors."""

    def __init__(self, browser: Browser, product: Product) -> None:
        self._browser = browser
        self._product = product
        self._contexts: list[BrowserContext] = []
        self.console_errors: list[str] = []

    def open(self, path: str = "/", **options: Any) -> Page:
        """A new browser profile at the page `path`; `options` as of Playwright's new_context."""
        return self._page(self._context(**options), path)

    def open_signed_in(self, user: User, path: str = "/", **options: Any) -> Page:
        """As `open`, with a session of `user`."""
        context = self._context(**options)
        context.add_cookies(user.cookies())  # type: ignore[arg-type]
        context.add_init_script("if (!sessionStorage.started) localStorage.setItem('lectern.session', '1');")
        context.add_init_script("sessionStorage.started = 'yes';")
        return self._page(context, path)

    def _context(self, **options: Any) -> BrowserContext:
        options = {"locale": "en-IN", "reduced_motion": "reduce", **options}
        context = self._browser.new_context(base_url=self._product.url, **options)
        context.set_default_timeout(TIMEOUT_MS)
        self._contexts.append(context)
        return context

    def _page(self, context: BrowserContext, path: str) -> Page:
        page = context.new_page()
        page.on("console", self._record_console_message)
        page.on("pageerror", lambda error: self.console_errors.append(str(error)))
        page.goto(f"/#{path}")
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _record_console_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.console_errors.append(f"{message.type}: {message.text} ({message.location.get('url')})")


RECORD_CLIP_SCRIPT = """() => new Promise((resolve) => {
  const canvas = Object.assign(document.createElement('canvas'), {width: 160, height: 90});
  const paint = canvas.getContext('2d');
  const recorder = new MediaRecorder(canvas.captureStream(20), {mimeType: 'video/webm;codecs=vp8'});
  const chunks = [];
  let frame = 0;
  const timer = setInterval(() => {
    paint.fillStyle = `hsl(${frame * 20} 60% 50%)`;
    paint.fillRect(0, 0, 160, 90);
    if ((frame += 1) === 20) recorder.stop();
  }, 40);
  recorder.ondataavailable = (event) => chunks.push(event.data);
  recorder.onstop = async () => {
    clearInterval(timer);
    resolve([...new Uint8Array(await new Blob(chunks).arrayBuffer())]);
  };
  recorder.start();
})"""


@pytest.fixture(scope="session")
def clip(browser: Browser) -> bytes:
    """One second of WebM video that this browser can play."""
    page = browser.new_page()
    recorded = bytes(page.evaluate(RECORD_CLIP_SCRIPT))
    page.close()
    return recorded


@pytest.fixture
def window(browser: Browser, product: Product) -> Iterator[Window]:
    """Fails the test when a page has logged console errors; a test clears expected ones from `console_errors`."""
    opened = Window(browser, product)
    yield opened
    opened.close()
    assert opened.console_errors == []


@pytest.fixture
def new_user(product: Product) -> Iterator[Callable[..., User]]:
    """`new_user("student", "Name")` registers a user over HTTP."""
    with ExitStack() as exit_stack:

        def register(role: str, name: str = "Asha Raman") -> User:
            user = register_user(product.url, role, name)
            exit_stack.callback(user.close)
            return user

        yield register


@pytest.fixture
def student(new_user: Callable[..., User]) -> User:
    return new_user("student")


@pytest.fixture
def instructor(new_user: Callable[..., User]) -> User:
    return new_user("instructor", "Meera Iyer")


@pytest.fixture
def razorpay_url(product: Product) -> str:
    """The URL of the fake Razorpay."""
    return product.razorpay_url


@pytest.fixture(scope="session")
def _admin(product: Product) -> None:
    product.run_cli("create-admin", "--email", ADMIN_EMAIL, "--password", PASSWORD, "--name", "Priya Nair")


@pytest.fixture
def admin(product: Product, _admin: None) -> Iterator[User]:
    user = sign_in(product.url, ADMIN_EMAIL)
    yield user
    user.close()
