"""CORS: an allow-list of origins, never `*`, because refresh tokens are sent in cookies."""

from shared.config import settings
from shared.http.request import IncomingRequest

METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match"
EXPOSED = "ETag, Link, Location, Retry-After, X-Request-Id, Idempotency-Replayed"
MAX_AGE = 600
"""Seconds for which a browser caches a preflight response."""


def headers(incoming: IncomingRequest) -> dict[str, str]:
    """The CORS headers of the response; only `Vary` for an origin that is not on the list."""
    origin = incoming.headers.get("origin")
    if origin is None:
        return {}
    if origin not in settings().cors_origins:
        return {"Vary": "Origin"}
    allowed = {
        "Vary": "Origin",
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": EXPOSED,
    }
    if incoming.method == "OPTIONS":
        allowed |= {
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": HEADERS,
            "Access-Control-Max-Age": str(MAX_AGE),
        }
    return allowed
