"""Responses saved for requests that carry an `Idempotency-Key`.

An attempt to run a request claims the key with a token of its own. If it runs longer than its lock, another attempt
takes the key over; from then on the first can neither save its response nor release the key.
"""

from datetime import datetime

from pynamodb.expressions.condition import Condition

from shared.db.entities import IdempotencyRecord
from shared.db.table import keys, store


def claim(
    caller_id: str, name: str, digest: str, *, owner: str, locked_until: datetime, expires_at: datetime, now: datetime
) -> IdempotencyRecord | None:
    """Claims the key for the attempt `owner` until `locked_until`. None: claimed, run the request. Otherwise the
    existing record.

    An expired lock (the process that held it crashed, or is slow) and an expired record (TTL is slow) are taken over.
    The SDK may repeat the claim after a lost response: the record found is that of this attempt then."""
    written = store.update(
        IdempotencyRecord,
        keys.idempotency(caller_id, name),
        [
            IdempotencyRecord.kind.set(IdempotencyRecord.KIND),
            IdempotencyRecord.request_digest.set(digest),
            IdempotencyRecord.status.set(0),
            IdempotencyRecord.owner.set(owner),
            IdempotencyRecord.answer.set(""),
            IdempotencyRecord.locked_until.set(locked_until),
            IdempotencyRecord.expires_at.set(int(expires_at.timestamp())),
        ],
        IdempotencyRecord.pk.does_not_exist()
        | (
            (IdempotencyRecord.status == 0)
            & (IdempotencyRecord.locked_until < now)
            & (IdempotencyRecord.request_digest == digest)
        )
        | (IdempotencyRecord.expires_at < int(now.timestamp())),
    )
    is_ours = written.succeeded or (written.item is not None and written.item.owner == owner)
    return None if is_ours else written.item


def save_response(caller_id: str, name: str, owner: str, status: int, response: str) -> None:
    """Stores the response of the attempt `owner`, unless another attempt has taken the key over."""
    store.update(
        IdempotencyRecord,
        keys.idempotency(caller_id, name),
        [IdempotencyRecord.status.set(status), IdempotencyRecord.answer.set(response)],
        _is_owned_by(owner),
    )


def release(caller_id: str, name: str, owner: str) -> None:
    """Deletes the record of the attempt `owner`, so that the request can be sent again with the same key. Does nothing
    if another attempt has taken the key over."""
    store.delete(keys.idempotency(caller_id, name), _is_owned_by(owner))


def _is_owned_by(owner: str) -> Condition:
    condition: Condition = IdempotencyRecord.owner == owner
    return condition
