"""The HTTP session that Razorpay's package is given.

The package itself sets no timeout, discards the status and the fields of an error, and prints to standard output.
"""

from http.cookiejar import DefaultCookiePolicy
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
"""The pause after a 429 that states none."""
_MAX_RETRY_AFTER_SECONDS: Final = 60


class GatewayRejected(Exception):
    """A 4xx response. `error` may hold code, description, field, source, step, reason and metadata, as Razorpay sent
    them."""

    def __init__(self, status: int, error: Json) -> None:
        self.status = status
        self.error = error
        super().__init__(f"{status} {error.get('code', '')}: {error.get('description', '')}")


class RazorpaySession(requests.Session):
    """Checks each response before the package sees it, and sets the timeout of each call.

    All threads share one session. Its connection pool is made for that; its cookie jar is not (`requests` iterates over
    it without its lock), so it accepts no cookie."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))

    def send(self, request: requests.PreparedRequest, **keywords: Any) -> requests.Response:
        keywords["timeout"] = TIMEOUT
        keywords["allow_redirects"] = False
        try:
            response = super().send(request, **keywords)
            if response.status_code == _TOO_MANY_REQUESTS:
                raise GatewayBusy(retry_after=_retry_after(response))
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


def _retry_after(response: requests.Response) -> int:
    """The pause that a 429 asks for, from 1 to 60 seconds; 10 when it states none, or a date (RFC 9110, 10.2.3)."""
    stated = response.headers.get("Retry-After", "")
    if not (stated.isascii() and stated.isdecimal()):
        return _RETRY_AFTER_SECONDS
    return min(max(int(stated), 1), _MAX_RETRY_AFTER_SECONDS)
