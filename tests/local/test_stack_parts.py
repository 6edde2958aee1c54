"""The parts of the local stack: secrets, settings, snapshot of the table, sweep schedule, and the stack file."""

import json
import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest

from local import dev_secrets, running_stack, stack_settings, sweep_scheduler
from local.dynamodb import snapshot
from local.dynamodb.engine import Engine, aws_client, create_table, start_engine
from local.stream_poller import StreamPoller
from local.waiting import wait_until
from shared.config import SettingUnusable


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    started = start_engine()
    yield started
    started.stop()


def test_dev_secrets_are_created_once_with_mode_0600(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    created = dev_secrets.load_or_create_secrets(file)
    assert dev_secrets.load_or_create_secrets(file) == created
    assert dev_secrets.load_or_create_secrets(tmp_path / "other.json") != created
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if "new" in path.name] == []


def test_dev_secrets_private_key_signs_and_public_key_verifies(tmp_path: Path) -> None:
    secrets = dev_secrets.load_or_create_secrets(tmp_path / "secrets.json")
    private = json.loads(secrets["LMS_JWT_PRIVATE_KEY"])
    [public] = json.loads(secrets["LMS_JWT_PUBLIC_KEYS"])["keys"]
    assert {name: value for name, value in private.items() if name != "d"} == public
    token = jwt.encode({"sub": "u"}, jwt.PyJWK(private).key, "EdDSA", headers={"kid": private["kid"]})
    assert jwt.decode(token, jwt.PyJWK(public).key, ["EdDSA"]) == {"sub": "u"}


