"""The nightly pass examines the whole table in slices, and finds what no report of a change named."""

from collections.abc import Callable
from math import inf
from typing import Any

import pytest

from functions.payments.invariants import full_pass
from functions.payments.invariants.check import check_invariants
from functions.payments.invariants.full_pass import PassOvertaken
from shared.db import table_scan
from shared.db.entities import Certificate, Enrollment, PaymentEvent, Receipt
from shared.db.payments import examination_pass, payments
from shared.db.payments.documents import number_series, receipts
from shared.db.payments.documents.number_series import RECEIPTS
from shared.db.table import keys, store
from shared.domain.lifecycle import EnrollmentStatus
from tests.fixtures import rows
from tests.fixtures.api import Api
from tests.fixtures.corruption import delete_item, delete_payment_event, tamper
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.invariants.actions import (
    breach_texts,
    buy,
    check_hourly,
    fail_examination_of,
    mark_of,
    run_pass,
    subject,
)

Project = Callable[[], int]


@pytest.fixture
def small_pages(dynamodb: MemoryDynamoDb, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page of a scan has three items, so that pages end inside of partitions."""
    call = dynamodb._make_api_call

    def limited(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return call(operation, {**request, "Limit": 3} if operation == "Scan" else request)

    monkeypatch.setattr(dynamodb, "_make_api_call", limited)


def learners(number: int, new_user: Callable[..., Api]) -> list[Api]:
    return [new_user("student") for _ in range(number)]


def seconds_for(pages: int) -> Callable[[], float]:
    """The time of so many pages."""
    left = iter([100.0] * pages)
    return lambda: next(left, 0.0)


def test_pass_begins_in_one_slice_and_reads_in_the_next(shop: Storefront, student: Api) -> None:
    buy(shop, student)
    begun = full_pass.run_slice(lambda: inf)
    assert (begun.completed_at, begun.progress["items"]) == (None, 0)
    done = full_pass.run_slice(lambda: inf)
    assert done.completed_at == shop.clock.now()
    assert done.result["payments"] == done.result["learners"] == 1
    assert done.result["breaches"] == []


def test_pass_examines_only_learners_that_were_not_examined(
    shop: Storefront, new_user: Callable[..., Api], project: Project
) -> None:
    for learner in learners(2, new_user):
        buy(shop, learner)
    project()
    check_hourly()
    buy(shop, new_user("student"))
    assert run_pass().result["learners"] == 1
    shop.clock.advance(days=1)
    assert run_pass().result["learners"] == 0


def test_pass_finds_a_change_whose_report_was_lost(shop: Storefront, student: Api) -> None:
    """No change reaches the projector here. The hourly check reports the breach from then on."""
    order_id = buy(shop, student)
    tamper(shop.payment(order_id), captured_amount=PRICE - 100)
    assert check_hourly().learners == 0
    assert run_pass().result["learners_with_breaches"] == 1
    assert f"I5 {order_id}: {PRICE - 100} captured for an order of {PRICE}" in breach_texts(check_hourly())


def test_pass_finds_a_new_payment_version_of_an_unchanged_enrollment(shop: Storefront, student: Api) -> None:
    order_id = buy(shop, student)
    run_pass()
    tamper(shop.payment(order_id), version=9)
    shop.clock.advance(days=1)
    assert run_pass().result["learners_with_breaches"] == 1


def test_pass_examines_everything_again_after_60_days(shop: Storefront, student: Api) -> None:
    order_id = buy(shop, student)
    run_pass()
    tamper(shop.payment(order_id), captured_amount=PRICE - 100)
    shop.clock.advance(days=59)
    assert run_pass().result["learners_with_breaches"] == 0
    shop.clock.advance(days=2)
    assert run_pass().result["learners_with_breaches"] == 1


def test_pass_lists_a_learner_who_cannot_be_examined_and_examines_the_others(
    shop: Storefront, student: Api, new_user: Callable[..., Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    buy(shop, student)
    other = new_user("student")
    buy(shop, other)
    fail_examination_of(monkeypatch, student.user_id)
    result = run_pass().result
    assert (result["learners"], result["learners_with_breaches"]) == (2, 1)
    mark = mark_of(shop, other)
    assert mark
    assert mark.version == shop.enrollment(other).version
    text = f"I17 {subject(shop, student)}: cannot be examined: KeyError: 'status'"
    assert breach_texts(check_hourly()) == [text]
    assert text in [str(breach) for breach in check_invariants().breaches]


@pytest.mark.parametrize("number", [1, 2])
def test_pass_finds_a_deleted_history_entry_of_a_payment(shop: Storefront, student: Api, number: int) -> None:
    order_id = buy(shop, student)
    run_pass()
    delete_payment_event(order_id, number)
    shop.clock.advance(days=1)
    assert run_pass().result["learners_with_breaches"] == 1
    assert "I9" in {breach.invariant for breach in check_hourly().breaches}


def test_pass_finds_a_further_history_entry_of_a_payment(shop: Storefront, student: Api) -> None:
    order_id = buy(shop, student)
    run_pass()
    entry = payments.history(order_id)[-1]
    key = keys.payment_event(order_id, entry.number + 1)
    copied = {name: value for name, value in entry.attribute_values.items() if name not in ("pk", "sk", "kind")}
    rows.put(PaymentEvent.build(key, **copied | {"number": entry.number + 1}))
    shop.clock.advance(days=1)
    assert run_pass().result["learners_with_breaches"] == 1


def test_pass_finds_a_deleted_history_entry_of_an_enrollment(shop: Storefront, student: Api) -> None:
    buy(shop, student)
    run_pass()
    delete_item(keys.enrollment_event(student.user_id, shop.course.course_id, 1))
    shop.clock.advance(days=1)
    assert run_pass().result["learners_with_breaches"] == 1


def test_pass_over_many_pages_examines_each_learner_and_receipt_once(
    shop: Storefront, new_user: Callable[..., Api], small_pages: None
) -> None:
    for learner in learners(5, new_user):
        buy(shop, learner)
    assert run_pass().result | {"items": 0, "began_at": ""} == {
        "items": 0,
        "payments": 5,
        "learners": 5,
        "learners_with_breaches": 0,
        "breach_count": 0,
        "breaches": [],
        "began_at": "",
    }


def test_pass_in_slices_of_one_page_counts_every_receipt_once(
    shop: Storefront, new_user: Callable[..., Api], small_pages: None
) -> None:
    for learner in learners(4, new_user):
        buy(shop, learner)
    state, slices = full_pass.run_slice(lambda: inf), 0
    while not state.completed_at:
        state, slices = full_pass.run_slice(seconds_for(1)), slices + 1
    assert slices > 20
    assert (state.result["payments"], state.result["breach_count"]) == (4, 0)
    for learner in shop_learners(shop):
        assert mark_of(shop, learner)


def test_slice_that_dies_is_repeated_from_the_stored_position(
    shop: Storefront, new_user: Callable[..., Api], small_pages: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for learner in learners(3, new_user):
        buy(shop, learner)
    full_pass.run_slice(lambda: inf)
    full_pass.run_slice(seconds_for(5))
    stored = examination_pass.current()
    real, pages = table_scan.scan_ledger, iter(range(3))

    def dying(*arguments: Any, **keywords: Any) -> Any:
        if next(pages, None) is None:
            raise KeyboardInterrupt
        return real(*arguments, **keywords)

    monkeypatch.setattr(table_scan, "scan_ledger", dying)
    with pytest.raises(KeyboardInterrupt):
        full_pass.run_slice(lambda: inf)
    assert examination_pass.current() == stored
    monkeypatch.setattr(table_scan, "scan_ledger", real)
    done = full_pass.run_slice(lambda: inf)
    assert (done.result["payments"], done.result["breach_count"]) == (3, 0)


def test_slice_that_another_one_overtakes_stores_nothing(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    buy(shop, student)
    full_pass.run_slice(lambda: inf)
    real = table_scan.scan_ledger
    overtaking = iter(["another process"])

    def overtaken(*arguments: Any, **keywords: Any) -> Any:
        for _ in overtaking:
            full_pass.run_slice(lambda: inf)
        return real(*arguments, **keywords)

    monkeypatch.setattr(table_scan, "scan_ledger", overtaken)
    with pytest.raises(PassOvertaken):
        full_pass.run_slice(lambda: inf)
    state = examination_pass.current()
    assert state
    assert state.completed_at
    assert state.result["payments"] == 1


def test_next_pass_begins_at_the_next_start_hour(shop: Storefront) -> None:
    """It is noon: the first pass begins at once, the next one at 20:00 UTC."""
    first = run_pass()
    shop.clock.advance(hours=7, minutes=59)
    assert full_pass.run_slice(lambda: inf) == first
    shop.clock.advance(minutes=1)
    second = full_pass.run_slice(lambda: inf)
    assert (second.run > first.run, second.completed_at, second.result) == (True, None, first.result)


def test_missing_and_duplicate_receipt_numbers_are_found(shop: Storefront, new_user: Callable[..., Api]) -> None:
    orders = [buy(shop, learner) for learner in learners(4, new_user)]
    receipt = receipts.get(orders[3])
    assert receipt
    tamper(receipt, number="L/26-27/000002")
    assert run_pass().result["breaches"] == [
        ("I15", "L/26-27/000002", "assigned 2 times"),
        ("I15", "L/26-27/000004", "assigned, but on no receipt"),
    ]


def test_number_assigned_while_the_pass_runs_is_ignored(shop: Storefront, new_user: Callable[..., Api]) -> None:
    buy(shop, new_user("student"))
    full_pass.run_slice(lambda: inf)
    buy(shop, new_user("student"))
    assert full_pass.run_slice(lambda: inf).result["breaches"] == []


def test_voided_numbers_are_no_gap_and_on_no_receipt(shop: Storefront, new_user: Callable[..., Api]) -> None:
    buy(shop, new_user("student"))
    number_series.void_numbers(RECEIPTS, "26-27", 40, shop.clock.now(), shop.clock.now())
    order_id = buy(shop, new_user("student"))
    receipt = store.get(Receipt, keys.receipt(order_id))
    assert receipt
    assert receipt.number == "L/26-27/000042"
    assert run_pass().result["breaches"] == []
    tamper(receipt, number="L/26-27/000017")
    shop.clock.advance(days=1)
    assert run_pass().result["breaches"] == [
        ("I15", "L/26-27/000017", "voided, but on a receipt"),
        ("I15", "L/26-27/000042", "assigned, but on no receipt"),
    ]


def test_certificate_that_no_enrollment_names_is_found(shop: Storefront, student: Api) -> None:
    buy(shop, student)
    listing = keys.certificate_listing("usr_AAAAAAAAAAAAAAAAAAAAAAAAAA", shop.clock.now(), "cert_1")
    rows.put(
        Certificate.build(
            keys.certificate("cert_1"),
            certificate_id="cert_1",
            user_id="usr_AAAAAAAAAAAAAAAAAAAAAAAAAA",
            course_id=shop.course.course_id,
            learner_name="Asha",
            course_title="Ragas",
            instructor_name="Asha Rao",
            issuer_name="Lectern",
            completed_at=shop.clock.now(),
            version=1,
            gsi1pk=listing.pk,
            gsi1sk=listing.sk,
        )
    )
    assert run_pass().result["breaches"] == [
        (
            "I16",
            f"usr_AAAAAAAAAAAAAAAAAAAAAAAAAA {shop.course.course_id}",
            "cert_1 is not the certificate that the enrollment names",
        )
    ]


def test_payment_without_payer_is_found(shop: Storefront, student: Api, dynamodb: MemoryDynamoDb) -> None:
    order_id = buy(shop, student)
    dynamodb.rewrite(keys.payment(order_id), without="user_id")
    assert run_pass().result["breaches"] == [
        ("I17", f"PAYMENT#{order_id} PAYMENT", "cannot be read: it has no user_id")
    ]


def test_payment_that_no_index_lists_is_found_from_its_own_item(shop: Storefront, student: Api) -> None:
    """The enrollment was deleted too, so nothing else names the order."""
    order_id = buy(shop, student)
    tamper(shop.payment(order_id), gsi1pk=None, gsi1sk=None)
    tamper(shop.enrollment(student), status=EnrollmentStatus.CANCELLED, granted_by=None)
    delete_item(keys.enrollment(student.user_id, shop.course.course_id))
    assert run_pass().result["learners_with_breaches"] == 1


def shop_learners(shop: Storefront) -> list[Api]:
    return [Api(None, item.user_id) for item in table_scan.scan_all() if isinstance(item, Enrollment)]
