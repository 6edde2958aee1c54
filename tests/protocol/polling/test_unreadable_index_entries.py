"""An index entry that cannot be read is left out, logged and counted: the sweep and the hourly check go on."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from functions.payments.polling.due_batch import read_due_keys
from shared import clock
from shared.db import due_index
from shared.db.entities import LearnerExamination
from shared.db.payments import examinations
from shared.db.payments.examinations import WaitingRefunds
from shared.db.table import keys, store
from tests.fixtures.api import Api
from tests.fixtures.corruption import tamper
from tests.fixtures.emitted_metrics import emitted_metrics
from tests.fixtures.logs import captured_logs, entries_with_code
from tests.fixtures.storefront import Storefront, refund
from tests.protocol.invariants.actions import buy, check_hourly
from tests.protocol.sweep_actions import create_orders

UNREADABLE = ("store", "items_unreadable")


def test_sweep_with_unreadable_due_time_polls_the_other_orders(
    shop: Storefront, student: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    broken, whole = create_orders(shop, student, 2)
    shop.pay(whole)
    tamper(shop.payment(broken), gsi2sk="2026")
    shop.clock.advance(minutes=6)
    emitted_metrics(capsys)
    with captured_logs() as lines:
        shop.sweep()
    assert shop.payment(whole).status == "captured"
    assert emitted_metrics(capsys)[UNREADABLE] == 1
    assert [line["pk"] for line in entries_with_code(lines, "item_unreadable")] == [keys.payment(broken).pk]


def test_list_due_with_unreadable_entry_fills_the_limit_with_others(shop: Storefront, student: Api) -> None:
    broken, *whole = create_orders(shop, student, 3)
    tamper(shop.payment(broken), gsi2sk="2026")
    until = clock.now() + timedelta(hours=1)
    assert {due.key for due in due_index.list_due(until, 2)} == {keys.payment(each) for each in whole}
    assert read_due_keys(until, 2).is_complete is False, "two are due, so there may be more"


def test_sweep_with_unreadable_extra_captures_defers_that_order_and_polls_the_others(
    shop: Storefront, student: Api
) -> None:
    broken, *whole = create_orders(shop, student, 5)
    for order_id in whole:
        shop.pay(order_id)
    tamper(shop.payment(broken), surplus={"pay_BBBBBBBBBBBBBB": {"amount": 1}})
    shop.clock.advance(minutes=6)
    assert shop.sweep().get("deferred", 1) == 1
    assert {shop.payment(order_id).status for order_id in whole} == {"captured"}


def test_hourly_check_with_unreadable_listing_examines_the_other_learners(
    shop: Storefront, student: Api, new_user: Callable[..., Api], project: Callable[[], int]
) -> None:
    other = new_user("student")
    for learner in (student, other):
        buy(shop, learner)
    project()
    key = keys.examination(student.user_id, shop.course.course_id)
    tamper(store.get(LearnerExamination, key), gsi2sk="2026")
    assert check_hourly().learners == 1


def test_waiting_refunds_with_unreadable_time_counts_the_others(
    shop: Storefront,
    student: Api,
    admin: Api,
    new_user: Callable[..., Api],
    project: Callable[[], int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    for learner in (student, new_user("student")):
        refund(admin, buy(shop, learner))
    project()
    check_hourly()
    before = examinations.waiting_refunds()
    key = keys.examination(student.user_id, shop.course.course_id)
    tamper(store.get(LearnerExamination, key), gsi1sk="soon")
    emitted_metrics(capsys)
    assert (before.number, examinations.waiting_refunds()) == (2, WaitingRefunds(1, before.oldest))
    assert emitted_metrics(capsys)[UNREADABLE] == 1
