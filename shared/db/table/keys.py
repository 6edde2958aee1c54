"""Every key string of the table, one function each. docs/data-model.md lists them with the access patterns."""

from datetime import datetime
from typing import Final, NamedTuple

from shared.clock import text

GSI1: Final = "gsi1"
"""Lists items by owner, role, status or rank; projects ALL. It lags behind the table: never decide from it."""
GSI2: Final = "gsi2"
"""The due index. An item has `gsi2pk` only while a step is scheduled for it. KEYS_ONLY, sparse. In partitions of their
own it lists the transactions of a settlement."""

DUE_PARTITIONS: Final = tuple(f"DUE#{number}" for number in range(4))
"""The partitions of the due index with polls and expiries. Receipts of version 0.2 and earlier are among them."""
DUE_RECEIPT_PARTITIONS: Final = tuple(f"DUE#RECEIPTS#{number}" for number in range(4))
"""The partitions of the due index with receipts and notes that need a number: a queue of their own, so that they never
stand before money. Four, because a full partition of an index would block the captures that write to it."""
UNREADABLE_WEBHOOKS: Final = "WEBHOOKS#UNREADABLE"


class Key(NamedTuple):
    pk: str
    sk: str


def user(user_id: str) -> Key:
    return Key(f"USER#{user_id}", "PROFILE")


def email(normalised: str) -> Key:
    return Key(f"EMAIL#{normalised}", "EMAIL")


def session(user_id: str, session_id: str) -> Key:
    return Key(f"USER#{user_id}", f"SESSION#{session_id}")


def throttle(scope: str, digest: str) -> Key:
    return Key(f"THROTTLE#{scope}#{digest}", "WINDOW")


def revocation(user_id: str) -> Key:
    """Users whose access tokens must stop working before they expire: one small partition, cleaned up by TTL."""
    return Key("REVOKED", f"USER#{user_id}")


def role_listing(role: str, created_at: datetime, user_id: str) -> Key:
    return Key(f"ROLE#{role}", f"{text(created_at)}#{user_id}")


def course(course_id: str) -> Key:
    return Key(f"COURSE#{course_id}", "COURSE")


def course_counters(course_id: str) -> Key:
    """A read model in the course's partition: one Query reads the course page with its counters."""
    return Key(f"COURSE#{course_id}", "COURSE#FIGURES")


def outline(course_id: str) -> Key:
    return Key(f"COURSE#{course_id}", "OUTLINE")


def section(course_id: str, section_id: str) -> Key:
    return Key(f"COURSE#{course_id}", f"SECTION#{section_id}")


def lesson(course_id: str, lesson_id: str) -> Key:
    return Key(f"COURSE#{course_id}", f"LESSON#{lesson_id}")


def lesson_body(course_id: str, lesson_id: str) -> Key:
    """Sorts before COURSE, so that the Query of a course page does not read the bodies."""
    return Key(f"COURSE#{course_id}", f"BODY#{lesson_id}")


def media_asset(course_id: str, public_id: str) -> Key:
    """Sorts before COURSE, as the lesson bodies do."""
    return Key(f"COURSE#{course_id}", f"ASSET#{public_id}")


def instructor_pk(instructor_id: str) -> str:
    return f"INSTRUCTOR#{instructor_id}"


def instructor_listing(instructor_id: str, created_at: datetime, course_id: str) -> Key:
    return Key(instructor_pk(instructor_id), f"{text(created_at)}#{course_id}")


def enrollment(user_id: str, course_id: str) -> Key:
    return Key(f"USER#{user_id}", f"ENROLLMENT#{course_id}")


def progress(user_id: str, course_id: str) -> Key:
    """Sorts directly after its enrollment: one Query reads a learner's dashboard."""
    return Key(f"USER#{user_id}", f"ENROLLMENT#{course_id}#PROGRESS")


def enrollment_event(user_id: str, course_id: str, number: int) -> Key:
    """Sorts apart from the enrollments, so that a learner's dashboard does not read history."""
    return Key(f"USER#{user_id}", f"HISTORY#{course_id}#{number:06d}")


