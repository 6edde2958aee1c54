"""The checks of a whole batch: the product's own commands, receipt numbers, the webhook inbox, and the logs."""

import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any, Final

from local.dynamodb.engine import aws_client
from tests.load.http_histories.history.history import History
from tests.load.http_histories.processes.surroundings import Surroundings

_EXPECTED_ERRORS: Final = ("refund status unknown",)
"""Logged errors that the histories cause on purpose."""
_SECONDS_TO_PROJECT: Final = 300.0
_SECONDS_BETWEEN_RECOUNTS: Final = 3.0
_UNTOLD: Final = ("stage", "service", "version", "timestamp", "sampling_rate", "request_id")


def check_commands(surroundings: Surroundings, since: datetime) -> Iterator[str]:
    """`reconcile --heal` first, unless reconciliation is left out; then nothing may differ. Yields what was healed, and
    problems."""
    period = ("reconcile", "--since", since.isoformat(), "--until", surroundings.clock.now().isoformat())
    if surroundings.reconciles:
        healed = re.findall(r"^settled: .*", surroundings.run_command(*period, "--heal").stdout, re.MULTILINE)
        yield from healed
        if healed:
            surroundings.run_command("sweep", "--due-only")
    recounted = surroundings.run_command("recount")
    until = time.monotonic() + _SECONDS_TO_PROJECT
    while recounted.returncode and time.monotonic() < until:  # the projector may have much to catch up
        time.sleep(_SECONDS_BETWEEN_RECOUNTS)
        recounted = surroundings.run_command("recount")
    commands = (period, ("invariants", "--no-recount"))
    for done in (recounted, *(surroundings.run_command(*arguments) for arguments in commands)):
        if done.returncode:
            yield f"PROBLEM {done.args[3]} exited with {done.returncode}:\n{_differing_lines(done.stdout)}{done.stderr}"


def check_receipts(histories: Sequence[History]) -> Iterator[str]:
    """The numbers of each financial year are 1 to n, each once."""
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for history in histories:
        for order_id in history.orders:
            reply = history.admin.call("GET", f"/api/payments/{order_id}/receipt")
            if reply is not None and reply.ok:
                series, _, number = reply.body["number"].rpartition("/")
                numbers[series].append(int(number))
    for series, found in numbers.items():
        missing = sorted(set(range(1, len(found) + 1)) ^ set(found))
        if missing or len(set(found)) != len(found):
            yield f"PROBLEM receipts {series}: {len(found)} receipts, gaps or duplicates at {missing}"


def check_inbox(surroundings: Surroundings) -> Iterator[str]:
    """Every webhook that was acknowledged is in the inbox."""
    environment = surroundings.environment
    with closing(aws_client("dynamodb", environment["LMS_DYNAMODB_ENDPOINT"])) as dynamodb:
        for event_id in sorted(surroundings.network.acknowledged):
            key = {"pk": {"S": f"WEBHOOK#{event_id}"}, "sk": {"S": "EVENT"}}
            if "Item" not in dynamodb.get_item(TableName=environment["LMS_TABLE_NAME"], Key=key):
                yield f"PROBLEM the webhook {event_id} was acknowledged, and is not in the inbox"


def check_logs(surroundings: Surroundings, logged: Sequence[str]) -> Iterator[str]:
    """Errors that the product logged, each once, and records that the projector gave up."""
    lines = [*surroundings.product.output().splitlines(), *logged]
    yield from (line for line in lines if line.startswith("PROBLEM "))
    errors = Counter(error for line in lines if (error := _logged_error(line)))
    yield from (f"PROBLEM logged {times} times: {error}" for error, times in errors.items())
    dead_letters = surroundings.folder / "dead-letters.jsonl"
    if dead_letters.exists():
        yield f"PROBLEM the projector gave up {len(dead_letters.read_text().splitlines())} records"
    for answer, times in surroundings.network.unexpected.items():
        yield f"PROBLEM {times} webhooks were answered with {answer}"


def _differing_lines(output: str) -> str:
    lines = [line for line in output.splitlines() if " ok " not in line]
    return "".join(f"    {line}\n" for line in lines[:30])


def _logged_error(line: str) -> str:
    """The text of an error that no history causes on purpose; empty for any other line."""
    if line.startswith("Traceback"):
        return "a traceback of the product"
    if '"ERROR"' not in line or any(expected in line for expected in _EXPECTED_ERRORS):
        return ""
    try:
        entry: dict[str, Any] = json.loads(line)
    except ValueError:
        return line[:500]
    return json.dumps({name: value for name, value in entry.items() if name not in _UNTOLD})[:1_500]
