"""The transactions of receipt numbers: what each writes, to the last attribute, and what it does when the counter or a
receipt is another by now."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from cli._payment_matrix import AMOUNT, NOW, make_enrollment, make_payment
from shared.db.entities import Receipt, ReceiptCounter
from shared.db.payments.documents import number_series, receipts
from shared.db.payments.documents.number_series import RECEIPTS, VoidedNumbers
from shared.db.table import keys, store
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus
from shared.errors import StoreUnavailable
from tests.fixtures import rows
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.transactions.written_items import Plain, written_by

LATER = NOW + timedelta(minutes=1)
LATER_TEXT, NOW_TEXT = "2026-11-23T12:01:00.000Z", "2026-11-23T12:00:00.000Z"
YEAR, COUNTER = "26-27", "RECEIPTS#26-27 / COUNTER"
SNAPSHOT = {"numbered_at": LATER, "learner_name": "Ravi K"}

pytestmark = pytest.mark.usefixtures("table", "fake_clock")


def receipt_of(number: int) -> Receipt:
    """An unnumbered receipt of the order with that number, not stored yet."""
    order_id = f"order_{number}"
    captured = make_payment(PaymentStatus.CAPTURED, order_id=order_id, payment_id=f"pay_{number}", captured_at=NOW)
    return receipts.new_receipt(captured, make_enrollment(EnrollmentStatus.ACTIVE), "Ragas")


def put_receipts(*numbers: int) -> list[Receipt]:
    made = [receipt_of(number) for number in numbers]
    rows.put(*made)
    return made


def assign(waiting: list[Receipt]) -> list[tuple[str, str | None]]:
    """(order id, number) of each receipt that has a number now."""
    found = number_series.assign_numbers(RECEIPTS, [(receipt, SNAPSHOT) for receipt in waiting], YEAR)
    return [(receipt.order_id, receipt.number) for receipt in found]


def put_counter(last: int) -> None:
    rows.put(ReceiptCounter.build(keys.receipt_counter(YEAR), last=last))


def numbered(number: str) -> Plain:
    """What the number changes of a receipt."""
    return {
        "number": number,
        "numbered_at": LATER_TEXT,
        "learner_name": "Ravi K",
        "gsi2pk": None,
        "gsi2sk": None,
    }


class TestNewReceipt:
    def test_new_receipt_copies_the_capture_and_is_due_for_its_number(self) -> None:
        assert written_by(lambda: put_receipts(1))["RECEIPT#order_1 / RECEIPT"] == {
            "kind": "receipt",
            "order_id": "order_1",
            "payment_id": "pay_1",
            "user_id": "usr_1",
            "learner_name": "Ravi",
            "course_id": "crs_1",
            "course_title": "Ragas",
            "amount": AMOUNT,
            "currency": "INR",
            "captured_at": NOW_TEXT,
            "has_all_notes": True,
            "gsi2pk": "DUE#RECEIPTS#0",
            "gsi2sk": NOW_TEXT,
        }

    def test_new_receipt_of_a_capture_above_the_order_is_about_what_was_paid(self) -> None:
        captured = make_payment(PaymentStatus.CAPTURED, captured_amount=AMOUNT + 1_200, captured_at=NOW)
        receipt = receipts.new_receipt(captured, None, "")
        assert (receipt.amount, receipt.learner_name, receipt.course_title) == (AMOUNT + 1_200, "", "")


class TestAssignNumbers:
    def test_first_numbers_of_a_year_create_its_counter(self) -> None:
        waiting = put_receipts(1, 2)
        result: list[Any] = []
        assert written_by(lambda: result.extend(assign(waiting))) == {
            COUNTER: {"kind": "receipt_counter", "last": 2},
            "RECEIPT#order_1 / RECEIPT": numbered("L/26-27/000001"),
            "RECEIPT#order_2 / RECEIPT": numbered("L/26-27/000002"),
        }
        assert result == [("order_1", "L/26-27/000001"), ("order_2", "L/26-27/000002")]

    def test_next_numbers_follow_the_counter_in_the_order_of_the_receipts(self) -> None:
        put_counter(999_999)
        one, two = put_receipts(1, 2)
        assert assign([two, one]) == [("order_2", "L/26-27/1000000"), ("order_1", "L/26-27/1000001")]
        assert number_series.counters(RECEIPTS, [YEAR, "25-26"])[YEAR].last == 1_000_001
        assert set(number_series.counters(RECEIPTS, [YEAR, "25-26"])) == {YEAR}

    def test_no_receipts_write_nothing(self) -> None:
        assert written_by(lambda: assign([])) == {}

    @pytest.mark.parametrize("last", [None, 5])
    def test_counter_that_another_run_moved_leads_to_the_numbers_after_it(
        self, refusals: list[set[str]], dynamodb: MemoryDynamoDb, last: int | None
    ) -> None:
        """Its item comes with the refusal: it is not read again."""
        if last:
            put_counter(last)
        others, waiting = put_receipts(7), put_receipts(1, 2)
        dynamodb.run_before("TransactWriteItems", lambda: assign(others))
        dynamodb.calls.clear()
        first = (last or 0) + 2
        assert assign(waiting) == [
            ("order_1", f"L/26-27/{first:06d}"),
            ("order_2", f"L/26-27/{first + 1:06d}"),
        ]
        assert refusals == [{"counter"}]
        assert [call.split()[0] for call in dynamodb.calls] == [
            "GetItem",
            "GetItem",
            "TransactWriteItems",
            "TransactWriteItems",
            "TransactWriteItems",
        ]

    def test_receipt_that_got_its_number_meanwhile_keeps_it(self, refusals: list[set[str]]) -> None:
        one, two, three = put_receipts(1, 2, 3)
        assert assign([two]) == [("order_2", "L/26-27/000001")]
        assert assign([one, two, three]) == [
            ("order_2", "L/26-27/000001"),
            ("order_1", "L/26-27/000002"),
            ("order_3", "L/26-27/000003"),
        ]
        assert refusals == [{"order_2"}]
        assert number_series.counters(RECEIPTS, [YEAR])[YEAR].last == 3

    def test_receipt_that_was_deleted_meanwhile_is_left_out(self, refusals: list[set[str]]) -> None:
        one, two = put_receipts(1, 2)
        store.delete(keys.receipt("order_1"))
        assert assign([one, two]) == [("order_2", "L/26-27/000001")]
        assert assign([one]) == []
        assert refusals == [{"order_1"}, {"order_1"}]
        assert number_series.counters(RECEIPTS, [YEAR])[YEAR].last == 1

    def test_counter_that_always_moves_raises_store_unavailable(
        self, dynamodb: MemoryDynamoDb, sleeps: list[float]
    ) -> None:
        waiting = put_receipts(1)

        def move() -> None:
            rows.update_by_key(ReceiptCounter, keys.receipt_counter(YEAR), last=10 + len(dynamodb.calls))

        put_counter(1)
        dynamodb.run_before("TransactWriteItems", move, times=60)
        with pytest.raises(StoreUnavailable) as raised:
            assign(waiting)
        assert raised.value.detail == "too many receipts request a number at once"
        assert (len(sleeps), max(sleeps) <= 0.05) == (59, True)
        assert receipts.get("order_1").number is None  # type: ignore[union-attr]


class TestVoidNumbers:
    RESTORED_TO = NOW - timedelta(hours=1)

    def test_first_range_of_a_year_creates_its_counter(self) -> None:
        result: list[VoidedNumbers] = []
        restored_text = "2026-11-23T11:00:00.000Z"
        void = self.voiding(10, self.RESTORED_TO)
        assert written_by(lambda: result.append(void())) == {
            COUNTER: {
                "kind": "receipt_counter",
                "last": 10,
                "voided": [{"first": 1, "last": 10, "restored_to": restored_text, "at": LATER_TEXT}],
            }
        }
        assert result == [VoidedNumbers(1, 10, self.RESTORED_TO, LATER)]

    def test_next_range_follows_the_counter_and_keeps_earlier_ranges(self) -> None:
        put_counter(5)
        first = self.voiding(3, self.RESTORED_TO)()
        second = self.voiding(4, NOW)()
        assert (first[:2], second[:2]) == ((6, 8), (9, 12))
        counter = number_series.counters(RECEIPTS, [YEAR])[YEAR]
        assert (counter.last, number_series.voided(counter)) == (12, [first, second])

    def test_range_of_the_same_restore_is_voided_once(self) -> None:
        first = self.voiding(3, self.RESTORED_TO)()
        before = snapshot()
        assert self.voiding(9, self.RESTORED_TO)() == first
        assert snapshot() == before

    def test_range_covers_the_issued_numbers_and_as_many_more(self) -> None:
        put_counter(5)
        assert self.voiding(10, self.RESTORED_TO, issued=70)()[:2] == (6, 80)
        assert number_series.counters(RECEIPTS, [YEAR])[YEAR].last == 80

    def test_issued_numbers_before_the_counter_change_no_range(self) -> None:
        put_counter(5)
        assert self.voiding(10, self.RESTORED_TO, issued=4)()[:2] == (6, 15)

    def test_repeated_range_voids_more_only_for_issued_numbers_after_the_counter(self) -> None:
        first = self.voiding(3, self.RESTORED_TO)()
        assert self.voiding(3, self.RESTORED_TO, issued=3)() == first
        second = self.voiding(3, self.RESTORED_TO, issued=4)()
        assert second[:2] == (4, 7)
        assert self.voiding(3, self.RESTORED_TO, issued=4)() == second
        counter = number_series.counters(RECEIPTS, [YEAR])[YEAR]
        assert (counter.last, number_series.voided(counter)) == (7, [first, second])

    def test_range_refused_by_a_new_number_begins_after_it(
        self, refusals: list[set[str]], dynamodb: MemoryDynamoDb
    ) -> None:
        waiting = put_receipts(1)
        dynamodb.run_before("TransactWriteItems", lambda: assign(waiting))
        assert self.voiding(10, self.RESTORED_TO)()[:2] == (2, 11)
        assert refusals == [{"counter"}]

    def test_range_that_is_always_refused_raises_store_unavailable(
        self, dynamodb: MemoryDynamoDb, sleeps: list[float]
    ) -> None:
        put_counter(1)

        def move() -> None:
            rows.update_by_key(ReceiptCounter, keys.receipt_counter(YEAR), last=10 + len(dynamodb.calls))

        dynamodb.run_before("TransactWriteItems", move, times=60)
        with pytest.raises(StoreUnavailable) as raised:
            self.voiding(10, self.RESTORED_TO)()
        assert raised.value.detail == "too many receipts request a number at once"
        assert len(sleeps) == 59

    def voiding(self, count: int, restored_to: datetime, issued: int = 0) -> Callable[[], VoidedNumbers]:
        return lambda: number_series.void_numbers(RECEIPTS, YEAR, count, restored_to, LATER, issued)