def course_learner_listing(course_id: str, created_at: datetime, user_id: str) -> Key:
    return Key(f"COURSE#{course_id}", f"ENROLLMENT#{text(created_at)}#{user_id}")


def review(user_id: str, course_id: str) -> Key:
    return Key(f"USER#{user_id}", f"REVIEW#{course_id}")


def review_listing(course_id: str, review_id: str, *, hidden: bool = False) -> Key:
    """A course's reviews in the order in which they were first written (ids sort by time). Hidden reviews are a
    separate list."""
    return Key(f"COURSE#{course_id}", f"{'HIDDEN' if hidden else 'REVIEW'}#{review_id}")


def certificate(certificate_id: str) -> Key:
    return Key(f"CERTIFICATE#{certificate_id}", "CERTIFICATE")


def certificate_listing(user_id: str, completed_at: datetime | None = None, certificate_id: str = "") -> Key:
    """A learner's certificates by completion time; without `completed_at`, the prefix of all of them."""
    suffix = f"{text(completed_at)}#{certificate_id}" if completed_at else ""
    return Key(f"USER#{user_id}", f"CERTIFICATE#{suffix}")


def payment(order_id: str) -> Key:
    return Key(f"PAYMENT#{order_id}", "PAYMENT")


def payment_event(order_id: str, number: int) -> Key:
    """Numbered by the version that the step produced: two writers cannot append the same step."""
    return Key(f"PAYMENT#{order_id}", f"EVENT#{number:06d}")


def payer_listing(user_id: str, created_at: datetime, order_id: str) -> Key:
    return Key(f"USER#{user_id}", f"PAYMENT#{text(created_at)}#{order_id}")


OPEN_LEARNER_REQUESTS: Final = "LEARNER_REQUESTS"
"""The admin's list of learners' open requests for refunds: one partition of gsi1."""


def learner_request(order_id: str) -> Key:
    """In the partition of its payment, so that one Query reads both."""
    return Key(f"PAYMENT#{order_id}", "LEARNER_REQUEST")


def open_request_listing(requested_at: datetime, order_id: str) -> Key:
    return Key(OPEN_LEARNER_REQUESTS, f"{text(requested_at)}#{order_id}")


DISPUTES: Final = "DISPUTES"
OPEN_DISPUTES: Final = "1#"
"""Prefix under which the open disputes are listed, before the ended ones."""
_ENDED_DISPUTES: Final = "2#"
_LAST_SECOND: Final = 9_999_999_999


def dispute(dispute_id: str) -> Key:
    return Key(f"DISPUTE#{dispute_id}", "DISPUTE")


def dispute_listing(dispute_id: str, *, respond_by: datetime | None, ended_at: datetime | None) -> Key:
    """The admin's list of disputes: the open ones by deadline (those without one last), then the ended ones, the latest
    first."""
    if ended_at:
        return Key(DISPUTES, f"{_ENDED_DISPUTES}{_LAST_SECOND - int(ended_at.timestamp()):010d}#{dispute_id}")
    return Key(DISPUTES, f"{OPEN_DISPUTES}{text(respond_by) if respond_by else '~'}#{dispute_id}")


def receipt(order_id: str) -> Key:
    return Key(f"RECEIPT#{order_id}", "RECEIPT")


NOTE_PREFIX: Final = "NOTE#"


def credit_note(order_id: str, step: int) -> Key:
    """In the partition of its receipt. Numbered by the step of the payment's history that changed the refunded
    amount: each step has at most one note."""
    return Key(f"RECEIPT#{order_id}", f"{NOTE_PREFIX}{step:06d}")


RECEIPT_PREFIX: Final = "L"
CREDIT_NOTE_PREFIX: Final = "C"
DEBIT_NOTE_PREFIX: Final = "D"
COUNTERS_OF: Final = {RECEIPT_PREFIX: "RECEIPTS", CREDIT_NOTE_PREFIX: "CREDIT_NOTES", DEBIT_NOTE_PREFIX: "DEBIT_NOTES"}
"""The prefix of a number > the first part of the partition of its counters."""


