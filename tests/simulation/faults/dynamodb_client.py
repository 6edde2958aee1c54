"""A DynamoDB client that suspends the task and injects faults at every call."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from botocore.exceptions import ClientError, ReadTimeoutError

from tests.fixtures.memory_dynamodb.attribute_values import RawItem
from tests.fixtures.memory_dynamodb.client_errors import client_error, transaction_cancelled
from tests.fixtures.memory_dynamodb.request_description import describe_request
from tests.fixtures.memory_dynamodb.table import Key, Request, key_of
from tests.simulation.faults.injection import DYNAMODB_FAULTS

if TYPE_CHECKING:
    from tests.simulation.runtime.environment import Environment

_TIMEOUT_SECONDS = 9.0
"""Seconds until a database call gives up: three attempts of three seconds."""
_READ_PAUSE_SECONDS = 0.06
_REVOKED = {"S": "REVOKED"}
_CAPTURED = {"S": "captured"}


class FaultyDynamoClient:
    """Replaces botocore's client inside PynamoDB, below its error handling."""

    _request_signer = None
    """PynamoDB checks this attribute for expired credentials."""

    def __init__(self, current: "Callable[[], Environment]") -> None:
        self._current = current

    def _make_api_call(self, operation: str, request: Request) -> Request:
        environment = self._current()
        if environment.scheduler.current is None or _reads_revocations(request):
            return environment.table.call(operation, request)
        return FaultyCall(environment, operation, request).execute()


class FaultyCall:
    def __init__(self, environment: "Environment", operation: str, request: Request) -> None:
        self.environment = environment
        self.operation = operation
        self.request = request

    def execute(self) -> Request:
        environment = self.environment
        environment.yield_before_call()
        if self.operation == "TransactWriteItems":
            environment.let_another_overtake()
            self._run_capture_hook()
        fault = environment.faults.draw(DYNAMODB_FAULTS[self.operation])
        about = partial(describe_request, self.operation, self.request)
        try:
            response = self._execute_with_fault(fault)
        except ClientError as error:
            environment.trace.add(self.operation, about, f"{fault or ''} {_error_code(error)}")
            raise
        except BaseException:
            environment.trace.add(self.operation, about, fault or "?")
            raise
        environment.trace.add(self.operation, about, fault or "")
        if environment.on_next_read and self.operation == "GetItem":
            self._run_read_hook()
        return response

    def _run_read_hook(self) -> None:
        """Run the callback for the next read of this item, and delay the reader for a moment."""
        callback = self.environment.on_next_read.pop(key_of(self.request["Key"]), None)
        if callback:
            callback()
            self.environment.scheduler.pause(self.environment.random.uniform(0, _READ_PAUSE_SECONDS))

    def _run_capture_hook(self) -> None:
        hooks = self.environment.on_next_capture
        updates = [item["Update"] for item in self.request["TransactItems"] if "Update" in item] if hooks else []
        for update in updates:
            if _CAPTURED in update.get("ExpressionAttributeValues", {}).values():
                self.environment.call_hook(hooks.pop(key_of(update["Key"]), None))

    def _execute_with_fault(self, fault: str | None) -> Request:
        if fault in ("crash_after", "lost_response", "sent_twice"):
            self._forward_ignoring_errors()
        match fault:
            case None | "sent_twice":
                return self._forward()
            case "crash_before" | "crash_after":
                self.environment.kill()
            case "lost_response" | "timeout":
                self._time_out()
            case "stale":
                return self._forward(self._stale_items())
            case "unprocessed":
                return self._forward_partially()
            case _:
                raise self._client_error(fault)
        raise AssertionError(fault)

    def _client_error(self, fault: str) -> ClientError:
        """DynamoDB's error for the faults in_progress, conflict and throttled."""
        is_transaction = self.operation == "TransactWriteItems"
        match fault:
            case "in_progress":
                return client_error(self.operation, "TransactionInProgressException", "The transaction is in progress")
            case "conflict" if is_transaction:
                return transaction_cancelled(self._reasons_with_one("TransactionConflict"))
            case "conflict":
                message = "Transaction is ongoing for the item"
                return client_error(self.operation, "TransactionConflictException", message)
            case "throttled":
                if is_transaction and self.environment.random.random() < 0.5:
                    return transaction_cancelled(self._reasons_with_one("ThrottlingError"))
                return client_error(self.operation, "ProvisionedThroughputExceededException", "Slow down")
        raise AssertionError(fault)

    def _forward(self, stale: dict[Key, RawItem | None] | None = None) -> Request:
        table = self.environment.table_named(self.request.get("TableName", ""))
        return table.call(self.operation, self.request, stale=stale)

    def _forward_ignoring_errors(self) -> None:
        """Execute the call and discard its result or error."""
        try:
            self._forward()
        except ClientError:
            return

    def _time_out(self) -> NoReturn:
        self.environment.scheduler.pause(_TIMEOUT_SECONDS)
        self.environment.raise_if_killed()
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    def _stale_items(self) -> dict[Key, RawItem | None]:
        """Earlier images of items whose latest changes the index has not received yet."""
        rng, change_log = self.environment.random, self.environment.table.change_log
        if "IndexName" not in self.request:
            return {}
        recent = change_log[-rng.randrange(1, 30) :]
        stale: dict[Key, RawItem | None] = {}
        for change in reversed(recent):
            if change.key in stale or rng.random() < 0.7:
                stale[change.key] = change.old
        return stale

    def _forward_partially(self) -> Request:
        """Read only some of the keys and return the others as UnprocessedKeys."""
        processed: Request = {}
        unprocessed: Request = {}
        for name, request in self.request["RequestItems"].items():
            keys = request["Keys"]
            last = self.environment.random.randrange(len(keys))
            processed[name] = {**request, "Keys": keys[: last + 1]}
            if keys[last + 1 :]:
                unprocessed[name] = {**request, "Keys": keys[last + 1 :]}
        response = self.environment.table.call(self.operation, {"RequestItems": processed})
        return response | {"UnprocessedKeys": unprocessed}

    def _reasons_with_one(self, code: str) -> list[Request]:
        reasons: list[Request] = [{"Code": "None"} for _ in self.request["TransactItems"]]
        reasons[self.environment.random.randrange(len(reasons))] = {"Code": code, "Message": code}
        return reasons


def _reads_revocations(request: Request) -> bool:
    """The list of revoked sessions is read under a lock: a handler must not be suspended while it holds it."""
    return _REVOKED in request.get("ExpressionAttributeValues", {}).values()


def _error_code(error: ClientError) -> str:
    reasons: Any = error.response.get("CancellationReasons", [])
    codes = [reason["Code"] for reason in reasons if reason["Code"] != "None"]
    return " ".join([error.response["Error"]["Code"], *codes])
