"""What must be true of receipts: each sale has one, it adds up, and numbers have neither gap nor double."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from functions.payments.invariants.ledger import Breach, Ledger
from shared import clock
from shared.db.entities import Receipt
from shared.domain.lifecycle import PaymentStatus


def check_receipts(ledger: Ledger, receipts: Iterable[Receipt]) -> Iterator[Breach]:
    """I15, order by order."""
    written = {each.order_id: each for each in receipts}
    for order_id, payment in ledger.payments.items():
        sold = any(step.changes.get("status") == PaymentStatus.CAPTURED for step in ledger.payment_steps[order_id])
        receipt = written.get(order_id)
        if sold and receipt is None:
            yield Breach("I15", order_id, "captured, and without a receipt")
        elif receipt and receipt.amount != payment.captured_amount:
            yield Breach("I15", order_id, f"a receipt over {receipt.amount} for {payment.captured_amount}")
    for order_id, receipt in written.items():
        if receipt.seller_gstin and receipt.taxable + receipt.cgst + receipt.sgst + receipt.igst != receipt.amount:
            yield Breach("I15", order_id, "the parts of the receipt do not add up")


def check_numbered(receipts: Iterable[Receipt], limit: datetime) -> Iterator[Breach]:
    """I6. Receipts of before `limit` that nobody has numbered: the next sweep should have."""
    for receipt in receipts:
        if not receipt.number and receipt.captured_at < limit:
            detail = f"the receipt has waited for its number since {clock.text(receipt.captured_at)}"
            yield Breach("I6", receipt.order_id, detail)


def check_consecutive(receipts: Iterable[Receipt], last: Mapping[str, int]) -> Iterator[Breach]:
    """I15, year by year. `last` are the numbers that were given before the receipts were read."""
    given = Counter(each.number for each in receipts if each.number)
    for number, times in given.items():
        if times > 1:
            yield Breach("I15", number, f"given {times} times")
    for year, until in last.items():
        for number in (f"L/{year}/{each:06d}" for each in range(1, until + 1)):
            if number not in given:
                yield Breach("I15", number, "on no receipt")
