"""Persist the table between two runs: the engine holds it in memory, a snapshot file holds a copy.

A copy is saved only when the table did not change while it was read, so a restored state always existed as a whole.
The file is written under another name and renamed: a kill at any moment leaves one complete file, old or new.
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
    """Write the items of `file` into the empty table; returns their number, 0 without a file.

    Raises ValueError for a file that is not a snapshot.
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
                response = dynamodb.batch_write_item(RequestItems={table_name: puts})
                puts = response.get("UnprocessedItems", {}).get(table_name, [])
    return len(items)


def save(endpoint: str, table_name: str, poller: StreamPoller, file: Path) -> bool:
    """Copy the whole table to `file`.

    Returns False and writes nothing when the table changed meanwhile or the stream was not drained within a second.
    """
    poller.drain(DRAIN_SECONDS)
    before = poller.records_read
    with closing(aws_client("dynamodb", endpoint)) as dynamodb:
        pages = dynamodb.get_paginator("scan").paginate(TableName=table_name, ConsistentRead=True)
        items = [item for page in pages for item in page["Items"]]
    poller.drain(DRAIN_SECONDS)
    if poller.records_read != before:
        return False
    new = file.with_suffix(".new")
    with gzip.open(new, "wt", compresslevel=1) as lines:
        lines.writelines(json.dumps(item, default=_encode_bytes) + "\n" for item in items)
    new.chmod(0o600)
    new.replace(file)
    return True


class SnapshotSaver:
    """Saves from `start` to `stop` whenever the table has changed and then been unchanged for two seconds.

    `saved` is the value of the poller's `records_read` at which file and table were equal, -1 without a file.
    """

    def __init__(self, endpoint: str, table_name: str, poller: StreamPoller, file: Path, saved: int) -> None:
        self._save_table: Callable[[], bool] = lambda: save(endpoint, table_name, poller, file)
        self._poller = poller
        self._saved = saved
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="snapshot-saver", daemon=True)
        self._thread.start()

    def stop(self) -> bool:
        """Save unsaved changes; to be called when nothing else writes. False if that failed.

        Saves nothing before `start`: the table was not complete yet.
        """
        if self._thread is None:
            return True
        self._stopping.set()
        self._thread.join()
        try:
            self._poller.drain(DRAIN_SECONDS)
        except (BotoCoreError, ClientError, RuntimeError) as error:
            print(f"the data could not be saved: {error}", file=sys.stderr)
            return False
        return self._saved == self._poller.records_read or self._save()

    def _run(self) -> None:
        last = self._poller.records_read
        while not self._stopping.wait(CHECK_SECONDS):
            now = self._poller.records_read
            if now == last != self._saved:
                self._save()
            last = now

    def _save(self) -> bool:
        records_read = self._poller.records_read
        try:
            saved = self._save_table()
        except (BotoCoreError, ClientError, OSError, RuntimeError) as error:
            print(f"the data could not be saved: {error}", file=sys.stderr)
            return False
        if saved:
            self._saved = records_read
        return saved


def _encode_bytes(value: Any) -> dict[str, str]:
    return {"$bytes": base64.b64encode(value).decode()}


def _decode_bytes(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$bytes"]) if value.keys() == {"$bytes"} else value
