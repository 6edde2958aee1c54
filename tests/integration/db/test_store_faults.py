"""F46, F54: reads and single-item writes when DynamoDB throttles, reports unprocessed keys, or does not respond."""

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from shared import clock
from shared.db.auth import revocations
from shared.db.entities import EmailAddress, Revocation
from shared.db.table import keys, store
from shared.db.table.keys import Key
from shared.db.table.store import WriteResult
from shared.db.table.transaction import Transaction
from shared.errors import StoreUnavailable
from tests.fixtures.api import Api
from tests.fixtures.dynamodb_faults import client_error, script_responses
from tests.fixtures.roundtrips import recorded_roundtrips
from tests.fixtures.table_snapshot import snapshot

FAULTS = [
    client_error("ThrottlingException"),
    client_error("ProvisionedThroughputExceededException"),
    client_error("InternalServerError", status=500),
    client_error("ResourceNotFoundException"),
    ReadTimeoutError(endpoint_url="http://db"),
]
KEY = Key("P", "1")
CALLS: dict[str, Any] = {
    "get": lambda: store.get(EmailAddress, KEY),
    "get_many": lambda: store.get_many([KEY]),
    "query": lambda: store.query("P"),
    "query_all": lambda: store.query_all("P"),
    "query an index": lambda: store.query("P", index=keys.GSI1),
    "update": lambda: store.update(EmailAddress, KEY, [EmailAddress.user_id.set("u")], EmailAddress.pk.exists()),
    "delete": lambda: store.delete(KEY),
    "delete_many": lambda: store.delete_many([KEY]),
}


def put_items(*keys_: Key) -> None:
    for start in range(0, len(keys_), 100):
        transaction = Transaction()
        for key in keys_[start : start + 100]:
            transaction.put(str(key), EmailAddress.build(key, user_id="usr_1"))
        assert not transaction.commit()


