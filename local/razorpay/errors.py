"""Razorpay's error responses."""

from typing import Any


class RazorpayApiError(Exception):
    """A rejected call: `status` is the HTTP status, `body()` Razorpay's error document."""

    def __init__(
        self,
        description: str,
        *,
        status: int = 400,
        code: str = "BAD_REQUEST_ERROR",
        field: str | None = None,
        reason: str = "input_validation_failed",
        step: str = "payment_initiation",
        source: str = "business",
    ) -> None:
        super().__init__(description)
        self.status = status
        self.error: dict[str, Any] = {
            "code": code,
            "description": description,
            "field": field,
            "source": source,
            "step": step,
            "reason": reason,
            "metadata": {},
        }

    def body(self) -> dict[str, Any]:
        return {"error": self.error}


def unknown_id() -> RazorpayApiError:
    return RazorpayApiError("The id provided does not exist", field="id")


def unauthorized() -> RazorpayApiError:
    return RazorpayApiError("Authentication failed", status=401, source="NA", step="NA", reason="NA")


def unknown_url() -> RazorpayApiError:
    return RazorpayApiError("The requested URL was not found on the server.", source="NA", step="NA", reason="NA")
