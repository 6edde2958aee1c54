"""Where a refresh token travels: the cookie, `Authorization: Bearer`, or the body of a POST."""

from datetime import datetime
from typing import Any, Final

from shared import clock
from shared.config import settings
from shared.http.request import Request

COOKIE_NAME: Final = "lectern_refresh"
_COOKIE_PATH: Final = "/api/auth"
_TOKEN_PREFIX: Final = "v1."


def refresh_token_of(request: Request[Any, Any]) -> str | None:
    """The refresh token of the request: what is said expressly before what the browser adds by itself.

    An access token in `Authorization` is passed over: many clients send it with every request."""
    if request.incoming.method == "POST" and request.body is not None:
        return str(request.body.refresh_token)
    scheme, _, bearer = (request.header("authorization") or "").partition(" ")
    if scheme.lower() == "bearer" and bearer.strip().startswith(_TOKEN_PREFIX):
        return bearer.strip()
    return request.incoming.cookies.get(COOKIE_NAME)


def set_cookie_header(token: str, ends_at: datetime) -> str:
    """Set-Cookie: out of reach of scripts and of other sites, sent to the auth routes alone."""
    seconds = max(int((ends_at - clock.now()).total_seconds()), 0)
    return f"{COOKIE_NAME}={token}; Max-Age={seconds}; {_cookie_attributes()}"


def clear_cookie_header() -> str:
    """Set-Cookie that removes it: the same attributes, or browsers keep it."""
    return f"{COOKIE_NAME}=; Max-Age=0; {_cookie_attributes()}"


def _cookie_attributes() -> str:
    """`Secure` is left out on a developer's machine only: not every browser takes it from http://127.0.0.1."""
    secure = "" if settings().stage == "local" else "Secure; "
    return f"Path={_COOKIE_PATH}; {secure}HttpOnly; SameSite=Strict"
