"""PynamoDB attributes that accept one type each and convert nothing: TypeError, or ValueError for an EnumAttribute."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pynamodb.attributes import Attribute
from pynamodb.constants import NUMBER, STRING

from shared import clock

E = TypeVar("E", bound=StrEnum)


class IntAttribute(Attribute[int]):
    """A whole number. PynamoDB's own number attribute also accepts 10.5, True and "1"."""

    attr_type = NUMBER

    def serialize(self, value: Any) -> str:
        if type(value) is not int:
            raise TypeError(f"{self.attr_name}: {value!r} is not an int")
        return str(value)

    def deserialize(self, value: Any) -> int:
        return int(value)


class TimeAttribute(Attribute[datetime]):
    """An aware UTC datetime to the millisecond, stored as text that sorts chronologically."""

    attr_type = STRING

    def serialize(self, value: Any) -> str:
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise TypeError(f"{self.attr_name}: {value!r} is not an aware datetime")
        return clock.text(value)

    def deserialize(self, value: Any) -> datetime:
        return clock.parse(value)


class EnumAttribute(Attribute[E], Generic[E]):
    """A member of a StrEnum, written as the member or as its value. An unknown value raises ValueError, when it is
    written and when it is read: a state without a name is a defect."""

    attr_type = STRING

    def __init__(self, kind: type[E], **keywords: Any) -> None:
        super().__init__(**keywords)
        self.kind = kind

    def serialize(self, value: Any) -> str:
        return self.kind(value).value

    def deserialize(self, value: Any) -> E:
        return self.kind(value)


class EnumUnionAttribute(Attribute[E], Generic[E]):
    """A member of one of several StrEnums, which have no value in common. Writing anything else, a plain str included,
    raises TypeError. An unknown stored value raises ValueError, as with EnumAttribute."""

    attr_type = STRING

    def __init__(self, *kinds: type[E], **keywords: Any) -> None:
        super().__init__(**keywords)
        self.kinds = kinds
        self._by_value = {member.value: member for kind in kinds for member in kind}

    def serialize(self, value: Any) -> str:
        if not isinstance(value, self.kinds):
            raise TypeError(f"{self.attr_name}: {value!r} is no member of {self._names()}")
        return value.value

    def deserialize(self, value: Any) -> E:
        member = self._by_value.get(value)
        if member is None:
            raise ValueError(f"{self.attr_name}: {value!r} is no value of {self._names()}")
        return member

    def _names(self) -> str:
        return " or ".join(kind.__name__ for kind in self.kinds)
