"""The faults of the n-th request to the database, and the hook that injects them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError

HEADER = "x-fault"
MAX_TRANSACTION_ITEMS = 20
READ_TIMEOUT = 1.0
_TRANSACTION = "TransactWriteItems"


@dataclass(frozen=True)
class Fault:
    """`kind`: the fault of the n-th request. `lasting`: the fault also hits all later requests of the attempt."""

    kind: str
    lasting: bool = False

    def __str__(self) -> str:
        return f"{self.kind}-{'lasting' if self.lasting else 'once'}"


FAULTS = [
    Fault("throttled"),
    Fault("throttled", lasting=True),
    Fault("reset"),
    Fault("reset", lasting=True),
    Fault("lost"),
    Fault("lost", lasting=True),
    Fault("conflict"),
    Fault("conflict", lasting=True),
    Fault("hang"),
    Fault("late"),
]
"""lost: the request is applied, but its response is cut off. hang: not applied, no response. late: applied after the
client timed out and sent it again. conflict: TransactionCanceledException with TransactionConflict, for transactions
only."""
QUICK_FAULTS = (Fault("lost", lasting=True), Fault("conflict"))
"""Two faults that work without a proxy, for `make test`."""


def _conflict(items: int) -> dict[str, Any]:
    reasons = [{"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}]
    return {"CancellationReasons": reasons + [{"Code": "None"}] * (items - 1)}


def proxy_rules() -> list[dict[str, Any]]:
    """microburst's rules: each applies to the requests with its name in the header."""

    def rule(name: str, **effect: Any) -> dict[str, Any]:
        return {"service": "*", "headers": {HEADER: f"{name};"}, **effect}

    throttled = {"code": "ProvisionedThroughputExceededException", "status": 400}
    cancelled = {"code": "TransactionCanceledException", "status": 400}
    return [
        rule("throttled", error=throttled),
        rule("reset", reset=True),
        rule("lost", response={"abort_frac": 0.5}),
        rule("hang", timeout_ms=READ_TIMEOUT * 2000),
        rule("late", latency=READ_TIMEOUT * 1500),
        *(
            rule(f"conflict-{n}", error={**cancelled, "fields": _conflict(n)})
            for n in range(1, MAX_TRANSACTION_ITEMS + 1)
        ),
    ]


class Injection:
    """Counts requests, including retries, and injects the fault into the n-th. A conflict counts only transactions."""

    def __init__(self, client: Any, fault: Fault, n: int, *, proxied: bool) -> None:
        self.fired = 0
        self._client, self._fault, self._n, self._proxied = client, fault, n, proxied
        self._seen = 0

    def __call__(self, request: Any, **_: Any) -> AWSResponse | None:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        if self._fault.kind == "conflict" and operation != _TRANSACTION:
            return None
        self._seen += 1
        if self._seen != self._n and not (self._fault.lasting and self._seen > self._n):
            return None
        self.fired += 1
        items = len(json.loads(request.body)["TransactItems"]) if operation == _TRANSACTION else 0
        if self._proxied:
            name = f"conflict-{items}" if self._fault.kind == "conflict" else self._fault.kind
            request.headers[HEADER] = f"{name};"
            return None
        return self._simulate_in_client(request, items)

    def _simulate_in_client(self, request: Any, items: int) -> AWSResponse:
        if self._fault.kind == "throttled":
            return _error_response(request, "ProvisionedThroughputExceededException", {})
        if self._fault.kind == "conflict":
            return _error_response(request, "TransactionCanceledException", _conflict(items))
        if self._fault.kind == "lost":
            self._client._endpoint.http_session.send(request)
        raise ConnectionClosedError(endpoint_url=request.url)


@contextmanager
def inject(client: Any, fault: Fault, n: int, *, proxied: bool) -> Iterator[Injection]:
    """Injects the fault into the client's n-th request until the block ends; `fired` counts the faults."""
    injection = Injection(client, fault, n, proxied=proxied)
    client.meta.events.register_first("before-send.dynamodb", injection)
    try:
        yield injection
    finally:
        client.meta.events.unregister("before-send.dynamodb", injection)


class _RawBody(BytesIO):
    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.read()


def _error_response(request: Any, code: str, fields: dict[str, Any]) -> AWSResponse:
    body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code, **fields})
    headers = HTTPHeaders()
    headers["content-type"] = "application/x-amz-json-1.0"
    return AWSResponse(request.url, 400, headers, _RawBody(body.encode()))
