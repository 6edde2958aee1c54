"""The one table and the base of its entities.

An entity is a PynamoDB model; `kind` names its class. Reads go through shared/db/store.py, which turns each raw item
into the class its kind names, so one Query may return entities of several kinds. Kinds this version of the code does
not know are passed over: newer code may share the table.
"""

from functools import cache
from typing import Any, ClassVar, Self

from pynamodb.attributes import MapAttribute, UnicodeAttribute
from pynamodb.connection.base import MetaTable
from pynamodb.connection.table import TableConnection
from pynamodb.constants import NULL
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
    FACTS: ClassVar[frozenset[str]] = frozenset()
    """Of a kind that keeps figures: the numbers that are no counters."""

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
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        """What PynamoDB's does, in a third of the time: that sets every value twice, through a descriptor, and reading
        items is most of what a request computes. Raises AttributeDeserializationError, ValueError."""
        item = cls.__new__(cls)
        values = item.attribute_values = {}
        attributes = cls.get_attributes()
        for name, stored in data.items():
            attribute = attributes.get(name)
            if attribute is None or NULL in stored:
                continue
            value = attribute.deserialize(attribute.get_value(stored))
            values[name] = _boxed(attribute, value) if isinstance(attribute, MapAttribute) else value
        for name, default in _defaults(cls):
            if name not in values:
                attribute, value = attributes[name], default() if callable(default) else default
                values[name] = _boxed(attribute, value) if isinstance(attribute, MapAttribute) else value
        return item

    def copy(self) -> Self:
        """Another with the same values."""
        other = self.__class__.__new__(self.__class__)
        other.__dict__.update(self.__dict__)
        other.attribute_values = dict(self.attribute_values)
        return other

    @classmethod
    def _get_connection(cls) -> TableConnection:
        return table()


def _boxed(attribute: MapAttribute[str, Any], value: dict[str, Any]) -> MapAttribute[str, Any]:
    """A map as PynamoDB keeps it in an item."""
    return type(attribute)(**value)


@cache
def _defaults(kind: type[Item]) -> list[tuple[str, Any]]:
    """Name and default of every attribute that has one."""
    known = kind.get_attributes().items()
    return [(name, attribute.default) for name, attribute in known if attribute.default is not None]


class Listed:
    """Mixin: listed under its owner in gsi1."""

    gsi1pk = UnicodeAttribute(null=True)
    gsi1sk = UnicodeAttribute(null=True)


class Timed:
    """Mixin: carries a timer in gsi2 while it waits for something."""

    gsi2pk = UnicodeAttribute(null=True)
    gsi2sk = UnicodeAttribute(null=True)
