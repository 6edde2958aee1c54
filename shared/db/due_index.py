"""The timer index: what must be looked at, and since when."""

from datetime import datetime
from typing import Any

from pynamodb.constants import ITEMS, LAST_EVALUATED_KEY
from pynamodb.exceptions import VerboseClientError

from shared import clock
from shared.db.entities import Payment
from shared.db.table import keys
from shared.db.table.base import table
from shared.db.table.keys import Key
from shared.db.table.store import translate_store_errors


@translate_store_errors
def list_due(until: datetime, at_most: int) -> list[tuple[Key, datetime]]:
    """Keys of the items whose timer is at or before `until`, oldest first, and when each was due. One Query a
    partition, more when there are thousands. The index lags: read the item before doing anything."""
    found: list[tuple[Key, datetime]] = []
    for number in range(keys.DUE_PARTITIONS):
        raw = _query_partition(keys.due_partition(number), until, at_most)
        found += [(Key(each["pk"]["S"], each["sk"]["S"]), clock.parse(each["gsi2sk"]["S"])) for each in raw]
    return sorted(found, key=lambda each: each[1])[:at_most]


def _query_partition(partition: str, until: datetime, at_most: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    start: dict[str, Any] | None = {}
    while start is not None and len(found) < at_most:
        page = table().query(
            partition,
            range_key_condition=Payment.gsi2sk <= clock.text(until),
            index_name=keys.GSI2,
            limit=at_most - len(found),
            exclusive_start_key=start or None,
        )
        found += page[ITEMS]
        start = page.get(LAST_EVALUATED_KEY)
    return found


@translate_store_errors
def reschedule(key: Key, due: datetime, until: datetime) -> None:
    """Moves a timer to `until`, unless somebody moved it since it was read as `due`. One UpdateItem."""
    connection = table().connection
    request = connection.get_operation_kwargs(
        table().table_name,
        key.pk,
        key.sk,
        actions=[Payment.gsi2sk.set(clock.text(until))],
        condition=Payment.gsi2sk == clock.text(due),
    )
    try:
        connection.dispatch("UpdateItem", request)
    except VerboseClientError as refused:
        if refused.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
