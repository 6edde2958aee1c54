"""The one table and the base of its entities.

An entity is a PynamoDB model; `kind` names its class. Reads go through shared/db/store.py, which turns each raw item
into the class its kind names, so one Query may return entities of several kinds. Kinds this version of the code does
not know are passed over: newer code may share the table.
"""

from functools import cache
from typing import Any, ClassVar, Self

from pynamodb.attributes import UnicodeAttribute
from pynamodb.connection.base import MetaTable
from pynamodb.connection.table import TableConnection
from pynamodb.models import Model

from shared.config import settings
from shared.db.keys import GSI1, GSI2, Key

KINDS: dict[str, type["Item"]] = {}

_INDEXES = [
    (GSI1, "gsi1pk", "gsi1sk"),
    (GSI2, "gsi2pk", "gsi2sk"),
]


def _keys(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [{"AttributeName": hash_key, "KeyType": "HASH"}, {"AttributeName": range_key, "KeyType": "RANGE"}]


def _meta_table(name: str) -> MetaTable:
    names = ["pk", "sk", *(part for index in _INDEXES for part in index[1:])]
    return MetaTable(
        {
            "TableName": name,
            "KeySchema": _keys("pk", "sk"),
            "AttributeDefinitions": [{"AttributeName": each, "AttributeType": "S"} for each in names],
            "GlobalSecondaryIndexes": [
                {"IndexName": index, "KeySchema": _keys(hash_key, range_key)} for index, hash_key, range_key in _INDEXES
            ],
        }
    )


@cache
def table() -> TableConnection:
    """The connection all entities share, made on first use: 1 s to connect, 3 s to answer, 2 retries."""
    chosen = settings()
    return TableConnection(
        chosen.table_name,
        region=chosen.region,
        host=chosen.dynamodb_endpoint,
        connect_timeout_seconds=1,
        read_timeout_seconds=3,
        max_retry_attempts=2,
        max_pool_connections=50,
        meta_table=_meta_table(chosen.table_name),
    )


class Item(Model):
    """What every item has. Subclasses name their kind: `KIND = "course"`."""

    KIND: ClassVar[str] = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()

    class Meta:
        table_name = "decided late, see table()"

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if cls.KIND:
            KINDS[cls.KIND] = cls

    @classmethod
    def under(cls, key: Key, **attributes: Any) -> Self:
        """An entity of this kind under `key`: to be put, or only to name the item that is updated."""
        return cls(pk=key.pk, sk=key.sk, kind=cls.KIND, **attributes)

    @classmethod
    def _get_connection(cls) -> TableConnection:
        return table()


class Listed:
    """Mixin: listed under its owner in gsi1."""

    gsi1pk = UnicodeAttribute(null=True)
    gsi1sk = UnicodeAttribute(null=True)


class Timed:
    """Mixin: carries a timer in gsi2 while it waits for something."""

    gsi2pk = UnicodeAttribute(null=True)
    gsi2sk = UnicodeAttribute(null=True)
