"""Checks the stored ledger against its invariants now: the whole table, one learner, or one order.

The whole table takes no more memory than one learner: a scan names the learners, and each is read and examined by
itself. It reads every item once or twice, so only a command may call it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.payments.invariants import coupon_totals, single_items
from functions.payments.invariants.examine import Examination, examine, unexaminable
from functions.payments.invariants.ledger import Breach, Learner, Ledger, learner_of
from functions.payments.invariants.number_tally import NumberTally
from functions.payments.invariants.partitions import Partition, PartitionReader
from functions.payments.invariants.rules.readability import check_readable, is_listed
from functions.payments.invariants.stored_series import stored_series
from shared import clock
from shared.db import table_scan
from shared.db.entities import Certificate, Coupon, CreditNote, Enrollment, Payment, Receipt, WebhookEvent
from shared.db.payments import learner_records
from shared.db.payments.learner_records import ListedKeys
from shared.db.table import keys
from shared.db.table.unreadable_items import READ_ERRORS


@dataclass
class InvariantReport:
    """The number of items that were read, by kind; the confirmed breaches; and the refunds that wait, with the time
    (UTC) since which the oldest one waits."""

    item_counts: Counter[str] = field(default_factory=Counter)
    breaches: list[Breach] = field(default_factory=list)
    refunds_waiting: int = 0
    oldest_refund: datetime | None = None
    _known: set[Breach] = field(default_factory=set, repr=False, compare=False)

    @property
    def oldest_refund_hours(self) -> int:
        """The age of the oldest waiting refund in whole hours; 0 when none waits."""
        return (clock.now() - self.oldest_refund) // timedelta(hours=1) if self.oldest_refund else 0

    def breaches_of(self, invariant_id: str) -> list[Breach]:
        return [breach for breach in self.breaches if breach.invariant == invariant_id]

    def examine(
        self, learner: Learner, known_keys: ListedKeys | None = None, further_order_ids: Collection[str] = ()
    ) -> None:
        """Adds the result of examining the learner. Raises StoreUnavailable."""
        try:
            self.add_examination(examine(learner, known_keys, further_order_ids))
        except READ_ERRORS as error:
            self.add([unexaminable(learner, error)])

    def add(self, breaches: Iterable[Breach]) -> None:
        """Adds the breaches that are not in the report yet."""
        for breach in breaches:
            if breach not in self._known:
                self._known.add(breach)
                self.breaches.append(breach)

    def add_examination(self, done: Examination) -> None:
        self.item_counts.update(done.item_counts)
        self.add(done.breaches)
        self.refunds_waiting += len(done.refunds)
        self.oldest_refund = min((*done.refunds, *([self.oldest_refund] if self.oldest_refund else [])), default=None)


ProgressCallback = Callable[[int, InvariantReport], None]
"""Called with the number of items that were scanned, and the report so far."""


def check_invariants(progress: ProgressCallback = lambda _, __: None) -> InvariantReport:
    """Checks the whole table. Raises StoreUnavailable."""
    # Read before the receipts and notes: numbers that are assigned later do not count.
    check = _TableCheck(NumberTally(stored_series()))
    reader, start, scanned = PartitionReader(), None, 0
    while True:
        page = table_scan.scan_ledger(start, consistent=True)
        check.examine(reader.take(page.items))
        start, scanned = page.next_key, scanned + page.read
        progress(scanned, check.report)
        if start is None:
            break
    check.examine(reader.rest())
    check.report.add(check.numbers.find_breaches())
    return check.report


class _TableCheck:
    """Examines partitions of a scan. `numbers` counts the receipts and notes."""

    def __init__(self, numbers: NumberTally) -> None:
        self.numbers = numbers
        self.report = InvariantReport()

    def examine(self, partitions: Iterable[Partition]) -> None:
        """Examines every learner that has an enrollment in these partitions, and the items that no such examination
        reads."""
        unlisted: list[Payment] = []
        certificates: list[Certificate] = []
        webhooks: list[WebhookEvent] = []
        for partition in partitions:
            self._examine_enrollments(partition.items_of(Enrollment))
            self._count_numbers([*partition.items_of(Receipt), *partition.items_of(CreditNote)])
            unlisted += partition.items_of(Payment)
            certificates += partition.items_of(Certificate)
            webhooks += partition.items_of(WebhookEvent)
            self._examine_coupons(partition.items_of(Coupon))
            self.report.add(check_readable(Ledger(clock.now(), unreadable=partition.unreadable)))
        for payment in _without_enrollment(unlisted):
            self.report.examine(learner_of(payment), further_order_ids=[payment.order_id])
        self.report.add(single_items.find_stray_certificates(certificates))
        self.report.add(single_items.find_unapplied_webhooks(webhooks))
        self.report.item_counts.update({WebhookEvent.KIND: len(webhooks)} if webhooks else {})

    def _examine_enrollments(self, enrollments: list[Enrollment]) -> None:
        if enrollments:
            known_keys = learner_records.list_keys(enrollments[0].user_id)
            for enrollment in enrollments:
                self.report.examine(learner_of(enrollment), known_keys)

    def _examine_coupons(self, coupons: list[Coupon]) -> None:
        for coupon in coupons:
            self.report.item_counts.update({Coupon.KIND: 1})
            self.report.add(coupon_totals.find_wrong_totals([coupon.code]))
            self.report.add(coupon_totals.find_wrong_uses(coupon.code))

    def _count_numbers(self, found: list[Receipt | CreditNote]) -> None:
        breaches = (self.numbers.add(document.number) for document in found if document.number)
        self.report.add(breach for breach in breaches if breach)


def _without_enrollment(found: list[Payment]) -> list[Payment]:
    """The payments that the examination of an enrollment does not find."""
    enrollment_keys = {payment.order_id: keys.enrollment(payment.user_id, payment.course_id) for payment in found}
    existing = learner_records.existing_keys(enrollment_keys.values())
    return [payment for payment in found if enrollment_keys[payment.order_id] not in existing or not is_listed(payment)]


def check_learner(user_id: str, course_id: str | None = None) -> InvariantReport:
    """Checks one user: every course with an enrollment or an order, or one course. Raises StoreUnavailable."""
    listed = learner_records.list_keys(user_id)
    course_ids = {course_id} if course_id else {*listed.orders, *learner_records.enrolled_courses(user_id)}
    report = InvariantReport()
    for each in sorted(course_ids):
        report.examine(Learner(user_id, each), listed)
    return report


def check_order(order_id: str) -> InvariantReport:
    """Checks the learner of the order, with every order for the same course. An unknown order has no items. Raises
    StoreUnavailable."""
    records, report = learner_records.read_order(order_id), InvariantReport()
    report.add(check_readable(Ledger(clock.now(), unreadable=records.unreadable)))
    for payment in (item for item in records.items if isinstance(item, Payment)):
        report.examine(learner_of(payment), further_order_ids=[order_id])
    return report
