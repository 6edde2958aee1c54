"""A cache of the entities of stored items: a stored item is immutable, so it is deserialized once."""

from shared.db.table.base import Item
from shared.db.table.store import entity
from tests.fixtures.memory_dynamodb.attribute_values import RawItem


class EntityCache:
    def __init__(self) -> None:
        self._entities: dict[int, tuple[RawItem, Item | None]] = {}

    def get_shared(self, raw: RawItem) -> Item | None:
        """The entity of a stored item, shared by all callers: read-only."""
        found = self._entities.get(id(raw))
        if found is None:
            found = self._entities[id(raw)] = (raw, entity(raw))
        return found[1]

    def get_copy(self, raw: RawItem) -> Item | None:
        """A copy for each caller, as in the product."""
        item = self.get_shared(raw)
        return item and item.copy()
