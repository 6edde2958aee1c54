"""The table in this process's memory, under the product's own data layer: fast, and somebody can always come first."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ReadTimeoutError

from shared.db.table.keys import Key
from tests.fixtures.memory_dynamodb.table import MemoryTable
from tests.simulation.faults.dynamodb_client import describe_request

Json = dict[str, Any]


class MemoryDynamoDb:
    """Stands where PynamoDB keeps botocore's client. `calls` are those that were made, in order, with their items."""

    _request_signer = None
    """PynamoDB looks here for credentials that ran out."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._table = MemoryTable(seconds)
        self._interleaved: list[tuple[str, Callable[[], object]]] = []
        self._timeouts_left = 0
        self.calls: list[str] = []

    def run_before(self, operation: str, action: Callable[[], object], times: int = 1) -> None:
        """Just before the next call of that operation, and the `times` - 1 after it, this happens: as if another
        function had been a moment faster."""
        self._interleaved += [(operation, action)] * times

    def time_out_next(self, calls: int) -> None:
        """The next `calls` are not answered, and nothing is done."""
        self._timeouts_left = calls

    def corrupt(self, key: Key, attribute: str) -> None:
        """The attribute as no version of the code can read it."""
        where = (key.pk, key.sk)
        self._table.items[where] = {**self._table.items[where], attribute: {"S": "spoilt"}}

    def rewrite(self, key: Key, without: str, **texts: str) -> None:
        """The item as an earlier version of the code stored it: `without` that attribute, and with these texts."""
        where = (key.pk, key.sk)
        kept = {name: value for name, value in self._table.items[where].items() if name != without}
        self._table.items[where] = kept | {name: {"S": text} for name, text in texts.items()}

    def _make_api_call(self, operation: str, request: Json) -> Json:
        if self._interleaved and self._interleaved[0][0] == operation:
            _, happens = self._interleaved.pop(0)
            waiting, self._interleaved = self._interleaved, []
            happens()
            self._interleaved = waiting
        self.calls.append(f"{operation} {describe_request(operation, request)}".rstrip())
        if self._timeouts_left:
            self._timeouts_left -= 1
            raise ReadTimeoutError(endpoint_url="https://dynamodb")
        answer: Json = self._table.call(operation, request)
        return answer
