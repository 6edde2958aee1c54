"""Fault injection: errors, timeouts and dropped connections for the next calls of a path."""

import re
from dataclasses import dataclass
from typing import Any

from local.asgi.messages import Request, Response, json_response, text_response
from local.razorpay.errors import RazorpayApiError

FAULT_KINDS = ("429", "500", "502", "503", "409", "reject", "bad_json", "null_error", "hang", "drop", "lose_response")
_ERRORS = {
    "429": (429, "BAD_REQUEST_ERROR", "Request failed. Please try after sometime."),
    "500": (500, "SERVER_ERROR", "We are facing some trouble completing your request at the moment."),
    "503": (503, "GATEWAY_ERROR", "The service is temporarily unavailable."),
    "409": (409, "BAD_REQUEST_ERROR", "Another request with the same idempotency key is still in progress."),
}
_BAD_GATEWAY = "<html>\n<head><title>502 Bad Gateway</title></head>\n<body><h1>502 Bad Gateway</h1></body>\n</html>\n"


@dataclass
class Fault:
    """Applies to the next `times` calls whose path matches the regular expression `path`, after the first `after`.

    reject returns 400 with `description`; hang waits `seconds` and then processes the call; drop closes the connection
    without processing it; lose_response processes it and closes the connection. Every other kind returns an error
    without processing the call.
    """

    kind: str
    path: str = ".*"
    method: str = ""
    times: int = 1
    after: int = 0
    seconds: float = 0.0
    description: str = "invalid request sent"

    def __post_init__(self) -> None:
        if self.kind not in FAULT_KINDS:
            raise RazorpayApiError(f"kind is one of {', '.join(FAULT_KINDS)}", field="kind")

    def response(self) -> Response | None:
        """The error response; None for the kinds hang, drop and lose_response."""
        if self.kind in _ERRORS:
            status, code, description = _ERRORS[self.kind]
            return json_response(
                status, RazorpayApiError(description, code=code, source="NA", step="NA", reason="NA").body()
            )
        if self.kind == "reject":
            return json_response(400, RazorpayApiError(self.description, source="NA", step="NA", reason="NA").body())
        if self.kind == "502":
            return text_response(502, _BAD_GATEWAY, "text/html")
        if self.kind == "bad_json":
            return text_response(200, '{"id": "order_', "application/json")
        if self.kind == "null_error":
            return json_response(500, {"error": None})
        return None


class FaultQueue:
    """The queue of faults for calls under /v1/."""

    def __init__(self) -> None:
        self.pending: list[Fault] = []

    def add(self, description: dict[str, Any]) -> Fault:
        """Add a fault given by the fields of Fault. Raises RazorpayApiError for an unknown field or kind."""
        try:
            fault = Fault(**description)
        except TypeError as error:
            raise RazorpayApiError(
                f"A fault has kind, path, method, times, after, seconds, description: {error}"
            ) from error
        self.pending.append(fault)
        return fault

    def take(self, request: Request) -> Fault | None:
        """The fault for this call, with its count reduced; None without one. The checkout script and page have none."""
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
