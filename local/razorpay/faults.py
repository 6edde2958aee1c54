"""Bad days on purpose: what the next calls of a path will meet instead of an answer."""

import re
from dataclasses import dataclass
from typing import Any

from local.asgi.messages import Request, Response, json_response, text_response
from local.razorpay.errors import RazorpayApiError

FAULT_KINDS = ("429", "500", "502", "503", "409", "bad_json", "null_error", "hang", "drop", "lose_response")
_ERRORS = {
    "429": (429, "BAD_REQUEST_ERROR", "Request failed. Please try after sometime."),
    "500": (500, "SERVER_ERROR", "We are facing some trouble completing your request at the moment."),
    "503": (503, "GATEWAY_ERROR", "The service is temporarily unavailable."),
    "409": (409, "BAD_REQUEST_ERROR", "Another request with the same idempotency key is still in progress."),
}
_BAD_GATEWAY = "<html>\n<head><title>502 Bad Gateway</title></head>\n<body><h1>502 Bad Gateway</h1></body>\n</html>\n"


@dataclass
class Fault:
    """Meets the next `times` calls whose path matches the regular expression `path`, after letting `after` pass.

    hang waits `seconds` and then does the work; drop closes the connection with nothing done; lose_response does
    the work and closes the connection. Every other kind answers without doing the work.
    """

    kind: str
    path: str = ".*"
    method: str = ""
    times: int = 1
    after: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in FAULT_KINDS:
            raise RazorpayApiError(f"kind is one of {', '.join(FAULT_KINDS)}", field="kind")

    def response(self) -> Response | None:
        if self.kind in _ERRORS:
            status, code, description = _ERRORS[self.kind]
            return json_response(
                status, RazorpayApiError(description, code=code, source="NA", step="NA", reason="NA").body()
            )
        if self.kind == "502":
            return text_response(502, _BAD_GATEWAY, "text/html")
        if self.kind == "bad_json":
            return text_response(200, '{"id": "order_', "application/json")
        if self.kind == "null_error":
            return json_response(500, {"error": None})
        return None


class FaultQueue:
    """The queue of faults; only calls under /v1/ meet them."""

    def __init__(self) -> None:
        self.pending: list[Fault] = []

    def add(self, description: dict[str, Any]) -> Fault:
        """From the fields of Fault; an unknown field or kind is a RefusalError."""
        try:
            fault = Fault(**description)
        except TypeError as error:
            raise RazorpayApiError(f"A fault has kind, path, method, times, after, seconds: {error}") from error
        self.pending.append(fault)
        return fault

    def take(self, request: Request) -> Fault | None:
        """The fault this call meets, counted down. Checkout's own script and page are spared."""
        if not request.path.startswith("/v1/") or request.path == "/v1/checkout.js":
            return None
        for fault in self.pending:
            if fault.method.upper() not in ("", request.method) or not re.fullmatch(fault.path, request.path):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.times -= 1
            self.pending = [other for other in self.pending if other.times > 0]
            return fault
        return None
