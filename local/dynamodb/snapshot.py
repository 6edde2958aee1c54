"""Keep the table between two runs: the engine holds it in memory, this holds a copy in one file.

A copy is only taken as such when the table did not change while it was read, so what is restored is always a state
that was. It is written beside the old one and renamed: a kill at any moment leaves one whole file, old or new.
"""

import base64
import gzip
import json
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.dynamodb.engine import aws_client
from local.stream_poller import StreamPoller

CHECK_SECONDS = 2.0
DRAIN_SECONDS = 1.0


def restore(endpoint: str, table_name: str, file: Path) -> int:
    """Write the copy in `file` into the empty table; the number of items, 0 without a file.

    Raises ValueError for a file that is none of ours.
    """
    if not file.exists():
        return 0
    try:
        with gzip.open(file, "rt") as lines:
            items = [json.loads(line, object_hook=_decode_bytes) for line in lines]
    except (OSError, EOFError, ValueError) as damaged:
        raise ValueError(f"{file} cannot be read ({damaged}): remove it to start empty") from damaged
    with closing(aws_client("dynamodb", endpoint)) as dynamodb:
        for start in range(0, len(items), 25):
            puts = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
            while puts:
                answer = dynamodb.batch_write_item(RequestItems={table_name: puts})
                puts = answer.get("UnprocessedItems", {}).get(table_name, [])
    return len(items)


def save(endpoint: str, table_name: str, pump: StreamPoller, file: Path) -> bool:
    """Copy the whole table to `file`.

    False, and nothing written, when the table changed meanwhile or the stream could not be drained within a second.
    """
    pump.drain(DRAIN_SECONDS)
    before = pump.records_read
    with closing(aws_client("dynamodb", endpoint)) as dynamodb:
        pages = dynamodb.get_paginator("scan").paginate(TableName=table_name, ConsistentRead=True)
        items = [item for page in pages for item in page["Items"]]
    pump.drain(DRAIN_SECONDS)
    if pump.records_read != before:
        return False
    new = file.with_suffix(".new")
    with gzip.open(new, "wt", compresslevel=1) as lines:
        lines.writelines(json.dumps(item, default=_encode_bytes) + "\n" for item in items)
    new.chmod(0o600)
    new.replace(file)
    return True


class SnapshotSaver:
    """Saves from `start` to `stop` whenever the table has changed and then rested for two seconds.

    `saved` is the pump's `moved` at which the file and the table were equal, -1 without a file.
    """

    def __init__(self, endpoint: str, table_name: str, pump: StreamPoller, file: Path, saved: int) -> None:
        self._save_table: Callable[[], bool] = lambda: save(endpoint, table_name, pump, file)
        self._pump = pump
        self._saved = saved
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def stop(self) -> bool:
        """Save what is not saved yet; to be called when nothing else writes. False if that was not possible.

        Without `start` nothing is saved: the table was not complete yet.
        """
        if self._thread is None:
            return True
        self._stopping.set()
        self._thread.join()
        try:
            self._pump.drain(DRAIN_SECONDS)
        except (BotoCoreError, ClientError, RuntimeError) as failure:
            print(f"the data could not be saved: {failure}", file=sys.stderr)
            return False
        return self._saved == self._pump.records_read or self._save()

    def _run(self) -> None:
        last = self._pump.records_read
        while not self._stopping.wait(CHECK_SECONDS):
            now = self._pump.records_read
            if now == last != self._saved:
                self._save()
            last = now

    def _save(self) -> bool:
        moved = self._pump.records_read
        try:
            saved = self._save_table()
        except (BotoCoreError, ClientError, OSError, RuntimeError) as failure:
            print(f"the data could not be saved: {failure}", file=sys.stderr)
            return False
        if saved:
            self._saved = moved
        return saved


def _encode_bytes(value: Any) -> dict[str, str]:
    return {"$bytes": base64.b64encode(value).decode()}


def _decode_bytes(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$bytes"]) if value.keys() == {"$bytes"} else value
