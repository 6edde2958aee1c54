"""Every call of the database: a place to stop, and a place for things to go wrong."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ReadTimeoutError

from tests.fixtures.memory_dynamodb.attribute_values import RawItem
from tests.fixtures.memory_dynamodb.client_errors import client_error, transaction_cancelled
from tests.fixtures.memory_dynamodb.table import Key, Request, key_of
from tests.simulation.faults.injection import DYNAMODB_FAULTS

if TYPE_CHECKING:
    from tests.simulation.runtime.environment import Environment

_TIMEOUT_SECONDS = 9.0
"""Seconds a call of the store takes to give up: three tries of three seconds."""
_READ_PAUSE_SECONDS = 0.06
_REVOKED = {"S": "REVOKED"}


class FaultyDynamoClient:
    """Stands where PynamoDB keeps botocore's client, below all of its own error handling."""

    _request_signer = None
    """PynamoDB looks here for credentials that ran out."""

    def __init__(self, current: "Callable[[], Environment]") -> None:
        self._current = current

    def _make_api_call(self, operation: str, request: Request) -> Request:
        world = self._current()
        if world.scheduler.current is None or _reads_revocations(request):
            return world.table.call(operation, request)
        return FaultyCall(world, operation, request).execute()


class FaultyCall:
    def __init__(self, world: "Environment", operation: str, request: Request) -> None:
        self.environment = world
        self.operation = operation
        self.request = request

    def execute(self) -> Request:
        world = self.environment
        world.yield_before_call()
        fault = world.faults.draw(DYNAMODB_FAULTS[self.operation])
        about = partial(describe_request, self.operation, self.request)
        try:
            answer = self._execute_with_fault(fault)
        except ClientError as refused:
            world.trace.add(self.operation, about, f"{fault or ''} {_error_code(refused)}")
            raise
        except BaseException:
            world.trace.add(self.operation, about, fault or "?")
            raise
        world.trace.add(self.operation, about, fault or "")
        if world.on_next_read and self.operation == "GetItem":
            self._run_read_hook()
        return answer

    def _run_read_hook(self) -> None:
        """What waits for this item to be read happens now, and whoever read it takes a while to go on."""
        happens = self.environment.on_next_read.pop(key_of(self.request["Key"]), None)
        if happens:
            happens()
            self.environment.scheduler.pause(self.environment.random.uniform(0, _READ_PAUSE_SECONDS))

    def _execute_with_fault(self, fault: str | None) -> Request:
        match fault:
            case None:
                return self._forward()
            case "crash_before":
                self.environment.kill()
            case "crash_after":
                self._forward_ignoring_errors()
                self.environment.kill()
            case "lost_answer":
                self._forward_ignoring_errors()
                self._time_out()
            case "sent_twice":
                self._forward_ignoring_errors()
                return self._forward()
            case "timeout":
                self._time_out()
            case "stale":
                return self._forward(self._stale_items())
            case "unprocessed":
                return self._forward_partially()
            case "in_progress":
                raise client_error(self.operation, "TransactionInProgressException", "The transaction is in progress")
            case "conflict" if self.operation == "TransactWriteItems":
                raise transaction_cancelled(self._reasons_with_one("TransactionConflict"))
            case "conflict":
                raise client_error(
                    self.operation, "TransactionConflictException", "Transaction is ongoing for the item"
                )
            case "throttled":
                if self.operation == "TransactWriteItems" and self.environment.random.random() < 0.5:
                    raise transaction_cancelled(self._reasons_with_one("ThrottlingError"))
                raise client_error(self.operation, "ProvisionedThroughputExceededException", "Slow down")
        raise AssertionError(fault)

    def _forward(self, stale: dict[Key, RawItem | None] | None = None) -> Request:
        return self.environment.table.call(self.operation, self.request, stale=stale)

    def _forward_ignoring_errors(self) -> None:
        """Does it, whatever the answer is."""
        try:
            self._forward()
        except ClientError:
            return

    def _time_out(self) -> None:
        self.environment.scheduler.pause(_TIMEOUT_SECONDS)
        self.environment.raise_if_killed()
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    def _stale_items(self) -> dict[Key, RawItem | None]:
        """Some of the latest changes have not reached the index."""
        pick, journal = self.environment.random, self.environment.table.change_log
        if "IndexName" not in self.request:
            return {}
        missed = journal[-pick.randrange(1, 30) :]
        behind: dict[Key, RawItem | None] = {}
        for change in reversed(missed):
            if change.key in behind or pick.random() < 0.7:
                behind[change.key] = change.old
        return behind

    def _forward_partially(self) -> Request:
        """Only some of the keys were read: the others come back to be asked for again."""
        asked = self.request["RequestItems"]
        left: Request = {}
        now: Request = {}
        for name, wanted in asked.items():
            keys = wanted["Keys"]
            some = self.environment.random.randrange(len(keys))
            now[name] = {**wanted, "Keys": keys[: some + 1]}
            if keys[some + 1 :]:
                left[name] = {**wanted, "Keys": keys[some + 1 :]}
        answer = self.environment.table.call(self.operation, {"RequestItems": now})
        return answer | {"UnprocessedKeys": left}

    def _reasons_with_one(self, code: str) -> list[Request]:
        reasons: list[Request] = [{"Code": "None"} for _ in self.request["TransactItems"]]
        reasons[self.environment.random.randrange(len(reasons))] = {"Code": code, "Message": code}
        return reasons


def describe_request(operation: str, request: Request) -> str:
    """The items a request is about."""
    match operation:
        case "TransactWriteItems":
            return ", ".join(_describe_operation(each) for each in request["TransactItems"])
        case "BatchGetItem":
            return ", ".join(_item_name(key) for wanted in request["RequestItems"].values() for key in wanted["Keys"])
        case "Query":
            values = (next(iter(value.values())) for value in request["ExpressionAttributeValues"].values())
            return f"{request.get('IndexName', '')} {' '.join(map(str, values))}"
        case "Scan" | "BatchWriteItem":
            return ""
        case _:
            return _item_name(request.get("Key") or request["Item"])


def _describe_operation(each: Request) -> str:
    kind, body = next(iter(each.items()))
    return f"{kind} {_item_name(body.get('Key') or body['Item'])}"


def _item_name(raw: RawItem) -> str:
    pk, sk = key_of(raw)
    return f"{pk} {sk}" if pk.startswith("USER#") else f"{pk} {sk.removeprefix(pk.split('#')[0])}".rstrip()


def _reads_revocations(request: Request) -> bool:
    """The list of ended sessions is read under a lock that no handler may be stopped in."""
    return _REVOKED in request.get("ExpressionAttributeValues", {}).values()


def _error_code(refused: ClientError) -> str:
    reasons: Any = refused.response.get("CancellationReasons", [])
    return " ".join([refused.response["Error"]["Code"], *(each["Code"] for each in reasons if each["Code"] != "None")])
