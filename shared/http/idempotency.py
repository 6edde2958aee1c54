"""`Idempotency-Key`: the response of a POST that creates something is stored for a day and replayed for repetitions.

This protects clients from their own retries. The safety of payments does not depend on it, but on the conditions in the
transactions. Status codes follow draft-ietf-httpapi-idempotency-key-header: 422 for a different request
with the same key, 409 while the first request is running.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from shared import clock
from shared.db import idempotency_keys
from shared.errors import BadRequest, IdempotencyInProgress, IdempotencyKeyReused
from shared.http import cors
from shared.http.request import IncomingRequest

_KEY_PATTERN: Final = re.compile(r"[\x21-\x7e]{1,255}")
_LOCK_LIFETIME: Final = timedelta(seconds=60)
_RESPONSE_LIFETIME: Final = timedelta(days=1)


def key_digest(incoming: IncomingRequest) -> str | None:
    """The SHA-256 digest under which the request's `Idempotency-Key` is stored; None without one. Raises BadRequest."""
    key = incoming.headers.get("idempotency-key")
    if key is None:
        return None
    if not _KEY_PATTERN.fullmatch(key):
        raise BadRequest("Idempotency-Key must be 1 to 255 visible ASCII characters")
    return hashlib.sha256(key.encode()).hexdigest()


def run_once(incoming: IncomingRequest, caller_id: str, run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The response of `run()`, or the stored one. If `run` raises an error or responds with 500 and above, nothing is
    stored, and the key can be used again: a retry may succeed.

    Raises BadRequest, IdempotencyKeyReused, IdempotencyInProgress, StoreUnavailable, and the errors of `run`."""
    digest = key_digest(incoming)
    if digest is None:
        return run()
    request = f"{incoming.method} {incoming.path}\n".encode() + incoming.body
    request_digest = hashlib.sha256(request).hexdigest()
    now, owner = clock.now(), uuid.uuid4().hex
    found = idempotency_keys.claim(
        caller_id,
        digest,
        request_digest,
        owner=owner,
        locked_until=now + _LOCK_LIFETIME,
        expires_at=now + _RESPONSE_LIFETIME,
        now=now,
    )
    if found is None:
        return _run_and_save(caller_id, digest, owner, run)
    if found.request_digest != request_digest:
        raise IdempotencyKeyReused
    if not found.status:
        raise IdempotencyInProgress
    response: dict[str, Any] = json.loads(found.answer)
    own_headers = {**cors.headers(incoming), "X-Request-Id": incoming.request_id, "Idempotency-Replayed": "true"}
    return {**response, "headers": {**response["headers"], **own_headers}}


def _run_and_save(caller_id: str, digest: str, owner: str, run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Runs the request as the attempt `owner`. If it takes longer than its lock and another attempt took over, the
    caller of each attempt gets its own response, and the response of the later one is stored."""
    try:
        response = run()
    except BaseException:
        idempotency_keys.release(caller_id, digest, owner)
        raise
    if response["statusCode"] >= 500:
        idempotency_keys.release(caller_id, digest, owner)
    else:
        idempotency_keys.save_response(caller_id, digest, owner, response["statusCode"], json.dumps(response))
    return response
