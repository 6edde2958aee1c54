"""Cursors: opaque, signed, and bound to one list (path, filters and caller)."""

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

from shared.errors import CursorInvalid
from shared.secrets import Secret, secret


def encode_cursor(next_key: dict[str, Any] | None, scope: str) -> str | None:
    """The cursor of the next page; None at the end. `scope` identifies the list."""
    if next_key is None:
        return None
    payload = json.dumps(next_key, separators=(",", ":"), sort_keys=True).encode()
    return _encode(_mac(payload, scope) + payload)


def decode_cursor(cursor: str | None, scope: str) -> dict[str, Any] | None:
    """The key to continue after. Raises CursorInvalid for a cursor that was changed or belongs to another list."""
    if cursor is None:
        return None
    try:
        sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError) as error:
        raise CursorInvalid from error
    mac, payload = sealed[:16], sealed[16:]
    # The decoder ignores characters outside the alphabet and unused trailing bits; only one spelling is accepted.
    if not hmac.compare_digest(mac, _mac(payload, scope)) or _encode(sealed) != cursor:
        raise CursorInvalid
    key: dict[str, Any] = json.loads(payload)
    return key


def next_link_header(path: str, query: dict[str, str], cursor: str | None) -> dict[str, str]:
    """The `Link: rel="next"` header (RFC 8288) of a list."""
    if cursor is None:
        return {}
    return {"Link": f'<{path}?{urlencode({**query, "cursor": cursor})}>; rel="next"'}


def _encode(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _mac(payload: bytes, scope: str) -> bytes:
    key = secret(Secret.CURSOR_KEY).encode()
    return hmac.new(key, scope.encode() + b"\0" + payload, hashlib.sha256).digest()[:16]
