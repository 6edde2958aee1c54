"""F46, F54: reads and single writes of a store that is busy, throttles a part, or does not answer."""

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from shared import clock
from shared.db import keys, revocations, store
from shared.db.entities import EmailAddress, Revocation
from shared.db.keys import Key
from shared.db.store import WriteResult
from shared.db.transaction import Transaction
from shared.errors import StoreUnavailable
from tests.api import Api
from tests.contents import contents
from tests.dynamodb import refused, stand
from tests.roundtrips import roundtrips

FAULTS = [
    refused("ThrottlingException"),
    refused("ProvisionedThroughputExceededException"),
    refused("InternalServerError", status=500),
    refused("ResourceNotFoundException"),
    ReadTimeoutError(endpoint_url="http://db"),
]
HERE = Key("P", "1")
CALLS: dict[str, Any] = {
    "get": lambda: store.get(EmailAddress, HERE),
    "get_many": lambda: store.get_many([HERE]),
    "query": lambda: store.query("P"),
    "query_all": lambda: store.query_all("P"),
    "query an index": lambda: store.query("P", index=keys.GSI1),
    "update": lambda: store.update(EmailAddress, HERE, [EmailAddress.user_id.set("u")], EmailAddress.pk.exists()),
    "delete": lambda: store.delete(HERE),
    "delete_many": lambda: store.delete_many([HERE]),
}


def written(*keys_: Key) -> None:
    for start in range(0, len(keys_), 100):
        writing = Transaction()
        for key in keys_[start : start + 100]:
            writing.put(str(key), EmailAddress.build(key, user_id="usr_1"))
        assert not writing.commit()


@pytest.mark.parametrize("name", CALLS)
def test_a_store_that_does_not_serve_is_unavailable(table: str, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    written(HERE)
    before = contents()
    for fault in FAULTS:
        with monkeypatch.context() as patched:
            stand(patched, fault)
            with pytest.raises(StoreUnavailable):
                CALLS[name]()
    assert contents() == before


def test_a_condition_that_does_not_hold_gives_what_was_found(table: str) -> None:
    written(HERE)
    mine = EmailAddress.user_id == "usr_2"
    refused_ = store.update(EmailAddress, HERE, [EmailAddress.user_id.set("usr_3")], mine)
    assert (refused_.succeeded, refused_.item and refused_.item.user_id) == (False, "usr_1")
    absent = store.update(EmailAddress, Key("P", "9"), [EmailAddress.user_id.set("usr_3")], mine)
    assert absent == WriteResult(False, None)
    done = store.update(EmailAddress, HERE, [EmailAddress.user_id.set("usr_3")], EmailAddress.user_id == "usr_1")
    assert (done.succeeded, done.item and done.item.user_id) == (True, "usr_3")


def half(real: Any, operation: str, arguments: dict[str, Any]) -> Any:
    """Serves the first half of a batch and says that the rest was not processed."""
    [(name, asked)] = arguments["RequestItems"].items()
    writes = isinstance(asked, list)
    wanted = asked if writes else asked["Keys"]
    now, later = wanted[: (len(wanted) + 1) // 2], wanted[(len(wanted) + 1) // 2 :]
    answer = real(operation, {**arguments, "RequestItems": {name: now if writes else {**asked, "Keys": now}}})
    left = {name: later if writes else {**asked, "Keys": later}} if later else {}
    return {**answer, "UnprocessedItems" if writes else "UnprocessedKeys": left}


def nothing(_: Any, __: str, arguments: dict[str, Any]) -> Any:
    return {"UnprocessedItems": arguments["RequestItems"]}


def test_f54_unprocessed_keys_are_asked_for_again(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    some = [Key("P", f"{number:03d}") for number in range(150)]
    written(*some)
    client = stand(monkeypatch, *[half] * 3)
    absent = Key("P", "absent")
    found = store.get_many([*some, absent, some[0]])
    assert sorted(found) == some
    assert [operation for operation, _ in client.calls] == ["BatchGetItem"] * 5
    assert all(each["RequestItems"][table]["ConsistentRead"] for _, each in client.calls)


def test_f54_keys_that_stay_unprocessed_are_no_absent_items(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    some = [Key("P", f"{number:03d}") for number in range(100)]
    written(*some)
    client = stand(monkeypatch, *[half] * 99)
    with pytest.raises(StoreUnavailable):
        store.get_many(some)
    assert len(client.calls) == 5


def test_f54_unprocessed_deletes_are_sent_again(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    some = [Key("P", f"{number:03d}") for number in range(30)]
    written(*some)
    with monkeypatch.context() as patched:
        stand(patched, *[half] * 4)
        store.delete_many(some)
    assert contents() == {}
    written(*some)
    with monkeypatch.context() as patched:
        stand(patched, *[nothing] * 99)
        with pytest.raises(StoreUnavailable):
            store.delete_many(some)
    assert len(contents()) == 30


def test_delete_many_with_a_key_given_twice_deletes_it_once(table: str) -> None:
    written(HERE)
    store.delete_many([HERE, HERE])
    assert contents() == {}


def test_nothing_is_asked_for_no_keys(table: str) -> None:
    with roundtrips() as seen:
        assert store.get_many([]) == {}
        store.delete_many([])
    assert seen.operations == []


def test_a_partition_of_many_pages_is_read_to_its_end(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    some = [Key("P", f"{number:03d}") for number in range(25)]
    written(*some)

    def short(real: Any, operation: str, arguments: dict[str, Any]) -> Any:
        return real(operation, {**arguments, "Limit": 10})

    client = stand(monkeypatch, short, short, short)
    assert [item.sk for item in store.query_all("P")] == [key.sk for key in some]
    assert len(client.calls) == 3


def test_reads_are_consistent_unless_an_index_is_read(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client = stand(monkeypatch)
    store.get(EmailAddress, HERE)
    store.query("P")
    store.query("P", index=keys.GSI1)
    assert [arguments.get("ConsistentRead") for _, arguments in client.calls] == [True, True, None]


class Watch:
    """Stands in for `time` in the list of revocations."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def watch(table: str, monkeypatch: pytest.MonkeyPatch) -> Watch:
    standing = Watch()
    monkeypatch.setattr(revocations, "time", standing)
    revocations.clear_cache()
    return standing


def revoke(user_id: str) -> None:
    now = clock.now()
    writing = Transaction()
    writing.put(
        "it",
        Revocation.build(
            keys.revocation(user_id),
            user_id=user_id,
            suspended=True,
            not_before=now,
            expires_at=int(now.timestamp()) + 3_600,
        ),
    )
    assert not writing.commit()


def test_who_is_revoked_is_read_every_thirty_seconds_and_no_more(student: Api, watch: Watch) -> None:
    assert student.get("/api/auth/me").status == 200
    revoke(student.user_id)
    calls: list[str] = []
    with roundtrips() as seen:
        for _ in range(3):
            watch.seconds += 10
            assert student.get("/api/auth/me").status == 200
        calls = seen.operations
    assert calls == ["GetItem"] * 3
    watch.seconds += 0.1
    refused_ = student.get("/api/auth/me")
    assert (refused_.status, refused_.code) == (401, "unauthenticated")


def test_a_list_that_cannot_be_read_lets_nobody_in(student: Api, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    assert student.get("/api/auth/me").status == 200
    watch.seconds += 31
    with monkeypatch.context() as patched:
        stand(patched, FAULTS[0])
        reply = student.get("/api/auth/me")
    assert (reply.status, reply.code) == (503, "store_unavailable")
    assert student.get("/api/auth/me").status == 200
    assert Api().get("/api/courses").status == 200