def receipt_counter(financial_year: str) -> Key:
    return number_counter(RECEIPT_PREFIX, financial_year)


def number_counter(prefix: str, financial_year: str) -> Key:
    """The counter of the numbers with that prefix: one item per financial year."""
    return Key(f"{COUNTERS_OF[prefix]}#{financial_year}", "COUNTER")


COUPONS: Final = "COUPONS"
"""The admin's list of all coupons: one partition of gsi1."""


def coupon(code: str) -> Key:
    return Key(f"COUPON#{code}", "COUPON")


def coupon_listing(created_at: datetime, code: str) -> Key:
    return Key(COUPONS, f"{text(created_at)}#{code}")


def coupon_use(code: str, user_id: str) -> Key:
    """Sorts after the coupon: one Query reads a coupon with its uses."""
    return Key(f"COUPON#{code}", f"USER#{user_id}")


def first_purchase(user_id: str) -> Key:
    """Sorts apart from the enrollments."""
    return Key(f"USER#{user_id}", "FIRST_PURCHASE")


def tax_documents(month: str) -> str:
    """The receipts and notes of a month ("2026-11")."""
    return f"TAX_DOCUMENTS#{month}"


def month_of_tax_documents(pk: str) -> str:
    """The inverse of `tax_documents`."""
    return pk.removeprefix("TAX_DOCUMENTS#")


def tax_document_listing(day: str, kind: str, order_id: str, step: int) -> Key:
    """Receipts (kind L) before notes (N), each by day."""
    return Key(tax_documents(day[:7]), f"{kind}#{day}#{order_id}#{step:06d}")


def reconciliation_cursor(pass_name: str) -> Key:
    return Key(f"RECONCILIATION#{pass_name}", "CURSOR")


OPEN_DIFFERENCES: Final = "RECONCILIATION#OPEN"
"""One small partition: the number of stored differences is bounded."""


def open_difference(order_id: str, kind: str, entity_id: str) -> Key:
    return Key(OPEN_DIFFERENCES, f"{order_id}#{kind}#{entity_id}")


def order_of_payment(payment_id: str) -> Key:
    return Key(f"PAYMENT_ID#{payment_id}", "ORDER")


def ledger_entry(entity_id: str) -> Key:
    """A transaction on the seller's account at the gateway."""
    return Key(f"LEDGER#{entity_id}", "ENTRY")


def ledger_listing(month: str, at: datetime, entity_id: str) -> Key:
    """The transactions of a month ("2026-11") on the account, by time."""
    return Key(f"LEDGER#{month}", f"{text(at)}#{entity_id}")


LEDGER_MONTHS: Final = "LEDGER"
"""One partition: it grows by an item a month, for each currency."""


def ledger_month(month: str, currency: str) -> Key:
    return Key(LEDGER_MONTHS, f"{month}#{currency}")


def settlement(settlement_id: str) -> Key:
    """A transfer from the gateway to the seller's bank account."""
    return Key(f"SETTLEMENT#{settlement_id}", "SETTLEMENT")


def settlement_listing(month: str, created_at: datetime, settlement_id: str) -> Key:
    return Key(f"SETTLEMENTS#{month}", f"{text(created_at)}#{settlement_id}")


def settled_listing(settlement_id: str | None, at: datetime, entity_id: str) -> Key:
    """The transactions that a settlement transfers (gsi2); those that none transfers yet under NONE."""
    return Key(f"SETTLEMENT#{settlement_id or 'NONE'}", f"{text(at)}#{entity_id}")


def webhook(event_id: str) -> Key:
    return Key(f"WEBHOOK#{event_id}", "EVENT")


def unreadable_webhook_listing(received_at: datetime, event_id: str) -> Key:
    """Webhook events that could not be read, by the time of receipt."""
    return Key(UNREADABLE_WEBHOOKS, f"{text(received_at)}#{event_id}")


def foreign_order(order_id: str) -> Key:
    """An order at the gateway that another product created."""
    return Key(f"FOREIGN#{order_id}", "FOREIGN")


