"""Where a refresh token travels: the cookie, `Authorization: Bearer`, or the body of a POST."""

from datetime import datetime
from typing import Any, Final

from shared import clock
from shared.config import settings
from shared.http.request import Request

NAME: Final = "lectern_refresh"
_PATH: Final = "/api/auth"
_VERSION: Final = "v1."


def presented(request: Request[Any, Any]) -> str | None:
    """The refresh token of the request: what is said expressly before what the browser adds by itself.

    An access token in `Authorization` is passed over: many clients send it with every request."""
    if request.incoming.method == "POST" and request.body is not None:
        return str(request.body.refresh_token)
    scheme, _, bearer = (request.header("authorization") or "").partition(" ")
    if scheme.lower() == "bearer" and bearer.strip().startswith(_VERSION):
        return bearer.strip()
    return request.incoming.cookies.get(NAME)


def keeping(token: str, ends_at: datetime) -> str:
    """Set-Cookie: out of reach of scripts and of other sites, sent to the auth routes alone."""
    seconds = max(int((ends_at - clock.now()).total_seconds()), 0)
    return f"{NAME}={token}; Max-Age={seconds}; {_attributes()}"


def forgetting() -> str:
    """Set-Cookie that removes it: the same attributes, or browsers keep it."""
    return f"{NAME}=; Max-Age=0; {_attributes()}"


def _attributes() -> str:
    """`Secure` is left out on a developer's machine only: not every browser takes it from http://127.0.0.1."""
    secure = "" if settings().stage == "local" else "Secure; "
    return f"Path={_PATH}; {secure}HttpOnly; SameSite=Strict"
