"""The checkout page, and the script that opens it over a merchant's page."""

import html
import json
import re
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from local.asgi.messages import Request, Response, text_response
from local.razorpay.errors import RazorpayApiError
from local.razorpay.fake_razorpay import FakeRazorpay
from local.razorpay.operations.orders import validate_notes
from local.razorpay.state.entities import Order

CheckoutData = dict[str, str | bool | dict[str, str]]

COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
FOLDER = Path(__file__).parent
SYMBOLS = {"INR": "₹", "USD": "$", "EUR": "€", "GBP": "£"}
MINOR_DIGITS = {"JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3, "OMR": 3}


def checkout_script() -> Response:
    script = (FOLDER / "checkout.js").read_text()
    return text_response(200, script, "text/javascript", Cache_Control="no-store")


def render_checkout(fake: FakeRazorpay, request: Request) -> Response:
    """GET /checkout with `order_id` and `key_id`; optional are `callback`, `callback_method` (post or get),
    `origin` (the window that may receive the result), `name`, `description`, `email`, `contact`, `notes` (JSON) and
    `color` (#rrggbb).
    """
    query = request.query()
    try:
        if query.get("key_id") != fake.settings.key_id:
            raise RazorpayApiError("The key id of this checkout is unknown.", status=401)
        callback = _http_url(query, "callback")
        origin = _origin(_http_url(query, "origin") or callback)
        with fake.locked_ledger() as ledger:
            order = ledger.order(query.get("order_id", ""))
            checkout_data: CheckoutData = {
                "order": order.id,
                "paid": order.status == "paid",
                "callback": callback,
                "callbackMethod": "get" if query.get("callback_method", "").lower() == "get" else "post",
                "targetOrigin": origin or "*",
                "email": query.get("email", ""),
                "contact": query.get("contact", ""),
                "notes": _notes(query.get("notes", "")),
                "color": query["color"] if COLOR.fullmatch(query.get("color", "")) else "",
                "manual": order.capture == "manual",
            }
            return _render(200, order, query, checkout_data)
    except RazorpayApiError as error:
        return _render(error.status, None, {"name": "Checkout", "description": str(error)}, {"targetOrigin": "*"})


def format_amount(amount: int, currency: str) -> str:
    """12345600, INR > ₹1,23,456.00, with Indian digit grouping. `amount` is in minor units; no floats are used."""
    digits = MINOR_DIGITS.get(currency, 2)
    whole, minor = divmod(amount, 10**digits)
    grouped = f"{whole:,}"
    if currency == "INR" and whole >= 1_000:
        thousands = str(whole // 1_000)
        grouped = re.sub(r"(?<=\d)(?=(\d\d)+$)", ",", thousands) + f",{whole % 1_000:03d}"
    return f"{SYMBOLS.get(currency, currency + ' ')}{grouped}" + (f".{minor:0{digits}d}" if digits else "")


def _notes(text: str) -> dict[str, str]:
    try:
        return validate_notes(json.loads(text or "{}"))
    except ValueError as error:
        raise RazorpayApiError("The notes must be a JSON object.", field="notes") from error


def _http_url(query: dict[str, str], name: str) -> str:
    address = query.get(name, "")
    if address and urlsplit(address).scheme not in ("http", "https"):
        raise RazorpayApiError(f"The {name} must be an http or https address.", field=name)
    return address


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if address else ""


def _render(status: int, order: Order | None, query: dict[str, str], checkout_data: CheckoutData) -> Response:
    nonce = secrets.token_urlsafe(16)
    texts = {
        "nonce": nonce,
        "name": query.get("name") or "Lectern",
        "description": query.get("description") or "Course purchase",
        "amount": format_amount(order.amount, order.currency) if order else "",
        "order": order.id if order else "",
        "state": "ready" if order else "error",
    }
    page = (FOLDER / "checkout.html").read_text()
    for name, text in texts.items():
        page = page.replace("{{" + name + "}}", html.escape(text))
    # Every < is escaped: a closing tag in the data would end the script element.
    page = page.replace("{{checkout_data}}", json.dumps(checkout_data).replace("<", "\\u003c"))
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; "
        "form-action http: https:; base-uri 'none'"
    )
    return text_response(
        status,
        page,
        "text/html",
        Content_Security_Policy=policy,
        Cache_Control="no-store",
        Referrer_Policy="no-referrer",
    )
