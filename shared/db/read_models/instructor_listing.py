"""The admin's list of instructors: their names, and their order by last activity."""

from datetime import datetime

from pynamodb.expressions.condition import Condition

from shared.db.entities import InstructorTotals
from shared.db.table import keys, store


def set_instructor_name(
    instructor_id: str, name: str, joined_at: datetime, named_at: datetime, *, is_instructor: bool
) -> None:
    """Lists the instructor under this name, unless a newer name is stored. `joined_at` is when the account was created,
    `named_at` when the name was set. A user who is not (or no longer) an instructor is renamed only if already listed.
    Raises StoreUnavailable."""
    listing = keys.active_instructor_listing(joined_at, instructor_id)
    not_newer: Condition = InstructorTotals.named_at <= named_at
    if is_instructor:
        not_newer = InstructorTotals.named_at.does_not_exist() | not_newer
    store.update(
        InstructorTotals,
        keys.instructor_totals(instructor_id),
        [
            InstructorTotals.kind.set(InstructorTotals.KIND),
            InstructorTotals.instructor_id.set(instructor_id),
            InstructorTotals.name.set(name),
            InstructorTotals.named_at.set(named_at),
            InstructorTotals.last_activity.set(InstructorTotals.last_activity | joined_at),
            InstructorTotals.gsi1pk.set(listing.pk),
            InstructorTotals.gsi1sk.set(InstructorTotals.gsi1sk | listing.sk),
        ],
        not_newer,
    )


def record_activity(instructor_id: str, name: str, at: datetime) -> None:
    """Records that the instructor edited a course at that time, unless a later edit is stored. `name` is stored only if
    none is known. Raises StoreUnavailable."""
    listing = keys.active_instructor_listing(at, instructor_id)
    store.update(
        InstructorTotals,
        keys.instructor_totals(instructor_id),
        [
            InstructorTotals.kind.set(InstructorTotals.KIND),
            InstructorTotals.instructor_id.set(instructor_id),
            InstructorTotals.name.set(InstructorTotals.name | name),
            InstructorTotals.last_activity.set(at),
            InstructorTotals.gsi1pk.set(listing.pk),
            InstructorTotals.gsi1sk.set(listing.sk),
        ],
        InstructorTotals.last_activity.does_not_exist() | (InstructorTotals.last_activity < at),
    )
