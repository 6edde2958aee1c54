"""The common attributes of history entries, and the reading of entries from earlier versions."""

import json
from typing import Any, ClassVar, Final, Self

from pynamodb.attributes import UnicodeAttribute

from shared.db.table.attributes import EnumAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import Item
from shared.domain.lifecycle import EnrollmentStatus
from shared.history_kinds import KINDS_BY_ADMIN, ChangeKind, Source

_KIND_VALUES_BY_ADMIN: Final = frozenset(kind.value for kind in KINDS_BY_ADMIN)


class HistoryEntry(Item):
    """One step of a payment or an enrollment, append-only. `changes` is the JSON object of the attributes that the step
    set (null: removed). `note` is the free text that an admin entered as the reason; only admins see it.

    A subclass stores the kind of the step in the attribute that `KIND_ATTRIBUTE` names."""

    KIND_ATTRIBUTE: ClassVar[str]

    number = IntAttribute()
    at = TimeAttribute()
    source = EnumAttribute(Source)
    note = UnicodeAttribute(null=True)
    changes = UnicodeAttribute()

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        """Converts an entry of an earlier version into the current shape, then reads it like any item.

        Raises AttributeDeserializationError, ValueError (a kind or source that this version does not know)."""
        return super().from_raw_data(_separate_note(data, cls.KIND_ATTRIBUTE))


def _separate_note(data: dict[str, Any], attribute: str) -> dict[str, Any]:
    """Moves an admin's free text to `note`: earlier versions stored it as the kind of a grant or a revocation. The
    entry is a grant if it made the enrollment active; otherwise it is a revocation, which cancelled the enrollment or
    started the refund of its payment."""
    text = data.get(attribute, {}).get("S")
    if data.get("source", {}).get("S") != Source.ADMIN or text is None or text in _KIND_VALUES_BY_ADMIN:
        return data
    status = json.loads(data["changes"]["S"]).get("status")
    kind = ChangeKind.ADMIN_GRANTED if status == EnrollmentStatus.ACTIVE else ChangeKind.ADMIN_REVOKED
    return {**data, attribute: {"S": kind.value}, "note": {"S": text}}