@pytest.mark.parametrize("name", CALLS)
def test_store_call_on_dynamodb_error_raises_store_unavailable(
    table: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    put_items(KEY)
    before = snapshot()
    for fault in FAULTS:
        with monkeypatch.context() as patched:
            script_responses(patched, fault)
            with pytest.raises(StoreUnavailable):
                CALLS[name]()
    assert snapshot() == before


def test_store_update_with_failed_condition_returns_existing_item(table: str) -> None:
    put_items(KEY)
    belongs_to_user_2 = EmailAddress.user_id == "usr_2"
    rejected = store.update(EmailAddress, KEY, [EmailAddress.user_id.set("usr_3")], belongs_to_user_2)
    assert (rejected.succeeded, rejected.item and rejected.item.user_id) == (False, "usr_1")
    absent = store.update(EmailAddress, Key("P", "9"), [EmailAddress.user_id.set("usr_3")], belongs_to_user_2)
    assert absent == WriteResult(False, None)
    done = store.update(EmailAddress, KEY, [EmailAddress.user_id.set("usr_3")], EmailAddress.user_id == "usr_1")
    assert (done.succeeded, done.item and done.item.user_id) == (True, "usr_3")


def serve_first_half(real: Any, operation: str, arguments: dict[str, Any]) -> Any:
    """Processes the first half of a batch and reports the rest as unprocessed."""
    [(name, requests)] = arguments["RequestItems"].items()
    is_write = isinstance(requests, list)
    entries = requests if is_write else requests["Keys"]
    half = (len(entries) + 1) // 2
    processed, unprocessed = (
        {name: part if is_write else {**requests, "Keys": part}} for part in (entries[:half], entries[half:])
    )
    response = real(operation, {**arguments, "RequestItems": processed})
    reported = unprocessed if entries[half:] else {}
    return {**response, "UnprocessedItems" if is_write else "UnprocessedKeys": reported}


def serve_none(_: Any, __: str, arguments: dict[str, Any]) -> Any:
    return {"UnprocessedItems": arguments["RequestItems"]}


def test_f54_batch_get_retries_unprocessed_keys(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    all_keys = [Key("P", f"{number:03d}") for number in range(150)]
    put_items(*all_keys)
    client = script_responses(monkeypatch, *[serve_first_half] * 3)
    absent = Key("P", "absent")
    found = store.get_many([*all_keys, absent, all_keys[0]])
    assert sorted(found) == all_keys
    assert [operation for operation, _ in client.calls] == ["BatchGetItem"] * 5
    assert all(each["RequestItems"][table]["ConsistentRead"] for _, each in client.calls)


def test_f54_batch_get_with_keys_left_unprocessed_raises_store_unavailable(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_keys = [Key("P", f"{number:03d}") for number in range(100)]
    put_items(*all_keys)
    client = script_responses(monkeypatch, *[serve_first_half] * 99)
    with pytest.raises(StoreUnavailable):
        store.get_many(all_keys)
    assert len(client.calls) == 5


def test_f54_batch_delete_retries_unprocessed_items(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    all_keys = [Key("P", f"{number:03d}") for number in range(30)]
    put_items(*all_keys)
    with monkeypatch.context() as patched:
        script_responses(patched, *[serve_first_half] * 4)
        store.delete_many(all_keys)
    assert snapshot() == {}
    put_items(*all_keys)
    with monkeypatch.context() as patched:
        script_responses(patched, *[serve_none] * 99)
        with pytest.raises(StoreUnavailable):
            store.delete_many(all_keys)
    assert len(snapshot()) == 30


def test_delete_many_duplicate_key_is_sent_once(table: str) -> None:
    put_items(KEY)
    store.delete_many([KEY, KEY])
    assert snapshot() == {}


def test_batch_operations_without_keys_make_no_call(table: str) -> None:
    with recorded_roundtrips() as seen:
        assert store.get_many([]) == {}
        store.delete_many([])
    assert seen.operations == []


def test_query_all_reads_all_pages_of_a_partition(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    all_keys = [Key("P", f"{number:03d}") for number in range(25)]
    put_items(*all_keys)

    def short(real: Any, operation: str, arguments: dict[str, Any]) -> Any:
        return real(operation, {**arguments, "Limit": 10})

    client = script_responses(monkeypatch, short, short, short)
    assert [item.sk for item in store.query_all("P")] == [key.sk for key in all_keys]
    assert len(client.calls) == 3


def test_reads_are_strongly_consistent_except_on_indexes(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client = script_responses(monkeypatch)
    store.get(EmailAddress, KEY)
    store.query("P")
    store.query("P", index=keys.GSI1)
    assert [arguments.get("ConsistentRead") for _, arguments in client.calls] == [True, True, None]


class FakeMonotonicTime:
    """A fake of the module `time`, for the cached list of revocations."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def monotonic_time(table: str, monkeypatch: pytest.MonkeyPatch) -> FakeMonotonicTime:
    fake = FakeMonotonicTime()
    monkeypatch.setattr(revocations, "time", fake)
    revocations.clear_cache()
    return fake


def revoke(user_id: str) -> None:
    now = clock.now()
    transaction = Transaction()
    transaction.put(
        "revocation",
        Revocation.build(
            keys.revocation(user_id),
            user_id=user_id,
            suspended=True,
            not_before=now,
            expires_at=int(now.timestamp()) + 3_600,
        ),
    )
    assert not transaction.commit()


def test_revocation_list_is_read_again_after_30_s_and_then_rejects_the_token(
    student: Api, monotonic_time: FakeMonotonicTime
) -> None:
    assert student.get("/api/auth/me").status == 200
    revoke(student.user_id)
    calls: list[str] = []
    with recorded_roundtrips() as seen:
        for _ in range(3):
            monotonic_time.seconds += 10
            assert student.get("/api/auth/me").status == 200
        calls = seen.operations
    assert calls == ["GetItem"] * 3
    monotonic_time.seconds += 0.1
    rejected = student.get("/api/auth/me")
    assert (rejected.status, rejected.code) == (401, "unauthenticated")


def test_unreadable_revocation_list_rejects_signed_in_requests_with_503(
    student: Api, monotonic_time: FakeMonotonicTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert student.get("/api/auth/me").status == 200
    monotonic_time.seconds += 31
    with monkeypatch.context() as patched:
        script_responses(patched, FAULTS[0])
        reply = student.get("/api/auth/me")
    assert (reply.status, reply.code) == (503, "store_unavailable")
    assert student.get("/api/auth/me").status == 200
    assert Api().get("/api/courses").status == 200
