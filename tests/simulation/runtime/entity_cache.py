"""Entities of stored items. A stored item never changes, so each is read once, however often it is asked for."""

from shared.db.table.base import Item
from shared.db.table.store import entity
from tests.fixtures.memory_dynamodb.attribute_values import RawItem


class EntityCache:
    def __init__(self) -> None:
        self._entities: dict[int, tuple[RawItem, Item | None]] = {}

    def get_shared(self, raw: RawItem) -> Item | None:
        """The entity of a stored item, shared by all who ask: for reading only."""
        found = self._entities.get(id(raw))
        if found is None:
            found = self._entities[id(raw)] = (raw, entity(raw))
        return found[1]

    def get_copy(self, raw: RawItem) -> Item | None:
        """Its own for each who asks, as the product has it."""
        item = self.get_shared(raw)
        return item and item.copy()
