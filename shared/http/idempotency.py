"""`Idempotency-Key`: the answer of a POST that creates something is kept a day and given again to the same request.

It saves clients from their own repetitions. Money does not rest on it: conditions in the transactions do that.
(draft-ietf-httpapi-idempotency-key-header: 422 for another request under the same key, 409 while the first runs.)
"""

import hashlib
import json
import re
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
    """The name the request's `Idempotency-Key` is kept under; None without one. Raises BadRequest."""
    key = incoming.headers.get("idempotency-key")
    if key is None:
        return None
    if not _KEY_PATTERN.fullmatch(key):
        raise BadRequest("Idempotency-Key must be 1 to 255 visible ASCII characters")
    return hashlib.sha256(key.encode()).hexdigest()


def run_once(incoming: IncomingRequest, caller_id: str, run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """`run()`, or the answer it gave before. Answers of 500 and above are not kept: the request may be sent again."""
    name = key_digest(incoming)
    if name is None:
        return run()
    request = f"{incoming.method} {incoming.path}\n".encode() + incoming.body
    digest = hashlib.sha256(request).hexdigest()
    now = clock.now()
    found = idempotency_keys.claim(
        caller_id, name, digest, locked_until=now + _LOCK_LIFETIME, expires_at=now + _RESPONSE_LIFETIME, now=now
    )
    if found is None:
        return _run_and_save(caller_id, name, run)
    if found.request_digest != digest:
        raise IdempotencyKeyReused
    if not found.status:
        raise IdempotencyInProgress
    answer: dict[str, Any] = json.loads(found.answer)
    own = {**cors.headers(incoming), "X-Request-Id": incoming.request_id, "Idempotency-Replayed": "true"}
    return {**answer, "headers": {**answer["headers"], **own}}


def _run_and_save(caller_id: str, name: str, run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        answer = run()
    except BaseException:
        idempotency_keys.release(caller_id, name)
        raise
    if answer["statusCode"] >= 500:
        idempotency_keys.release(caller_id, name)
    else:
        idempotency_keys.save_response(caller_id, name, answer["statusCode"], json.dumps(answer))
    return answer
