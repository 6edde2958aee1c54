"""Transactions are applied whole or not at all, and report failed conditions by label, in any order of operations."""

import random
from typing import Any

import pytest

from shared.db.entities import Course, EmailAddress, Outline, Section
from shared.db.table import keys, store
from shared.db.table.keys import Key
from shared.db.table.transaction import Transaction
from tests.fixtures.storefront import put_published_course
from tests.fixtures.table_snapshot import snapshot

FREE_KEYS = [Key(f"FREE#{number}", "X") for number in range(4)]


def email_item(key: Key, **changes: str) -> EmailAddress:
    return EmailAddress.build(key, **{"user_id": "usr_1", **changes})


@pytest.fixture
def course(table: str) -> Course:
    return put_published_course("usr_1")


def add_operations(transaction: Transaction, course: Course, order: list[str], fails: set[str]) -> None:
    """Adds the operations with the labels `order`, in that order. Those in `fails` get a condition that is not met."""
    course_key = keys.course(course.course_id)
    outline = keys.outline(course.course_id)
    [section] = store.query_all(course_key.pk, sk=Section.sk.startswith("SECTION#"))
    section_key = Key(section.pk, section.sk)
    [lesson, _] = store.query_all(course_key.pk, sk=Section.sk.startswith("LESSON#"))
    for label in order:
        must_fail = label in fails
        if label == "check":
            transaction.check(label, section_key, Section.pk.does_not_exist() if must_fail else Section.pk.exists())
        elif label == "delete":
            lesson_key = Key(lesson.pk, lesson.sk)
            transaction.delete(label, lesson_key, Section.pk.does_not_exist() if must_fail else Section.pk.exists())
        elif label == "put":
            transaction.put(label, email_item(outline if must_fail else FREE_KEYS[0]))
        else:
            version = Course.version == (99 if must_fail else 1)
            transaction.update(label, course_key, [Course.title.set("New"), Course.version.add(1)], version)


LABELS = ["check", "delete", "put", "update"]
LABEL_SUBSETS = [{label for bit, label in enumerate(LABELS) if number >> bit & 1} for number in range(1, 16)]


def test_transaction_reports_every_failed_condition_by_label_with_existing_item(course: Course) -> None:
    randomness, before = random.Random(7), snapshot()
    found = {"delete": "lesson", "check": "section", "put": "outline", "update": "course"}
    for fails in LABEL_SUBSETS:
        transaction = Transaction()
        add_operations(transaction, course, randomness.sample(LABELS, 4), fails)
        failed = transaction.commit()
        assert set(failed) == fails
        assert {label: item and item.KIND for label, item in failed.items()} == {each: found[each] for each in fails}
        assert isinstance(failed.get("update") or course, Course)
        assert snapshot() == before


def test_transaction_with_all_conditions_met_writes_all_operations(course: Course) -> None:
    before = snapshot()
    transaction = Transaction()
    add_operations(transaction, course, random.Random(3).sample(LABELS, 4), set())
    assert not transaction.commit()
    now = snapshot()
    assert set(now) - set(before) == {FREE_KEYS[0]}
    assert [key.sk[:6] for key in set(before) - set(now)] == ["LESSON"]
    changed = store.get(Course, keys.course(course.course_id))
    assert changed
    assert (changed.title, changed.version, changed.description) == ("New", 2, course.description)


def test_transaction_reports_none_for_a_missing_item(table: str) -> None:
    transaction = Transaction()
    transaction.update("absent", FREE_KEYS[0], [Course.title.set("x")], Course.pk.exists())
    transaction.put("new", email_item(FREE_KEYS[1]))
    assert transaction.commit() == {"absent": None}
    assert snapshot() == {}


def test_transaction_keeps_labels_of_several_operations_of_one_kind(table: str) -> None:
    setup = Transaction()
    setup.put("existing", email_item(FREE_KEYS[2], user_id="usr_2"))
    assert not setup.commit()
    transaction = Transaction()
    for number, key in enumerate(FREE_KEYS):
        transaction.put(f"put {number}", email_item(key))
        transaction.check(f"check {number}", Key("NONE", str(number)), Course.pk.does_not_exist())
    failed = transaction.commit()
    assert {label: item.user_id for label, item in failed.items() if isinstance(item, EmailAddress)} == {
        "put 2": "usr_2"
    }
    assert list(snapshot()) == [FREE_KEYS[2]]


def test_transaction_supports_unconditional_upsert_and_conditional_put(course: Course) -> None:
    transaction = Transaction()
    transaction.update("new", FREE_KEYS[0], [Course.kind.set("email"), EmailAddress.user_id.set("usr_9")], None)
    transaction.put(
        "over", email_item(FREE_KEYS[1]), EmailAddress.pk.does_not_exist() | (EmailAddress.user_id == "usr_1")
    )
    assert not transaction.commit()
    again = Transaction()
    again.put("over", email_item(FREE_KEYS[1], user_id="usr_5"), EmailAddress.user_id == "usr_1")
    assert not again.commit()
    assert again.commit()["over"].user_id == "usr_5"  # type: ignore[union-attr]


def test_store_reads_skip_items_of_unknown_kind(table: str) -> None:
    transaction = Transaction()
    transaction.put("known", email_item(Key("P", "1")))
    transaction.update("newer", Key("P", "2"), [Course.kind.set("of_a_newer_version")], None)
    transaction.update("bare", Key("P", "3"), [Course.title.set("no kind")], None)
    assert not transaction.commit()
    assert [item.KIND for item in store.query("P").items] == ["email"]
    assert list(store.get_many([Key("P", str(number)) for number in range(5)])) == [Key("P", "1")]
    assert store.get(Course, Key("P", "2")) is None
    assert store.get(Course, Key("P", "1")) is None, "the item has another kind"
    rejected = Transaction()
    rejected.put("newer", email_item(Key("P", "2")))
    assert rejected.commit() == {"newer": None}


def test_transaction_second_operation_on_an_item_raises_value_error(table: str) -> None:
    transaction = Transaction()
    transaction.put("first", email_item(FREE_KEYS[0]))
    with pytest.raises(ValueError, match="two operations on one item of a transaction: 'first' and 'second'"):
        transaction.check("second", FREE_KEYS[0], Course.pk.exists())


def test_transaction_of_100_operations_commits_or_fails_whole(table: str) -> None:
    transaction = Transaction()
    for number in range(100):
        transaction.put(str(number), email_item(Key(f"MANY#{number}", "X")))
    assert not transaction.commit()
    assert len(snapshot()) == 100
    assert set(transaction.commit()) == {str(number) for number in range(100)}


def test_transaction_with_wrong_attribute_type_raises_before_any_call(table: str, course: Course) -> None:
    for wrong in ({"amount": 1.5}, {"amount": "1"}, {"status": "open"}, {"created_at": "now"}):
        item = Course(**{**course.attribute_values, **wrong, "pk": "C", "sk": "C"})
        with pytest.raises((TypeError, ValueError)):
            Transaction().put("course", item)
    with pytest.raises(ValueError, match="cannot be None"):
        Transaction().put("outline", Outline.build(FREE_KEYS[0], course_id="crs_x"))
    wrong_amount: Any = 1.5
    with pytest.raises((TypeError, ValueError)):
        Transaction().update("course", keys.course("crs_x"), [Course.amount.set(wrong_amount)], None)
