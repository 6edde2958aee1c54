"""The one table and the base of its entities.

An entity is a PynamoDB model; `kind` names its class. Reads go through shared/db/table/store.py, which turns each raw item
into the class its kind names, so one Query may return entities of several kinds. Kinds this version of the code does
not know are passed over: newer code may share the table.
"""

from functools import cache
from typing import Any, ClassVar, Self

from pynamodb.attributes import MapAttribute, UnicodeAttribute
from pynamodb.connection.base import MetaTable
from pynamodb.connection.table import TableConnection
from pynamodb.constants import NULL
from pynamodb.exceptions import AttributeNullError
from pynamodb.models import Model

from shared.config import settings
from shared.db.table.keys import GSI1, GSI2, Key

KINDS: dict[str, type["Item"]] = {}

_INDEXES = [
    (GSI1, "gsi1pk", "gsi1sk"),
    (GSI2, "gsi2pk", "gsi2sk"),
]


def _key_schema(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [{"AttributeName": hash_key, "KeyType": "HASH"}, {"AttributeName": range_key, "KeyType": "RANGE"}]


def _meta_table(name: str) -> MetaTable:
    names = ["pk", "sk", *(part for index in _INDEXES for part in index[1:])]
    return MetaTable(
        {
            "TableName": name,
            "KeySchema": _key_schema("pk", "sk"),
            "AttributeDefinitions": [{"AttributeName": each, "AttributeType": "S"} for each in names],
            "GlobalSecondaryIndexes": [
                {"IndexName": index, "KeySchema": _key_schema(hash_key, range_key)}
                for index, hash_key, range_key in _INDEXES
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
    NON_COUNTERS: ClassVar[frozenset[str]] = frozenset()
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
    def build(cls, key: Key, **attributes: Any) -> Self:
        """An entity of this kind under `key`: to be put, or only to name the item that is updated.

        Raises ValueError for an attribute that this kind has not."""
        unknown = attributes.keys() - cls.get_attributes().keys()
        if unknown:
            raise ValueError(f"{cls.__name__} has no {', '.join(sorted(unknown))}")
        return cls._from_values({"pk": key.pk, "sk": key.sk, "kind": cls.KIND, **attributes})

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        """What PynamoDB's does, in a third of the time: that sets every value twice, through a descriptor, and reading
        items is most of what a request computes. Raises AttributeDeserializationError, ValueError."""
        attributes, values = cls.get_attributes(), {}
        for name, stored in data.items():
            attribute = attributes.get(name)
            if attribute is not None and NULL not in stored:
                values[name] = attribute.deserialize(attribute.get_value(stored))
        return cls._from_values(values)

    @classmethod
    def _from_values(cls, values: dict[str, Any]) -> Self:
        """An item with these values, and the defaults of other attributes."""
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
        """What PynamoDB's does, past its descriptors. Raises AttributeNullError, and what the attributes raise."""
        if not null_check:
            return super().serialize(null_check=False)
        written = {}
        for name, attribute in self.get_attributes().items():
            value = self.attribute_values.get(name)
            stored = None if value is None else attribute.serialize(value)
            if stored is not None:
                written[attribute.attr_name] = {attribute.attr_type: stored}
            elif not attribute.null:
                raise AttributeNullError(name)
        return written

    def copy(self) -> Self:
        """Another with the same values."""
        other = self.__class__.__new__(self.__class__)
        other.__dict__.update(self.__dict__)
        other.attribute_values = dict(self.attribute_values)
        return other

    @classmethod
    def _get_connection(cls) -> TableConnection:
        return table()


@cache
def _attribute_defaults(kind: type[Item]) -> list[tuple[str, Any]]:
    """Name and default of every attribute that has one."""
    known = kind.get_attributes().items()
    return [(name, attribute.default) for name, attribute in known if attribute.default is not None]


@cache
def _map_attributes(kind: type[Item]) -> list[tuple[str, MapAttribute[Any, Any]]]:
    return [(name, each) for name, each in kind.get_attributes().items() if isinstance(each, MapAttribute)]


class ListingIndexed:
    """Mixin: listed under its owner in gsi1."""

    gsi1pk = UnicodeAttribute(null=True)
    gsi1sk = UnicodeAttribute(null=True)


class DueIndexed:
    """Mixin: carries a timer in gsi2 while it waits for something."""

    gsi2pk = UnicodeAttribute(null=True)
    gsi2sk = UnicodeAttribute(null=True)
