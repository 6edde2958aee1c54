"""The checkout page in a real browser."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from local.razorpay import RunningFakeRazorpay, serve
from tests.local.razorpay.in_process import KEY_ID, KEY_SECRET, settings

MERCHANT_PAGE = """<!doctype html><title>Shop</title><script src="{url}/v1/checkout.js"></script><script>
window.log = [];
window.addEventListener("message", (event) => log.push(event.data));
const checkout = new Razorpay({{ key: "{key}", order_id: "{order}", name: "Lectern", description: "Algebra",
  prefill: {{ email: "asha@example.com" }}, notes: {{ course: "c1" }}, theme: {{ color: "#0b8457" }},
  handler: (response) => log.push(["paid", response]), modal: {{ ondismiss: () => log.push("dismissed") }} }});
checkout.on("payment.failed", (event) => log.push(["failed", event.error.reason]));
</script>"""


@pytest.fixture
def running() -> Iterator[RunningFakeRazorpay]:
    with serve(settings()) as fake:
        yield fake


class MerchantSite:
    """A page of another origin that opens the checkout and receives its redirect."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.page = ""
        self.posted: list[str] = []


@pytest.fixture
def merchant() -> Iterator[MerchantSite]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_html(site.page)

        def do_POST(self) -> None:
            site.posted.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_html("<p>Thank you")

        def send_html(self, text: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        site = MerchantSite(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield site
        server.shutdown()
        thread.join()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def new_order(running: RunningFakeRazorpay) -> str:
    body = {"amount": 149_900, "currency": "INR"}
    order_id: str = httpx.post(f"{running.url}/v1/orders", json=body, auth=(KEY_ID, KEY_SECRET)).json()["id"]
    return order_id


def payments(running: RunningFakeRazorpay, order_id: str) -> list[dict[str, Any]]:
    response = httpx.get(f"{running.url}/v1/orders/{order_id}/payments", auth=(KEY_ID, KEY_SECRET))
    items: list[dict[str, Any]] = response.json()["items"]
    return items


def test_checkout_script_reports_failed_and_paid_to_the_merchant_page(
    running: RunningFakeRazorpay, merchant: MerchantSite, page: Any
) -> None:
    order_id = new_order(running)
    merchant.page = MERCHANT_PAGE.format(url=running.url, key=KEY_ID, order=order_id)
    page.goto(merchant.url)
    page.evaluate("window.log = []; checkout.open()")
    frame = page.frame_locator("iframe.razorpay-checkout-frame")
    frame.locator("[data-action=fail]").click()
    page.wait_for_function("log.some((entry) => entry[0] === 'failed')")
    frame.locator("label", has_text="Card").click()
    frame.locator("#pay").click()
    page.wait_for_function("log.some((entry) => entry[0] === 'paid')")
    response = page.evaluate("log.find((entry) => entry[0] === 'paid')[1]")
    paid, failed = payments(running, order_id)
    assert (paid["status"], paid["method"], paid["email"]) == ("captured", "card", "asha@example.com")
    assert (failed["status"], paid["notes"]) == ("failed", {"course": "c1"})
    assert response["razorpay_payment_id"] == paid["id"]
    assert len(response["razorpay_signature"]) == 64
    assert page.locator("iframe").count() == 0


def test_checkout_closed_without_paying_reports_dismissed(
    running: RunningFakeRazorpay, merchant: MerchantSite, page: Any
) -> None:
    order_id = new_order(running)
    merchant.page = MERCHANT_PAGE.format(url=running.url, key=KEY_ID, order=order_id)
    page.goto(merchant.url)
    page.evaluate("checkout.open()")
    page.frame_locator("iframe").locator("#leave").click()
    page.wait_for_function("log.includes('dismissed')")
    assert payments(running, order_id) == []


def test_checkout_redirect_posts_payment_with_signature(
    running: RunningFakeRazorpay, merchant: MerchantSite, page: Any
) -> None:
    order_id = new_order(running)
    page.goto(f"{running.url}/checkout?order_id={order_id}&key_id={KEY_ID}&callback={merchant.url}/done")
    page.locator("[data-action=authorize]").click()
    page.wait_for_url(f"{merchant.url}/done")
    (payment,) = payments(running, order_id)
    assert payment["status"] == "authorized"
    assert merchant.posted[0].startswith(
        f"razorpay_order_id={order_id}&razorpay_payment_id={payment['id']}&razorpay_sig"
    )


@pytest.mark.parametrize(("action", "reported"), [("pay", True), ("close", False)])
def test_checkout_popup_reports_payment_unless_browser_is_closed(
    running: RunningFakeRazorpay, merchant: MerchantSite, page: Any, action: str, reported: bool
) -> None:
    order_id = new_order(running)
    merchant.page = MERCHANT_PAGE.format(url=running.url, key=KEY_ID, order=order_id)
    page.goto(merchant.url)
    address = f"{running.url}/checkout?order_id={order_id}&key_id={KEY_ID}&callback={merchant.url}/done"
    with page.expect_popup() as opened:
        page.evaluate(f"window.open('{address}')")
    with opened.value.expect_event("close"):
        opened.value.locator(f"[data-action={action}]").click()
    (payment,) = payments(running, order_id)
    assert payment["status"] == "captured"
    messages = page.evaluate("log")
    assert [message["razorpay_payment_id"] for message in messages] == ([payment["id"]] if reported else [])


def test_late_payment_is_captured_after_its_delay(running: RunningFakeRazorpay, page: Any) -> None:
    order_id = new_order(running)
    page.goto(f"{running.url}/checkout?order_id={order_id}&key_id={KEY_ID}")
    page.locator("#seconds").fill("3600")
    page.locator("[data-action=late]").click()
    page.locator("#message", has_text="will succeed in 3600 s").wait_for()
    assert payments(running, order_id)[0]["status"] == "failed"
    httpx.post(f"{running.url}/_local/clock", json={"advance_seconds": 3600})
    assert payments(running, order_id)[0]["status"] == "captured"
