"""What a transaction wrote, as plain values, and the items that it works on."""

import json
from collections.abc import Callable
from typing import Any

from cli._payment_matrix import AMOUNT, NOW, OTHER_ORDER_ID, make_payment
from shared.db.entities import Course, EmailAddress, Payment
from shared.db.table import keys
from shared.domain.lifecycle import CourseLevel, CourseStatus, PaymentStatus
from tests.fixtures import rows
from tests.fixtures.table_snapshot import snapshot

Plain = dict[str, Any]


def written_by(action: Callable[[], object]) -> dict[str, Plain]:
    """Runs the action. Returns "pk / sk" > all attributes of a new item, or those of another that changed (None: it was
    removed). The id of an audit entry, which is random, is "…"."""
    before = snapshot()
    action()
    after = snapshot()
    assert set(before) <= set(after)
    return {
        _name(key): _changed({}, item) if key not in before else _changed(before[key], item)
        for key, item in after.items()
        if before.get(key) != item
    }


def _name(key: keys.Key) -> str:
    return f"{key.pk} / {'…' if key.pk.startswith('AUDIT#') else key.sk}"


def _changed(old: Plain, new: Plain) -> Plain:
    names = [name for name in {**old, **new} if name not in ("pk", "sk") and old.get(name) != new.get(name)]
    return {name: _plain(name, new[name]) if name in new else None for name in names}


def _plain(name: str, tagged: Plain) -> Any:
    """The value without DynamoDB's type tags; JSON text as its value."""
    [(tag, value)] = tagged.items()
    match tag:
        case "N":
            return int(value)
        case "M":
            return {key: _plain(key, each) for key, each in value.items()}
        case "L":
            return [_plain("", each) for each in value]
    return json.loads(value) if name in ("changes", "before", "after") else value


def course_item(**changes: Any) -> Course:
    """A published course at AMOUNT without learners, not stored yet."""
    return Course.build(
        keys.course("crs_1"),
        **{
            "course_id": "crs_1",
            "instructor_id": "usr_2",
            "instructor_name": "Asha Rao",
            "title": "Ragas",
            "description": "Ten ragas.",
            "category": "music",
            "level": CourseLevel.BEGINNER,
            "language": "en",
            "amount": AMOUNT,
            "currency": "INR",
            "status": CourseStatus.PUBLISHED,
            "version": 1,
            "created_at": NOW,
            "updated_at": NOW,
            **changes,
        },
    )


def other_payment() -> Payment:
    """A captured payment of the same learner, not stored yet."""
    captured = make_payment(PaymentStatus.CAPTURED)
    own = {"order_id": OTHER_ORDER_ID, "pk": keys.payment(OTHER_ORDER_ID).pk}
    return Payment(**{**captured.attribute_values, **own})


def put_in_the_way(key: keys.Key) -> None:
    """Stores an item under a key that a transaction is to create."""
    rows.put(EmailAddress.build(key, user_id="usr_1"))