def audit(at: datetime, ulid: str) -> Key:
    """The month is a partition, in UTC: nobody reads it as the seller's month."""
    return Key(f"AUDIT#{at:%Y-%m}", ulid)


def idempotency(caller: str, digest: str) -> Key:
    return Key(f"IDEMPOTENCY#{caller}", digest)


def due(subject: str, at: datetime) -> Key:
    """Due-index key of the next poll or expiry of `subject` (an order id, or a user and course)."""
    return Key(_due_partition(subject, DUE_PARTITIONS), text(at))


def due_receipt(order_id: str, at: datetime) -> Key:
    """Due-index key of the receipt, or a note, of an order that has no number yet."""
    return Key(_due_partition(order_id, DUE_RECEIPT_PARTITIONS), text(at))


def _due_partition(subject: str, partitions: tuple[str, ...]) -> str:
    return partitions[sum(subject.encode()) % len(partitions)]


EXAMINATION_PARTITIONS: Final = 4


def examination(user_id: str, course_id: str) -> Key:
    """What the invariant check knows about a learner of a course. Sorts apart from the enrollments."""
    return Key(f"USER#{user_id}", f"EXAMINATION#{course_id}")


def payment_examination(order_id: str) -> Key:
    """Sorts directly before the payment, so that a scan reads both together."""
    return Key(f"PAYMENT#{order_id}", "EXAMINATION")


def examination_due(subject: str, at: datetime) -> Key:
    """Due-index key of what the invariant check has to examine, apart from the steps of the sweep."""
    return Key(examination_partition(sum(subject.encode()) % EXAMINATION_PARTITIONS), text(at))


def examination_partition(number: int) -> str:
    return f"EXAMINE#{number}"


def waiting_refund_listing(since: datetime, user_id: str, course_id: str) -> Key:
    """Learners with a refund that waits, by the time since which the oldest one waits."""
    return Key(WAITING_REFUNDS, f"{text(since)}#{user_id}#{course_id}")


WAITING_REFUNDS: Final = "REFUNDS_WAITING"


def examination_pass() -> Key:
    """The current or latest pass of the invariant check over the whole table."""
    return Key("EXAMINATION", "PASS")


# Read models: built by the projector from the stream. No decision is made from them.

PLATFORM_SHARDS: Final = 8
"""Platform totals are the sum of this many items, so that not every change writes the same item."""

PLATFORM: Final = "STATS#PLATFORM"
REVENUE: Final = "STATS#REVENUE"
DOCUMENT_MONTHS: Final = "STATS#DOCUMENTS"
INSTRUCTORS_BY_ACTIVITY: Final = "STATS#INSTRUCTORS"
COURSES_BY_REVENUE: Final = "STATS#EARNERS"
INSTRUCTORS_BY_REVENUE: Final = "STATS#EARNING_INSTRUCTORS"
COURSES: Final = "STATS#COURSES"
HIDDEN_COURSES: Final = "STATS#HIDDEN"
COUPON_COUNTERS: Final = "STATS#COUPONS"
PAYMENTS: Final = "PAYMENTS"


def counter_checkpoint(source: Key) -> Key:
    """The checkpoint of a counted item: what it last contributed, written in the transaction that counts it."""
    return Key(f"COUNTED#{source.pk}", source.sk)


def checkpoint_source(checkpoint: Key) -> Key:
    """The inverse of `counter_checkpoint`."""
    return Key(checkpoint.pk.removeprefix("COUNTED#"), checkpoint.sk)


def rebuild_run() -> Key:
    """The current or latest rebuild of the read models."""
    return Key("REBUILD", "RUN")


def rebuilt_counters(run: str | None, counters: Key) -> Key:
    """The counters that a rebuild computes for `counters`; without a run, the displayed counters themselves."""
    return counters if run is None else Key(f"REBUILD#{run}#{counters.pk}", counters.sk)


def platform_totals(shard: int) -> Key:
    return Key(PLATFORM, f"SHARD#{shard}")


