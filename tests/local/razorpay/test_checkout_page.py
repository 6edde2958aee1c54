"""The checkout page and script without a browser."""

import json
import re

import pytest

from local.asgi.messages import Request, Response
from local.razorpay.api.app import FakeRazorpayApp
from local.razorpay.api.checkout import format_amount
from tests.local.razorpay.in_process import KEY_ID, InProcessRazorpay, new_razorpay


def get(account: InProcessRazorpay, path: str, query: str = "") -> Response:
    return FakeRazorpayApp(account.fake).handle(Request("GET", path, query))


def page_data(response: Response) -> dict[str, object]:
    match = re.search(r'id="checkout-data"[^>]*>(.*?)</script>', response.body.decode(), re.DOTALL)
    assert match is not None
    found: dict[str, object] = json.loads(match[1])
    return found


def test_checkout_page_shows_order_and_loads_no_external_resource() -> None:
    account = new_razorpay()
    order_id = account.create_order(123_456_00)["id"]
    response = get(
        account, "/checkout", f"order_id={order_id}&key_id={KEY_ID}&name=Algebra&callback=https://shop.test/done?x=1"
    )
    page = response.body.decode()
    assert (response.status, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "₹1,23,456.00" in page
    assert "<h1>Algebra</h1>" in page
    assert not re.search(r'(src|href)="', page)
    assert page_data(response) == {
        "order": order_id,
        "paid": False,
        "callback": "https://shop.test/done?x=1",
        "callbackMethod": "post",
        "targetOrigin": "https://shop.test",
        "email": "",
        "contact": "",
        "notes": {},
        "color": "",
        "manual": False,
    }
    nonce = re.search(r"script-src 'nonce-([^']+)'", response.headers["Content-Security-Policy"])
    assert nonce is not None
    assert page.count(f'nonce="{nonce[1]}"') == 3
    assert set(re.findall(r'data-action="(\w+)"', page)) == {"pay", "fail", "close", "late", "authorize"}


def test_checkout_page_escapes_query_parameters() -> None:
    account = new_razorpay()
    order_id = account.create_order()["id"]
    bad = "%3C/script%3E%3Cimg%20src=x%20onerror=alert(1)%3E"
    response = get(
        account, "/checkout", f"order_id={order_id}&key_id={KEY_ID}&name={bad}&description={bad}&email={bad}"
    )
    page = response.body.decode()
    assert "<img" not in page
    assert page.count("</script>") == 2
    assert page_data(response)["email"] == "</script><img src=x onerror=alert(1)>"


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ("order_id=order_00000000000000&key_id=" + KEY_ID, 400, "does not exist"),
        ("order_id={order}&key_id=rzp_test_00000000000000", 401, "key id"),
        ("order_id={order}&callback=javascript:alert(1)&key_id=" + KEY_ID, 400, "http or https"),
        ("", 401, "key id"),
    ],
)
def test_checkout_page_with_invalid_order_key_or_callback_shows_error(query: str, status: int, text: str) -> None:
    account = new_razorpay()
    response = get(account, "/checkout", query.format(order=account.create_order()["id"]))
    assert response.status == status
    assert text in response.body.decode()
    assert 'data-state="error"' in response.body.decode()


def test_checkout_page_of_paid_order_says_paid() -> None:
    account = new_razorpay()
    order_id = account.create_order()["id"]
    account.pay(order_id)
    assert page_data(get(account, "/checkout", f"order_id={order_id}&key_id={KEY_ID}"))["paid"] is True


def test_checkout_script_defines_window_razorpay() -> None:
    response = get(new_razorpay(), "/v1/checkout.js")
    assert (response.status, response.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert b"window.Razorpay = Razorpay" in response.body


def test_control_api_rejects_remote_clients_with_403() -> None:
    response = FakeRazorpayApp(new_razorpay().fake).handle(Request("GET", "/_local/statement", client="192.0.2.1"))
    assert response.status == 403


@pytest.mark.parametrize(
    ("amount", "currency", "formatted"),
    [
        (49_900, "INR", "₹499.00"),
        (99_999_99, "INR", "₹99,999.99"),
        (1_234_567_89, "INR", "₹12,34,567.89"),
        (99_999_99, "USD", "$99,999.99"),
        (5, "INR", "₹0.05"),
        (500, "JPY", "JPY 500"),
        (1_230, "KWD", "KWD 1.230"),
    ],
)
def test_money_formats_amount_with_currency_and_minor_digits(amount: int, currency: str, formatted: str) -> None:
    assert format_amount(amount, currency) == formatted