def test_dev_secrets_replace_a_damaged_file(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text('{"LMS_REFRESH_KEY": "old"}')
    assert dev_secrets.load_or_create_secrets(file)["LMS_REFRESH_KEY"] != "old"


def test_environment_prefers_user_settings_over_generated_ones() -> None:
    user_settings = {"LMS_RAZORPAY_KEY_SECRET": "theirs", "LMS_LOG_LEVEL": "DEBUG", "LMS_ORDER_WINDOW_SECONDS": "20"}
    completed = stack_settings.complete_settings(
        user_settings, {"LMS_RAZORPAY_KEY_SECRET": "ours", "LMS_REFRESH_KEY": "ours"}, "http://x:1"
    )
    assert {name: value for name, value in completed.items() if name.startswith("LMS_")} == {
        "LMS_RAZORPAY_KEY_SECRET": "theirs",
        "LMS_REFRESH_KEY": "ours",
        "LMS_STAGE": "local",
        "LMS_TABLE_NAME": "lectern",
        "LMS_PUBLIC_URL": "http://x:1",
        "LMS_CORS_ORIGINS": "http://x:1",
        "LMS_LOG_LEVEL": "DEBUG",
        "LMS_REFUND_WINDOW_DAYS": "7",
        "LMS_ORDER_WINDOW_SECONDS": "20",
    }


def test_environment_clears_aws_profile_only_for_the_embedded_engine() -> None:
    assert stack_settings.complete_settings({}, {}, "http://x:1")["AWS_PROFILE"] == ""
    other_endpoint = {"LMS_DYNAMODB_ENDPOINT": "http://127.0.0.1:8001"}
    completed = stack_settings.complete_settings(other_endpoint, {}, "http://x:1")
    assert not [name for name in completed if name.startswith("AWS_")]


def test_environment_with_incomplete_razorpay_settings_raises() -> None:
    complete = {
        "LMS_RAZORPAY_BASE_URL": "https://api.razorpay.com",
        "LMS_RAZORPAY_KEY_ID": "rzp_test_1",
        "LMS_RAZORPAY_KEY_SECRET": "s",
        "LMS_RAZORPAY_WEBHOOK_SECRET": "w",
    }
    assert stack_settings.needs_fake_razorpay({}) is True
    assert stack_settings.needs_fake_razorpay(complete) is False
    assert stack_settings.needs_fake_cloudinary({"LMS_RAZORPAY_BASE_URL": "x"}) is True
    with pytest.raises(SettingUnusable) as raised:
        stack_settings.needs_fake_razorpay({**complete, "LMS_RAZORPAY_KEY_SECRET": ""})
    assert str(raised.value) == (
        "LMS_RAZORPAY_KEY_SECRET is not set, but LMS_RAZORPAY_BASE_URL is: set both, or neither to use the fake"
    )


def test_environment_is_restored_after_the_block() -> None:
    environ = {"A": "1", "B": "2"}
    with stack_settings.patched_environment({"A": "9", "B": "", "C": "3"}, environ):
        assert environ == {"A": "9", "C": "3"}
    assert environ == {"A": "1", "B": "2"}


class SavedTable:
    """A table with its stream poller and its snapshot file."""

    def __init__(self, endpoint: str, file: Path) -> None:
        self.endpoint, self.file, self.name = endpoint, file, f"t{uuid.uuid4().hex}"
        create_table(endpoint, self.name)
        self.poller = StreamPoller(endpoint, self.name, lambda _event, _context: None)
        self.dynamodb = aws_client("dynamodb", endpoint)

    def close(self) -> None:
        self.poller.stop()
        self.dynamodb.close()

    def put(self, name: str, **attributes: Any) -> None:
        self.dynamodb.put_item(TableName=self.name, Item={"pk": {"S": name}, "sk": {"S": "-"}, **attributes})

    def items(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.dynamodb.scan(TableName=self.name)["Items"]
        return sorted(found, key=lambda item: str(item["pk"]))

    def save(self) -> bool:
        return snapshot.save(self.endpoint, self.name, self.poller, self.file)

    def restore(self) -> int:
        return snapshot.restore(self.endpoint, self.name, self.file)

    def saver(self, saved: int = -1) -> snapshot.SnapshotSaver:
        return snapshot.SnapshotSaver(self.endpoint, self.name, self.poller, self.file, saved)


@pytest.fixture
def tables(engine: Engine, tmp_path: Path) -> Iterator[tuple[SavedTable, SavedTable]]:
    pair = (SavedTable(engine.endpoint, tmp_path / "data"), SavedTable(engine.endpoint, tmp_path / "data"))
    yield pair
    for table in pair:
        table.close()


def test_snapshot_restores_the_saved_table_exactly(tables: tuple[SavedTable, SavedTable]) -> None:
    old, new = tables
    for number in range(60):
        old.put(f"{number:03}", n={"N": "1.50"}, b={"B": bytes(range(256))}, m={"M": {"l": {"L": [{"BS": [b"x"]}]}}})
    old.put("an item with a key like an encoded value", m={"M": {"x": {"S": "$bytes"}}}, é={"SS": ["ü"]})
    assert old.save() is True
    assert stat.S_IMODE(old.file.stat().st_mode) == 0o600
    assert new.restore() == 61
    assert new.items() == old.items()


def test_snapshot_restore_without_file_restores_nothing(tables: tuple[SavedTable, SavedTable]) -> None:
    assert tables[1].restore() == 0


def test_snapshot_of_a_table_changing_during_scan_is_not_saved(tables: tuple[SavedTable, SavedTable]) -> None:
    table = tables[0]
    table.put("a")
    assert table.save() is True
    before = table.file.read_bytes()

    class WritingPoller(StreamPoller):
        def drain(self, seconds: float = float("inf")) -> int:
            drained = super().drain(seconds)
            table.put(f"written meanwhile {self.records_read}")
            return drained

    poller = WritingPoller(table.endpoint, table.name, lambda _event, _context: None)
    assert snapshot.save(table.endpoint, table.name, poller, table.file) is False
    poller.stop()
    assert table.file.read_bytes() == before


def test_snapshot_restore_of_damaged_file_raises_naming_it(tables: tuple[SavedTable, SavedTable]) -> None:
    table = tables[0]
    table.file.write_bytes(b"\x1f\x8b damaged")
    with pytest.raises(ValueError, match=f"{table.file} cannot be read .*: remove it to start empty"):
        table.restore()


def test_snapshot_saver_saves_after_quiet_period_and_on_stop(
    tables: tuple[SavedTable, SavedTable], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "CHECK_SECONDS", 0.05)
    old, new = tables
    old.poller.start()
    saver = old.saver()
    saver.start()
    old.put("a")
    assert wait_until(old.file.exists)
    monkeypatch.setattr(snapshot, "CHECK_SECONDS", 60)
    old.put("b")
    assert saver.stop() is True
    assert new.restore() == 2


def test_snapshot_saver_writes_nothing_before_start_or_without_change(
    tables: tuple[SavedTable, SavedTable],
) -> None:
    table = tables[0]
    assert table.saver().stop() is True
    assert not table.file.exists()
    saver = table.saver(saved=0)
    saver.start()
    assert saver.stop() is True
    assert not table.file.exists()


def test_sweep_event_equals_the_schedulers_event() -> None:
    event = sweep_scheduler.make_scheduled_event(datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC))
    assert event == {
        "version": "0",
        "id": event["id"],
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": "000000000000",
        "time": "2026-03-04T05:06:07Z",
        "region": "ap-south-1",
        "resources": ["arn:aws:scheduler:ap-south-1:000000000000:schedule/default/lectern-sweep"],
        "detail": "{}",
    }


@pytest.mark.parametrize(("window", "seconds"), [(1800, 60), (240, 60), (100, 25), (8, 2), (1, 1)])
def test_sweep_interval_shortens_with_the_order_window(window: int, seconds: float) -> None:
    assert sweep_scheduler.sweep_interval(window) == seconds


def test_scheduler_continues_after_a_failed_sweep(capsys: pytest.CaptureFixture[str]) -> None:
    calls: list[str] = []

    def fail(event: dict[str, Any], context: Any) -> None:
        calls.append(context.function_name)
        raise RuntimeError("this run failed")

    running_scheduler = sweep_scheduler.SweepScheduler(fail, 0.01)
    running_scheduler.start()
    wait_until(lambda: len(calls) >= 3)
    running_scheduler.stop()
    assert set(calls) == {"payments-sweep"}
    assert len(calls) >= 3
    assert "RuntimeError: this run failed" in capsys.readouterr().err


def test_scheduler_passes_the_name_of_its_function_and_its_input() -> None:
    calls: list[tuple[str, str]] = []

    def record(event: dict[str, Any], context: Any) -> None:
        assert context.get_remaining_time_in_millis() > 200_000
        calls.append((context.function_name, event["pass"]))

    running_scheduler = sweep_scheduler.SweepScheduler(
        record, 0.01, "payments-reconcile", sweep_scheduler.NIGHTLY_EVENT
    )
    running_scheduler.start()
    wait_until(lambda: bool(calls))
    running_scheduler.stop()
    assert set(calls) == {("payments-reconcile", "nightly")}


def test_running_stack_is_found_until_it_stops(tmp_path: Path) -> None:
    with ExitStack() as stack:
        assert running_stack.acquire_lock(stack, tmp_path) is True
        assert running_stack.read_running_stack(tmp_path) is None
        running_stack.write_stack_file(stack, tmp_path, "http://127.0.0.1:1", {"LMS_STAGE": "local"})
        found = running_stack.read_running_stack(tmp_path)
        assert found is not None
        assert (found["url"], found["env"]) == ("http://127.0.0.1:1", {"LMS_STAGE": "local"})
        assert stat.S_IMODE((tmp_path / "stack.json").stat().st_mode) == 0o600
        with ExitStack() as other:
            assert running_stack.acquire_lock(other, tmp_path) is False
    assert running_stack.read_running_stack(tmp_path) is None
    assert not (tmp_path / "stack.json").exists()


def test_running_stack_file_of_killed_stack_is_ignored(tmp_path: Path) -> None:
    with ExitStack() as stack:
        running_stack.write_stack_file(stack, tmp_path, "http://127.0.0.1:1", {})
        assert running_stack.read_running_stack(tmp_path) is None


def test_running_stack_settings_complete_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMS_LOCAL_DIR", str(tmp_path))
    monkeypatch.setenv("LMS_LOG_LEVEL", "ERROR")
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("LMS_TABLE_NAME", "")
    with ExitStack() as stack:
        running_stack.acquire_lock(stack, tmp_path)
        env = {"LMS_TABLE_NAME": "lectern", "LMS_LOG_LEVEL": "WARNING", "AWS_PROFILE": "", "AWS_REGION": "ap-south-1"}
        running_stack.write_stack_file(stack, tmp_path, "http://127.0.0.1:1", env)
        assert running_stack.use_running_stack() == "http://127.0.0.1:1"
    assert (os.environ["LMS_TABLE_NAME"], os.environ["LMS_LOG_LEVEL"]) == ("lectern", "ERROR")
    assert "AWS_PROFILE" not in os.environ


def test_use_running_stack_without_stack_or_settings_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMS_LOCAL_DIR", str(tmp_path))
    monkeypatch.setenv("LMS_TABLE_NAME", "theirs")
    monkeypatch.setenv("LMS_PUBLIC_URL", "https://api.example.com")
    assert running_stack.use_running_stack() == "https://api.example.com"
    monkeypatch.delenv("LMS_TABLE_NAME")
    with pytest.raises(running_stack.StackNotRunning, match="no stack is running: start one with `make dev`"):
        running_stack.use_running_stack()
