"""The single table and the base class of its entities.

An entity is a PynamoDB model; its stored `kind` names its class. Reads go through shared/db/table/store.py, which turns
each raw item into the class of its kind, so one Query may return entities of several kinds. Kinds that this version of
the code does not know are skipped: a newer version may share the table.
"""

from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Self

from pynamodb.attributes import MapAttribute, UnicodeAttribute
from pynamodb.connection.base import MetaTable
from pynamodb.connection.table import TableConnection
from pynamodb.constants import NULL
from pynamodb.exceptions import AttributeNullError
from pynamodb.models import Model

from shared import clock
from shared.config import settings
from shared.db.table.keys import GSI1, GSI2, Key

KINDS: dict[str, type["Item"]] = {}

_INDEXES = [
    (GSI1, "gsi1pk", "gsi1sk"),
    (GSI2, "gsi2pk", "gsi2sk"),
]


def _key_schema(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [{"AttributeName": hash_key, "KeyType": "HASH"}, {"AttributeName": range_key, "KeyType": "RANGE"}]


def _meta_table(table_name: str) -> MetaTable:
    names = ["pk", "sk", *(part for index in _INDEXES for part in index[1:])]
    return MetaTable(
        {
            "TableName": table_name,
            "KeySchema": _key_schema("pk", "sk"),
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in names],
            "GlobalSecondaryIndexes": [
                {"IndexName": index, "KeySchema": _key_schema(hash_key, range_key)}
                for index, hash_key, range_key in _INDEXES
            ],
        }
    )


@cache
def table() -> TableConnection:
    """The connection that all entities share, opened on first use: connect timeout 1 s, read timeout 3 s, 2 retries."""
    configured = settings()
    return TableConnection(
        configured.table_name,
        region=configured.region,
        host=configured.dynamodb_endpoint,
        connect_timeout_seconds=1,
        read_timeout_seconds=3,
        max_retry_attempts=2,
        max_pool_connections=50,
        meta_table=_meta_table(configured.table_name),
    )


class Item(Model):
    """The attributes of every item. A subclass names its kind: `KIND = "course"`."""

    KIND: ClassVar[str] = ""
    NON_COUNTERS: ClassVar[frozenset[str]] = frozenset()
    """For a kind that holds counters: its number attributes that are not counters."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()

    class Meta:
        table_name = "resolved at first use, see table()"

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if cls.KIND:
            KINDS[cls.KIND] = cls

    @classmethod
    def build(cls, key: Key, **attributes: Any) -> Self:
        """A new entity of this kind under `key`, not stored yet.

        Raises ValueError for an attribute that this kind does not have."""
        unknown = attributes.keys() - cls.get_attributes().keys()
        if unknown:
            raise ValueError(f"{cls.__name__} has no {', '.join(sorted(unknown))}")
        return cls._from_values({"pk": key.pk, "sk": key.sk, "kind": cls.KIND, **attributes})

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        """The entity of a raw item. Raises AttributeDeserializationError, ValueError.

        PynamoDB's own method sets every value twice through a descriptor and takes three times as long; reading items
        is most of the CPU time of a request."""
        attributes, values = cls.get_attributes(), {}
        for name, stored in data.items():
            attribute = attributes.get(name)
            if attribute is not None and NULL not in stored:
                values[name] = attribute.deserialize(attribute.get_value(stored))
        return cls._from_values(values)

    @classmethod
    def _from_values(cls, values: dict[str, Any]) -> Self:
        """An item with these values, and the defaults of the other attributes."""
        for name, default in _attribute_defaults(cls):
            if name not in values:
                values[name] = default() if callable(default) else default
        for name, attribute in _map_attributes(cls):
            if type(values.get(name)) is dict:
                values[name] = type(attribute)(**values[name])
        item = cls.__new__(cls)
        item.attribute_values = values
        return item

    def serialize(self, null_check: bool = True) -> dict[str, dict[str, Any]]:
        """The raw item: the result of PynamoDB's own method, without the cost of its descriptors.

        Raises AttributeNullError for a required attribute without a value, and TypeError or ValueError for a value that
        its attribute does not accept."""
        if not null_check:
            return super().serialize(null_check=False)
        raw = {}
        for name, attribute in self.get_attributes().items():
            value = self.attribute_values.get(name)
            stored = None if value is None else attribute.serialize(value)
            if stored is not None:
                raw[attribute.attr_name] = {attribute.attr_type: stored}
            elif not attribute.null:
                raise AttributeNullError(name)
        return raw

    def copy(self) -> Self:
        """A shallow copy."""
        other = self.__class__.__new__(self.__class__)
        other.__dict__.update(self.__dict__)
        other.attribute_values = dict(self.attribute_values)
        return other

    @classmethod
    def _get_connection(cls) -> TableConnection:
        return table()


@cache
def _attribute_defaults(kind: type[Item]) -> list[tuple[str, Any]]:
    """Name and default of every attribute that has a default."""
    attributes = kind.get_attributes().items()
    return [(name, attribute.default) for name, attribute in attributes if attribute.default is not None]


@cache
def _map_attributes(kind: type[Item]) -> list[tuple[str, MapAttribute[Any, Any]]]:
    attributes = kind.get_attributes().items()
    return [(name, attribute) for name, attribute in attributes if isinstance(attribute, MapAttribute)]


class ListingIndexed:
    """Mixin of items that gsi1 can list: by owner, role, status or rank."""

    gsi1pk = UnicodeAttribute(null=True)
    gsi1sk = UnicodeAttribute(null=True)

    @property
    def listing(self) -> Key | None:
        """The key under which gsi1 lists the item; None while it does not."""
        return Key(self.gsi1pk, self.gsi1sk) if self.gsi1pk and self.gsi1sk else None


def listing_attributes(listing: Key) -> dict[str, Any]:
    """The attributes by which gsi1 lists an item under `listing`."""
    return {"gsi1pk": listing.pk, "gsi1sk": listing.sk}


class DueIndexed:
    """Mixin of items that can have a scheduled step. gsi2, the due index, lists an item while it has one."""

    gsi2pk = UnicodeAttribute(null=True)
    gsi2sk = UnicodeAttribute(null=True)

    @property
    def due_at(self) -> datetime | None:
        """When the scheduled step is due (UTC); None while none is scheduled."""
        return clock.parse(self.gsi2sk) if self.gsi2sk else None
