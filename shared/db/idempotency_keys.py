"""Responses saved for requests that carry an `Idempotency-Key`."""

from datetime import datetime

from shared.db.entities import IdempotencyRecord
from shared.db.table import keys, store


def claim(
    caller_id: str, name: str, digest: str, *, locked_until: datetime, expires_at: datetime, now: datetime
) -> IdempotencyRecord | None:
    """Claims the key for the caller until `locked_until`. None: claimed, run the request. Otherwise the existing
    record.

    An expired lock (the process that held it crashed) and an expired record (TTL is slow) are taken over."""
    written = store.update(
        IdempotencyRecord,
        keys.idempotency(caller_id, name),
        [
            IdempotencyRecord.kind.set(IdempotencyRecord.KIND),
            IdempotencyRecord.request_digest.set(digest),
            IdempotencyRecord.status.set(0),
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
    return None if written.succeeded else written.item


def save_response(caller_id: str, name: str, status: int, response: str) -> None:
    """Stores the response of the request that holds the key."""
    store.update(
        IdempotencyRecord,
        keys.idempotency(caller_id, name),
        [IdempotencyRecord.status.set(status), IdempotencyRecord.answer.set(response)],
        IdempotencyRecord.pk.exists(),
    )


def release(caller_id: str, name: str) -> None:
    """Deletes the record, so that the request can be sent again with the same key."""
    store.delete(keys.idempotency(caller_id, name))
