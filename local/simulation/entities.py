"""Entities of stored items. A stored item never changes, so each is read once, however often it is asked for."""

from local.simulation.values import Raw
from shared.db.base import Item
from shared.db.store import entity


class Entities:
    def __init__(self) -> None:
        self._read: dict[int, tuple[Raw, Item | None]] = {}

    def known(self, raw: Raw) -> Item | None:
        """The entity of a stored item, shared by all who ask: for reading only."""
        found = self._read.get(id(raw))
        if found is None:
            found = self._read[id(raw)] = (raw, entity(raw))
        return found[1]

    def fresh(self, raw: Raw) -> Item | None:
        """Its own for each who asks, as the product has it."""
        item = self.known(raw)
        return item and item.copy()
