"""The timer index: what must be looked at, and since when."""

from datetime import datetime
from typing import Any

from pynamodb.constants import ITEMS

from shared import clock
from shared.db import keys
from shared.db.base import table
from shared.db.entities import Payment
from shared.db.keys import Key
from shared.db.store import answering


@answering
def due(until: datetime, at_most: int) -> list[tuple[Key, datetime]]:
    """Keys of the items whose timer is at or before `until`, oldest first, and when each was due. One Query a
    partition. The index lags: read the item before doing anything."""
    found: list[tuple[Key, datetime]] = []
    for number in range(keys.DUE_PARTITIONS):
        raw: list[dict[str, Any]] = table().query(
            keys.due_partition(number),
            range_key_condition=Payment.gsi2sk <= clock.text(until),
            index_name=keys.GSI2,
            limit=at_most,
        )[ITEMS]
        found += [(Key(each["pk"]["S"], each["sk"]["S"]), clock.parse(each["gsi2sk"]["S"])) for each in raw]
    return sorted(found, key=lambda each: each[1])[:at_most]
