"""DynamoDB answers of the test's making."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError

from shared.db.table import base

Responder = Callable[[Callable[..., Any], str, dict[str, Any]], Any]


def client_error(code: str, reasons: Sequence[str | None] = (), status: int = 400) -> ClientError:
    """As botocore raises it; `reasons` are the codes of a cancelled transaction, in the order of its operations."""
    response: dict[str, Any] = {
        "Error": {"Code": code, "Message": code},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}},
    }
    if reasons:
        response["CancellationReasons"] = [{"Code": reason or "None", "Message": reason} for reason in reasons]
    return ClientError(response, "TransactWriteItems")  # type: ignore[arg-type]


def cancel_transaction(code: str) -> Responder:
    """Cancels a transaction for its first operation."""

    def answer(_: Any, __: str, arguments: dict[str, Any]) -> Any:
        raise client_error("TransactionCanceledException", [code, *[None] * (len(arguments["TransactItems"]) - 1)])

    return answer


class ScriptedClient:
    """Stands before a botocore client: the next calls get `answers` (raised, or called), the others pass."""

    def __init__(self, real: Callable[[str, dict[str, Any]], Any], answers: Sequence[Any]) -> None:
        self.real = real
        self.responses = list(answers)
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, operation: str, arguments: dict[str, Any]) -> Any:
        self.calls.append((operation, arguments))
        if not self.responses:
            return self.real(operation, arguments)
        answer = self.responses.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer(self.real, operation, arguments)

    @property
    def tokens(self) -> list[str]:
        return [arguments["ClientRequestToken"] for _, arguments in self.calls if "ClientRequestToken" in arguments]


def script_responses(monkeypatch: pytest.MonkeyPatch, *answers: Exception | Responder) -> ScriptedClient:
    """What the next calls to DynamoDB get instead of an answer; those after them are served."""
    client = base.table().connection.client
    before = ScriptedClient(client._make_api_call, answers)
    monkeypatch.setattr(client, "_make_api_call", before)
    return before


class ProcessKilled(BaseException):
    """The function ends here, and answers nothing."""


def kill_process() -> None:
    raise ProcessKilled


def run_at_next_write(monkeypatch: pytest.MonkeyPatch, action: Callable[[], object], *, after: bool = False) -> None:
    """Just before the next transaction is written, or just after, `happens` happens: once."""
    client = base.table().connection.client
    real, waiting = client._make_api_call, [action]

    def call(operation: str, arguments: dict[str, Any]) -> Any:
        comes = waiting.pop() if waiting and operation == "TransactWriteItems" else lambda: None
        if after:
            answer = real(operation, arguments)
            comes()
            return answer
        comes()
        return real(operation, arguments)

    monkeypatch.setattr(client, "_make_api_call", call)
