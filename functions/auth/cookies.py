"""Transport of a refresh token: in the cookie, in `Authorization: Bearer`, or in the body of a POST."""

from datetime import datetime
from typing import Any, Final

from shared import clock
from shared.config import settings
from shared.http.request import Request

COOKIE_NAME: Final = "lectern_refresh"
_COOKIE_PATH: Final = "/api/auth"
_REFRESH_PREFIX: Final = "v1."


def refresh_token_of(request: Request[Any, Any]) -> str | None:
    """The refresh token of the request; None without one. The body and the header take precedence over the cookie,
    because the browser sends the cookie with every request to these routes.

    An access token in `Authorization` is ignored: many clients send it with every request."""
    if request.incoming.method == "POST" and request.body is not None:
        return str(request.body.refresh_token)
    scheme, _, bearer = (request.header("authorization") or "").partition(" ")
    if scheme.lower() == "bearer" and bearer.strip().startswith(_REFRESH_PREFIX):
        return bearer.strip()
    return request.incoming.cookies.get(COOKIE_NAME)


def set_cookie_header(token: str, ends_at: datetime) -> str:
    """The value of the Set-Cookie header. Scripts and other sites cannot use the cookie; the browser sends it only to
    the auth routes."""
    seconds = max(int((ends_at - clock.now()).total_seconds()), 0)
    return f"{COOKIE_NAME}={token}; Max-Age={seconds}; {_cookie_attributes()}"


def clear_cookie_header() -> str:
    """The value of the Set-Cookie header that deletes the cookie. Its attributes must equal those of the cookie."""
    return f"{COOKIE_NAME}=; Max-Age=0; {_cookie_attributes()}"


def _cookie_attributes() -> str:
    """Only the stage `local` omits `Secure`: not every browser accepts it from http://127.0.0.1."""
    secure = "" if settings().stage == "local" else "Secure; "
    return f"Path={_COOKIE_PATH}; {secure}HttpOnly; SameSite=Strict"
