"""The checkout: a page a person can click, and the script that opens it over a shop's own page."""

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


def render_checkout(gateway: FakeRazorpay, request: Request) -> Response:
    """GET /checkout with `order_id` and `key_id`, and perhaps `callback`, `callback_method` (post or get),
    `origin` (who may receive the result), `name`, `description`, `email`, `contact`, `notes` (JSON), `color` (#rrggbb).
    """
    query = request.query()
    try:
        if query.get("key_id") != gateway.settings.key_id:
            raise RazorpayApiError("The key id of this checkout is not the gateway's.", status=401)
        callback = _http_url(query, "callback")
        origin = _origin(_http_url(query, "origin") or callback)
        with gateway.locked_ledger() as ledger:
            order = ledger.order(query.get("order_id", ""))
            facts: CheckoutData = {
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
            return _render(200, order, query, facts)
    except RazorpayApiError as refusal:
        return _render(refusal.status, None, {"name": "Checkout", "description": str(refusal)}, {"targetOrigin": "*"})


def format_amount(amount: int, currency: str) -> str:
    """12345600, INR > ₹1,23,456.00, grouped as in India; integers only, as everywhere with money."""
    digits = MINOR_DIGITS.get(currency, 2)
    whole, rest = divmod(amount, 10**digits)
    shown = f"{whole:,}"
    if currency == "INR" and whole >= 1_000:
        lakhs = str(whole // 1_000)
        shown = re.sub(r"(?<=\d)(?=(\d\d)+$)", ",", lakhs) + f",{whole % 1_000:03d}"
    return f"{SYMBOLS.get(currency, currency + ' ')}{shown}" + (f".{rest:0{digits}d}" if digits else "")


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


def _render(status: int, order: Order | None, query: dict[str, str], facts: CheckoutData) -> Response:
    nonce = secrets.token_urlsafe(16)
    texts = {
        "nonce": nonce,
        "name": query.get("name") or "Lectern",
        "description": query.get("description") or "Course purchase",
        "amount": format_amount(order.amount, order.currency) if order else "",
        "order": order.id if order else "",
        "state": "ready" if order else "refused",
    }
    page = (FOLDER / "checkout.html").read_text()
    for name, text in texts.items():
        page = page.replace("{{" + name + "}}", html.escape(text))
    # A closing tag inside the data would end the script element, so no < survives in it.
    page = page.replace("{{facts}}", json.dumps(facts).replace("<", "\\u003c"))
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
