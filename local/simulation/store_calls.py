"""Every call of the database: a place to stop, and a place for things to go wrong."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ReadTimeoutError

from local.simulation.faults import OF_STORE
from local.simulation.refusals import cancelled, error
from local.simulation.store import Key, Request, key_of
from local.simulation.values import Raw

if TYPE_CHECKING:
    from local.simulation.world import World

_STORE_TIMEOUT = 9.0
"""Seconds a call of the store takes to give up: three tries of three seconds."""
_A_MOMENT = 0.06
_REVOKED = {"S": "REVOKED"}


class StoreClient:
    """Stands where PynamoDB keeps botocore's client, below all of its own error handling."""

    _request_signer = None
    """PynamoDB looks here for credentials that ran out."""

    def __init__(self, current: "Callable[[], World]") -> None:
        self._current = current

    def _make_api_call(self, operation: str, request: Request) -> Request:
        world = self._current()
        if world.scheduler.current is None or _of_revocations(request):
            return world.table.call(operation, request)
        return StoreCall(world, operation, request).made()


class StoreCall:
    def __init__(self, world: "World", operation: str, request: Request) -> None:
        self.world = world
        self.operation = operation
        self.request = request

    def made(self) -> Request:
        world = self.world
        world.stop_here()
        fault = world.faults.draw(OF_STORE[self.operation])
        about = partial(told, self.operation, self.request)
        try:
            answer = self._meeting(fault)
        except ClientError as refused:
            world.trace.add(self.operation, about, f"{fault or ''} {_code(refused)}")
            raise
        except BaseException:
            world.trace.add(self.operation, about, fault or "?")
            raise
        world.trace.add(self.operation, about, fault or "")
        if world.when_read and self.operation == "GetItem":
            self._interrupted()
        return answer

    def _interrupted(self) -> None:
        """What waits for this item to be read happens now, and whoever read it takes a while to go on."""
        happens = self.world.when_read.pop(key_of(self.request["Key"]), None)
        if happens:
            happens()
            self.world.scheduler.pause(self.world.random.uniform(0, _A_MOMENT))

    def _meeting(self, fault: str | None) -> Request:
        match fault:
            case None:
                return self._done()
            case "crash_before":
                self.world.kill()
            case "crash_after":
                self._tried()
                self.world.kill()
            case "lost_answer":
                self._tried()
                self._time_out()
            case "sent_twice":
                self._tried()
                return self._done()
            case "timeout":
                self._time_out()
            case "stale":
                return self._done(self._stale())
            case "unprocessed":
                return self._partly()
            case "in_progress":
                raise error(self.operation, "TransactionInProgressException", "The transaction is in progress")
            case "conflict" if self.operation == "TransactWriteItems":
                raise cancelled(self._one_of_them("TransactionConflict"))
            case "conflict":
                raise error(self.operation, "TransactionConflictException", "Transaction is ongoing for the item")
            case "throttled":
                if self.operation == "TransactWriteItems" and self.world.random.random() < 0.5:
                    raise cancelled(self._one_of_them("ThrottlingError"))
                raise error(self.operation, "ProvisionedThroughputExceededException", "Slow down")
        raise AssertionError(fault)

    def _done(self, stale: dict[Key, Raw | None] | None = None) -> Request:
        return self.world.table.call(self.operation, self.request, stale=stale)

    def _tried(self) -> None:
        """Does it, whatever the answer is."""
        try:
            self._done()
        except ClientError:
            return

    def _time_out(self) -> None:
        self.world.scheduler.pause(_STORE_TIMEOUT)
        self.world.still_alive()
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    def _stale(self) -> dict[Key, Raw | None]:
        """Some of the latest changes have not reached the index."""
        pick, journal = self.world.random, self.world.table.journal
        if "IndexName" not in self.request:
            return {}
        missed = journal[-pick.randrange(1, 30) :]
        behind: dict[Key, Raw | None] = {}
        for change in reversed(missed):
            if change.key in behind or pick.random() < 0.7:
                behind[change.key] = change.old
        return behind

    def _partly(self) -> Request:
        """Only some of the keys were read: the others come back to be asked for again."""
        asked = self.request["RequestItems"]
        left: Request = {}
        now: Request = {}
        for name, wanted in asked.items():
            keys = wanted["Keys"]
            some = self.world.random.randrange(len(keys))
            now[name] = {**wanted, "Keys": keys[: some + 1]}
            if keys[some + 1 :]:
                left[name] = {**wanted, "Keys": keys[some + 1 :]}
        answer = self.world.table.call(self.operation, {"RequestItems": now})
        return answer | {"UnprocessedKeys": left}

    def _one_of_them(self, code: str) -> list[Request]:
        reasons: list[Request] = [{"Code": "None"} for _ in self.request["TransactItems"]]
        reasons[self.world.random.randrange(len(reasons))] = {"Code": code, "Message": code}
        return reasons


def told(operation: str, request: Request) -> str:
    """The items a request is about."""
    match operation:
        case "TransactWriteItems":
            return ", ".join(_operation(each) for each in request["TransactItems"])
        case "BatchGetItem":
            return ", ".join(_name(key) for wanted in request["RequestItems"].values() for key in wanted["Keys"])
        case "Query":
            values = (next(iter(value.values())) for value in request["ExpressionAttributeValues"].values())
            return f"{request.get('IndexName', '')} {' '.join(map(str, values))}"
        case "Scan" | "BatchWriteItem":
            return ""
        case _:
            return _name(request.get("Key") or request["Item"])


def _operation(each: Request) -> str:
    kind, body = next(iter(each.items()))
    return f"{kind} {_name(body.get('Key') or body['Item'])}"


def _name(raw: Raw) -> str:
    pk, sk = key_of(raw)
    return f"{pk} {sk}" if pk.startswith("USER#") else f"{pk} {sk.removeprefix(pk.split('#')[0])}".rstrip()


def _of_revocations(request: Request) -> bool:
    """The list of ended sessions is read under a lock that no handler may be stopped in."""
    return _REVOKED in request.get("ExpressionAttributeValues", {}).values()


def _code(refused: ClientError) -> str:
    reasons: Any = refused.response.get("CancellationReasons", [])
    return " ".join([refused.response["Error"]["Code"], *(each["Code"] for each in reasons if each["Code"] != "None")])
