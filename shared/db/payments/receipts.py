"""Receipts and their numbers: consecutive within a financial year, none twice and none left out, because counter and
receipt are written in one transaction."""

import random
import time
from typing import Any, Final

from shared.db.entities import Enrollment, Payment, Receipt, ReceiptCounter
from shared.db.table import keys, store
from shared.db.table.changes import Changes, apply_changes, update_actions
from shared.db.table.transaction import Transaction
from shared.errors import StoreUnavailable

_MAX_ATTEMPTS: Final = 60
_TIMEOUT_SECONDS: Final = 8
_MAX_PAUSE_SECONDS: Final = 0.05


def new_receipt(payment: Payment, captured: Changes, enrollment: Enrollment | None, course_title: str) -> Receipt:
    """The receipt of a payment that is being captured by the step `captured`: not stored yet, due at once."""
    due = keys.due(payment.order_id, captured["captured_at"])
    return Receipt.build(
        keys.receipt(payment.order_id),
        order_id=payment.order_id,
        payment_id=captured["payment_id"],
        user_id=payment.user_id,
        learner_name=enrollment.user_name if enrollment else "",
        course_id=payment.course_id,
        course_title=course_title,
        amount=captured["captured_amount"],
        currency=payment.currency,
        captured_at=captured["captured_at"],
        gsi2pk=due.pk,
        gsi2sk=due.sk,
    )


def get(order_id: str) -> Receipt | None:
    return store.get(Receipt, keys.receipt(order_id))


def last_numbers(years: list[str]) -> dict[str, int]:
    """The last number of each financial year that has any."""
    wanted = {keys.receipt_counter(year): year for year in years}
    found = store.get_many(list(wanted))
    return {wanted[key]: item.last for key, item in found.items() if isinstance(item, ReceiptCounter)}


def assign_number(receipt: Receipt, year: str, picture: Changes) -> Receipt:
    """Gives the receipt the next number of the financial year, and `picture`; as it is stored, if it has one already.

    Whoever loses the race for a number tries the next. Raises StoreUnavailable: whether it has one is not known."""
    counter = keys.receipt_counter(year)
    read = store.get(ReceiptCounter, counter)
    give_up_at = time.monotonic() + _TIMEOUT_SECONDS
    for _ in range(_MAX_ATTEMPTS):
        last = read.last if read else 0
        numbered = {**picture, "number": f"L/{year}/{last + 1:06d}", "gsi2pk": None, "gsi2sk": None}
        writing = Transaction()
        _set_counter(writing, counter, read, last + 1)
        r = Receipt
        unnumbered = r.pk.exists() & r.number.does_not_exist()
        writing.update("receipt", keys.receipt(receipt.order_id), update_actions(r, numbered), unnumbered)
        failed = writing.commit()
        if not failed:
            return apply_changes(receipt, numbered)
        stored = store.cast_to(Receipt, failed.get("receipt"))
        if stored:
            return stored
        if time.monotonic() > give_up_at:
            break
        read = store.cast_to(ReceiptCounter, failed.get("counter"))
        time.sleep(random.uniform(0, _MAX_PAUSE_SECONDS))  # noqa: S311 (jitter)
    raise StoreUnavailable("too many receipts ask for a number at once")


def _set_counter(writing: Transaction, counter: keys.Key, read: ReceiptCounter | None, number: int) -> None:
    c = ReceiptCounter
    as_read: Any = c.last == read.last if read else c.pk.does_not_exist()
    writing.update("counter", counter, [c.kind.set(c.KIND), c.last.set(number)], as_read)
