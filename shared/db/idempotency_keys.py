"""Answers kept for requests that carry an `Idempotency-Key`."""

from datetime import datetime

from shared.db.entities import IdempotencyRecord
from shared.db.table import keys, store


def claim(
    caller_id: str, name: str, digest: str, *, locked_until: datetime, expires_at: datetime, now: datetime
) -> IdempotencyRecord | None:
    """None: the caller owns the key until `locked_until` and runs the request. Otherwise what is there already.

    A lock that ran out (its owner died) and a record past its day (TTL is slow) are taken over."""
    record = IdempotencyRecord
    mine = store.update(
        record,
        keys.idempotency(caller_id, name),
        [
            record.kind.set(record.KIND),
            record.request_digest.set(digest),
            record.status.set(0),
            record.answer.set(""),
            record.locked_until.set(locked_until),
            record.expires_at.set(int(expires_at.timestamp())),
        ],
        record.pk.does_not_exist()
        | ((record.status == 0) & (record.locked_until < now) & (record.request_digest == digest))
        | (record.expires_at < int(now.timestamp())),
    )
    return None if mine.succeeded else mine.item


def save_response(caller_id: str, name: str, status: int, answer: str) -> None:
    record = IdempotencyRecord
    store.update(
        record,
        keys.idempotency(caller_id, name),
        [record.status.set(status), record.answer.set(answer)],
        record.pk.exists(),
    )


def release(caller_id: str, name: str) -> None:
    store.delete(keys.idempotency(caller_id, name))
