"""Groups the items of a scan by partition: the items of a learner, or of an order, follow each other."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

from shared.db.entities import Certificate, Enrollment, EnrollmentEvent, Payment, PaymentEvent
from shared.db.payments.learner_records import UnreadableItem, read_entity
from shared.db.table import keys
from shared.db.table.base import Item
from shared.db.table.store import RawItem

I = TypeVar("I", bound=Item)  # noqa: E741

_IDENTITY: Final[dict[type[Item], tuple[str, ...]]] = {
    Payment: ("order_id", "user_id", "course_id", "version", "created_at"),
    Enrollment: ("user_id", "course_id", "version"),
    Certificate: ("certificate_id", "user_id", "course_id"),
}
"""The attributes without which an item is not found again."""
_HISTORY_KINDS: Final = ({"S": PaymentEvent.KIND}, {"S": EnrollmentEvent.KIND})


@dataclass
class Partition:
    """The items of one partition, with the attributes that the scan reads, and those that cannot be read. Entries of
    histories are only counted, by the sort key of their history."""

    pk: str
    items: list[Item] = field(default_factory=list)
    unreadable: list[UnreadableItem] = field(default_factory=list)
    _steps: Counter[str] = field(default_factory=Counter)

    def add(self, raw: RawItem) -> None:
        if raw.get("kind") in _HISTORY_KINDS:
            self._steps[_history_of(raw["sk"]["S"])] += 1
            return
        item = read_entity(raw)
        if isinstance(item, UnreadableItem):
            self.unreadable.append(item)
        elif item is not None:
            missing = [name for name in _IDENTITY.get(type(item), ()) if getattr(item, name) is None]
            if missing:
                self.unreadable.append(UnreadableItem(item.pk, item.sk, f"it has no {', '.join(missing)}"))
            else:
                self.items.append(item)

    def has_every_step(self, item: Payment | Enrollment) -> bool:
        """Whether the partition holds as many entries of the item's history as the item has versions."""
        step = (
            keys.payment_event(item.order_id, 0)
            if isinstance(item, Payment)
            else keys.enrollment_event(item.user_id, item.course_id, 0)
        )
        return self._steps[_history_of(step.sk)] == item.version

    def items_of(self, kind: type[I]) -> list[I]:
        return [item for item in self.items if isinstance(item, kind)]


def _history_of(sort_key: str) -> str:
    return sort_key.rpartition("#")[0]


class PartitionReader:
    """Collects partitions from pages. The last partition of a page may continue on the next one."""

    def __init__(self) -> None:
        self._current: Partition | None = None

    def take(self, page: Iterable[RawItem]) -> Iterator[Partition]:
        """Yields the partitions that have ended."""
        for raw in page:
            pk = raw["pk"]["S"]
            if self._current is None or self._current.pk != pk:
                yield from self.rest()
                self._current = Partition(pk)
            self._current.add(raw)

    def rest(self) -> Iterator[Partition]:
        """Yields the last partition, whether it has ended or not."""
        if self._current is not None:
            yield self._current
        self._current = None
