"""All or nothing, and which condition failed: by label, whatever the order of the operations."""

import random

import pytest

from shared.db import keys, store
from shared.db.entities import Course, EmailAddress, Outline, Section
from shared.db.keys import Key
from shared.db.transaction import Transaction
from tests.contents import contents
from tests.shop import stored_course

FREE = [Key(f"FREE#{number}", "X") for number in range(4)]


def entry(key: Key, **changes: str) -> EmailAddress:
    return EmailAddress.build(key, **{"user_id": "usr_1", **changes})


@pytest.fixture
def course(table: str) -> Course:
    return stored_course("usr_1")


def fill(writing: Transaction, course: Course, order: list[str], fails: set[str]) -> None:
    """One operation of each sort, added in that order; those in `fails` have a condition that does not hold."""
    where = keys.course(course.course_id)
    outline = keys.outline(course.course_id)
    [section] = store.query_all(where.pk, sk=Section.sk.startswith("SECTION#"))
    here = Key(section.pk, section.sk)
    [lesson, _] = store.query_all(where.pk, sk=Section.sk.startswith("LESSON#"))
    for label in order:
        bad = label in fails
        if label == "check":
            writing.check(label, here, Section.pk.does_not_exist() if bad else Section.pk.exists())
        elif label == "delete":
            gone = Key(lesson.pk, lesson.sk)
            writing.delete(label, gone, Section.pk.does_not_exist() if bad else Section.pk.exists())
        elif label == "put":
            writing.put(label, entry(outline if bad else FREE[0]))
        else:
            version = Course.version == (99 if bad else 1)
            writing.update(label, where, [Course.title.set("New"), Course.version.add(1)], version)


ALL = ["check", "delete", "put", "update"]
SUBSETS = [{label for bit, label in enumerate(ALL) if number >> bit & 1} for number in range(1, 16)]


def test_every_set_of_failed_conditions_is_told_by_label_with_what_was_found(course: Course) -> None:
    chance, before = random.Random(7), contents()
    found = {"delete": "lesson", "check": "section", "put": "outline", "update": "course"}
    for fails in SUBSETS:
        writing = Transaction()
        fill(writing, course, chance.sample(ALL, 4), fails)
        failed = writing.commit()
        assert set(failed) == fails
        assert {label: item and item.KIND for label, item in failed.items()} == {each: found[each] for each in fails}
        assert isinstance(failed.get("update") or course, Course)
        assert contents() == before


def test_when_all_conditions_hold_all_is_written(course: Course) -> None:
    before = contents()
    writing = Transaction()
    fill(writing, course, random.Random(3).sample(ALL, 4), set())
    assert not writing.commit()
    now = contents()
    assert set(now) - set(before) == {FREE[0]}
    assert [key.sk[:6] for key in set(before) - set(now)] == ["LESSON"]
    changed = store.get(Course, keys.course(course.course_id))
    assert changed
    assert (changed.title, changed.version, changed.description) == ("New", 2, course.description)


def test_what_was_not_found_is_none(table: str) -> None:
    writing = Transaction()
    writing.update("absent", FREE[0], [Course.title.set("x")], Course.pk.exists())
    writing.put("new", entry(FREE[1]))
    assert writing.commit() == {"absent": None}
    assert contents() == {}


def test_several_operations_of_one_sort_keep_their_labels(table: str) -> None:
    taken = Transaction()
    taken.put("taken", entry(FREE[2], user_id="usr_2"))
    assert not taken.commit()
    writing = Transaction()
    for number, key in enumerate(FREE):
        writing.put(f"put {number}", entry(key))
        writing.check(f"check {number}", Key("NONE", str(number)), Course.pk.does_not_exist())
    failed = writing.commit()
    assert {label: item.user_id for label, item in failed.items() if isinstance(item, EmailAddress)} == {
        "put 2": "usr_2"
    }
    assert list(contents()) == [FREE[2]]


def test_an_upsert_without_condition_and_a_put_with_its_own(course: Course) -> None:
    writing = Transaction()
    writing.update("new", FREE[0], [Course.kind.set("email"), EmailAddress.user_id.set("usr_9")], None)
    writing.put("over", entry(FREE[1]), EmailAddress.pk.does_not_exist() | (EmailAddress.user_id == "usr_1"))
    assert not writing.commit()
    again = Transaction()
    again.put("over", entry(FREE[1], user_id="usr_5"), EmailAddress.user_id == "usr_1")
    assert not again.commit()
    assert again.commit()["over"].user_id == "usr_5"  # type: ignore[union-attr]


def test_what_this_version_does_not_know_is_passed_over(table: str) -> None:
    writing = Transaction()
    writing.put("known", entry(Key("P", "1")))
    writing.update("newer", Key("P", "2"), [Course.kind.set("of_a_newer_version")], None)
    writing.update("bare", Key("P", "3"), [Course.title.set("no kind")], None)
    assert not writing.commit()
    assert [item.KIND for item in store.query("P").items] == ["email"]
    assert list(store.get_many([Key("P", str(number)) for number in range(5)])) == [Key("P", "1")]
    assert store.get(Course, Key("P", "2")) is None
    assert store.get(Course, Key("P", "1")) is None, "of another kind than was asked for"
    refused = Transaction()
    refused.put("newer", entry(Key("P", "2")))
    assert refused.commit() == {"newer": None}


def test_a_second_operation_on_an_item_is_refused_before_anything_is_sent(table: str) -> None:
    writing = Transaction()
    writing.put("first", entry(FREE[0]))
    with pytest.raises(ValueError, match="two operations on one item of a transaction: 'first' and 'second'"):
        writing.check("second", FREE[0], Course.pk.exists())


def test_a_hundred_operations_are_one_transaction(table: str) -> None:
    writing = Transaction()
    for number in range(100):
        writing.put(str(number), entry(Key(f"MANY#{number}", "X")))
    assert not writing.commit()
    assert len(contents()) == 100
    assert set(writing.commit()) == {str(number) for number in range(100)}


def test_entities_refuse_wrong_types_before_anything_is_sent(table: str, course: Course) -> None:
    for wrong in ({"amount": 1.5}, {"amount": "1"}, {"status": "open"}, {"created_at": "now"}):
        item = Course(**{**course.attribute_values, **wrong, "pk": "C", "sk": "C"})
        with pytest.raises((TypeError, ValueError)):
            Transaction().put("course", item)
    with pytest.raises(ValueError, match="cannot be None"):
        Transaction().put("outline", Outline.build(FREE[0], course_id="crs_x"))
    with pytest.raises((TypeError, ValueError)):
        Transaction().update("course", keys.course("crs_x"), [Course.amount.set(1.5)], None)
