"""A rebuild of the read models: its state, and the counters it computes apart from the displayed ones."""

from typing import Any, ClassVar, Self

from pynamodb.attributes import UnicodeAttribute

from shared.db.table.attributes import IntAttribute, TimeAttribute
from shared.db.table.base import Item


class RebuiltCounters(Item):
    """`REBUILD#run#pk / sk`: the counters `pk / sk`, of kind `of`, as a rebuild computes them. `amounts` is filled when
    the item is read: counter > value."""

    KIND: ClassVar[str] = "made_anew"

    of = UnicodeAttribute()
    instructor_id = UnicodeAttribute(null=True)
    course_id = UnicodeAttribute(null=True)
    amounts: dict[str, int]

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        item = super().from_raw_data(data)
        item.amounts = {name: int(value["N"]) for name, value in data.items() if "N" in value}
        return item


class RebuildRun(Item):
    """`REBUILD / RUN`: the current or latest rebuild (`run`, a ULID), its stage and position."""

    KIND: ClassVar[str] = "rebuild_run"

    run = UnicodeAttribute()
    stage = UnicodeAttribute()
    position = UnicodeAttribute(null=True)
    done = IntAttribute(default=0)
    began_at = TimeAttribute()
