"""The HTTP session that Razorpay's package is given.

The package itself sets no timeout, discards the status and the fields of an error, and prints to standard output.
"""

from typing import Any, Final

import requests

from shared.errors import GatewayBusy, GatewayUnavailable
from shared.gateways.pages import Json

TIMEOUT: Final = (1, 4)
"""Seconds to connect, and to read."""
_OK: Final = range(200, 300)
_CLIENT_ERRORS: Final = range(400, 500)
_AUTHENTICATION_ERRORS: Final = (401, 403)
"""Razorpay rejected our key. The status is not about the requested order or payment."""
_TOO_MANY_REQUESTS: Final = 429
_RETRY_AFTER_SECONDS: Final = 10


class GatewayRejected(Exception):
    """A 4xx response. `error` may hold code, description, field, source, step, reason and metadata, as Razorpay sent
    them."""

    def __init__(self, status: int, error: Json) -> None:
        self.status = status
        self.error = error
        super().__init__(f"{status} {error.get('code', '')}: {error.get('description', '')}")


class RazorpaySession(requests.Session):
    """Checks each response before the package sees it, and sets the timeout of each call."""

    def send(self, request: requests.PreparedRequest, **keywords: Any) -> requests.Response:
        keywords["timeout"] = TIMEOUT
        keywords["allow_redirects"] = False
        try:
            response = super().send(request, **keywords)
            if response.status_code == _TOO_MANY_REQUESTS:
                raise GatewayBusy(retry_after=_RETRY_AFTER_SECONDS)
            body = response.json()
        except requests.RequestException as error:
            raise GatewayUnavailable from error
        if response.status_code in _OK and isinstance(body, dict):
            return response
        if response.status_code not in _CLIENT_ERRORS or not isinstance(body, dict):
            raise GatewayUnavailable
        details = body.get("error")
        rejection = GatewayRejected(response.status_code, details if isinstance(details, dict) else {})
        if response.status_code in _AUTHENTICATION_ERRORS:
            raise GatewayUnavailable from rejection
        raise rejection