def revenue_month(month: str) -> Key:
    """`month` of the seller: 2026-11, see shared/seller_day.py. So are the days below, such as 2026-11-30."""
    return Key(REVENUE, f"MONTH#{month}")


def revenue_day(day: str) -> Key:
    return Key(REVENUE, f"DAY#{day}")


def coupon_counters(code: str) -> Key:
    """Apart from the coupon, which the projector must not write."""
    return Key(COUPON_COUNTERS, code)


def document_month(month: str, currency: str) -> Key:
    """The sums of the receipts and notes of a month ("2026-11") of the seller."""
    return Key(DOCUMENT_MONTHS, f"{month}#{currency}")


def instructor_totals(instructor_id: str) -> Key:
    return Key(f"INSTRUCTOR#{instructor_id}", "TOTALS")


def instructor_course(instructor_id: str, course_id: str) -> Key:
    return Key(f"INSTRUCTOR#{instructor_id}", f"COURSE#{course_id}")


def instructor_student(instructor_id: str, student_id: str) -> Key:
    return Key(f"INSTRUCTOR#{instructor_id}#STUDENTS", student_id)


def instructor_day(instructor_id: str, day: str) -> Key:
    return Key(f"INSTRUCTOR#{instructor_id}#DAYS", f"DAY#{day}")


def course_day(instructor_id: str, course_id: str, day: str) -> Key:
    return Key(f"INSTRUCTOR#{instructor_id}#DAYS", f"COURSE#{course_id}#DAY#{day}")


def lesson_completion_counters(course_id: str) -> Key:
    """Completions of each lesson. Sorts before COURSE, so that the Query of a course page does not read it."""
    return Key(f"COURSE#{course_id}", "COUNTS")


def instructor_ranking(instructor_id: str) -> Key:
    return Key(f"INSTRUCTOR#{instructor_id}#STANDING", "EARNED")


def active_instructor_listing(last_activity: datetime, instructor_id: str) -> Key:
    return Key(INSTRUCTORS_BY_ACTIVITY, f"{text(last_activity)}#{instructor_id}")


def course_revenue_listing(net: int, course_id: str) -> Key:
    """Courses by net revenue (minor units); read backwards, the highest comes first."""
    return Key(COURSES_BY_REVENUE, f"{max(net, 0):018d}#{course_id}")


def instructor_revenue_listing(net: int, instructor_id: str) -> Key:
    return Key(INSTRUCTORS_BY_REVENUE, f"{max(net, 0):018d}#{instructor_id}")


def course_listing(created_at: datetime, course_id: str) -> Key:
    """All courses, for the admin's list."""
    return Key(COURSES, f"{text(created_at)}#{course_id}")


def hidden_course_listing(changed_at: datetime, course_id: str) -> Key:
    return Key(HIDDEN_COURSES, f"{text(changed_at)}#{course_id}")


def payment_listing(created_at: datetime, order_id: str, status: str | None = None) -> Key:
    """All payments, for the admin's list; with a status, the list of the payments in that status (gsi1)."""
    return Key(payments_by_status(status) if status else PAYMENTS, f"{text(created_at)}#{order_id}")


def payments_by_status(status: str) -> str:
    return f"{PAYMENTS}#{status}"


def card_manifest(course_id: str) -> Key:
    """Sorts before COURSE, so that the Query of a course page does not read it."""
    return Key(f"COURSE#{course_id}", "CARDS")


def catalogue_facet(sort: str, category: str, level: str, price: str, language: str) -> str:
    """Partition of the cards that match a combination of filters; `*` matches any value."""
    return f"CATALOGUE#{sort}#{category}#{level}#{price}#{language}"


def catalogue_term(sort: str, term: str) -> str:
    """Partition of the cards that have a word with the prefix `term`."""
    return f"CATALOGUE#{sort}?{term}"


def newest_sort_key(published_at: datetime, course_id: str) -> str:
    return f"{text(published_at)}#{course_id}"


def popular_sort_key(learners: int, published_at: datetime, course_id: str) -> str:
    return f"{learners:09d}#{text(published_at)}#{course_id}"
