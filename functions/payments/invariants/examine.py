"""Examines one learner of a course: everything that is stored about the learner, read by keys."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from functions.payments.invariants.confirmation import confirmed
from functions.payments.invariants.ledger import Breach, Learner, Ledger, build_ledger
from functions.payments.invariants.refund_age import waiting_refunds
from functions.payments.invariants.registry import find_breaches
from functions.payments.invariants.rules.scheduled_polls import must_be_settled_by
from shared import clock
from shared.db.entities import LearnerExamination, PaymentExamination
from shared.db.payments import examinations, learner_records
from shared.db.payments.examinations import ExaminedState
from shared.db.payments.learner_records import ListedKeys, Records, TooManyOrders
from shared.db.table.unreadable_items import READ_ERRORS
from shared.observability import logger

GRACE: Final = timedelta(hours=1)
"""How long scheduled work may be overdue: the time of twelve sweeps."""


@dataclass(frozen=True)
class Examination:
    """`ledger` is what the last read found, and `breaches` is what every read shows. `is_sound`: the last read shows no
    breach, not even one that is not confirmed. `before` and `marks` are the results of earlier examinations."""

    learner: Learner
    ledger: Ledger
    breaches: list[Breach]
    is_sound: bool
    item_counts: Counter[str] = field(default_factory=Counter)
    before: LearnerExamination | None = None
    marks: dict[str, PaymentExamination] = field(default_factory=dict)

    @property
    def refunds(self) -> tuple[datetime, ...]:
        """When each refund that waits was decided (UTC); empty if a value cannot be read, which is a breach."""
        try:
            return tuple(waiting_refunds(self.ledger))
        except READ_ERRORS:
            return ()


def examine(
    learner: Learner, known_keys: ListedKeys | None = None, further_order_ids: Collection[str] = ()
) -> Examination:
    """Reads the learner and checks every invariant. `known_keys` are those of the learner's items, if the caller has
    read them. A learner with too many orders is not read, has a breach and is not sound. Raises StoreUnavailable, and
    READ_ERRORS for a stored value that neither a read nor a check expects."""
    reader = _LearnerReader(learner, known_keys, further_order_ids)
    try:
        breaches = confirmed(reader.find_breaches)
    except TooManyOrders as error:
        return Examination(learner, Ledger(clock.now()), [Breach("I17", str(learner), str(error))], is_sound=False)
    items = reader.records.items
    return Examination(
        learner,
        reader.ledger,
        breaches,
        is_sound=not reader.breaches,
        item_counts=Counter(item.KIND for item in items),
        before=next((item for item in items if isinstance(item, LearnerExamination)), None),
        marks={item.order_id: item for item in items if isinstance(item, PaymentExamination)},
    )


class _LearnerReader:
    """Reads the learner again and again; the attributes are those of the last read."""

    records: Records
    ledger: Ledger
    breaches: list[Breach]

    def __init__(self, learner: Learner, known_keys: ListedKeys | None, further_order_ids: Collection[str]) -> None:
        self._learner, self._known_keys, self._further_order_ids = learner, known_keys, further_order_ids

    def find_breaches(self) -> list[Breach]:
        """Raises TooManyOrders, StoreUnavailable."""
        self.records = learner_records.read_learner(*self._learner, self._known_keys, self._further_order_ids)
        self._known_keys = None  # the index may list another order when it is read again
        self.ledger = build_ledger(self.records.items, clock.now(), self.records.unreadable)
        self.breaches = find_breaches(self.ledger, overdue_before=self.ledger.as_of - GRACE)
        return self.breaches


def examine_and_record(learner: Learner, further_order_ids: Collection[str] = ()) -> Examination:
    """As `examine`. If the learner is sound, the examined versions are stored, and the learner is examined again after
    the next change; otherwise, also with too many orders, the learner stays listed for the hourly check. Raises as
    `examine`."""
    done = examine(learner, further_order_ids=further_order_ids)
    enrollment = done.ledger.enrollments.get(learner)
    state = ExaminedState(
        is_sound=done.is_sound,
        version=enrollment.version if enrollment else 0,
        payments={order_id: payment.version for order_id, payment in done.ledger.payments.items()},
        refunds=done.refunds,
        next_at=next_examination(done.ledger),
    )
    examinations.record(*learner, done.before, state, done.marks, clock.now())
    return done


def unexaminable(learner: Learner, error: Exception) -> Breach:
    """The breach of a learner whose examination raised one of READ_ERRORS; it is logged. Nothing was recorded, so a
    listed learner stays listed."""
    logger().error("learner cannot be examined", exc_info=error, extra={"learner": str(learner)})
    return Breach("I17", str(learner), f"cannot be examined: {type(error).__name__}: {error}")


def next_examination(ledger: Ledger) -> datetime | None:
    """When the learner must be examined again although nothing changed (UTC): when an order must have been settled, or
    in an hour while a receipt or a note has no number, because numbering it is not reported as a change, or while a
    time cannot be read. None for never.

    A scheduled poll that is overdue is found by the due index."""
    try:
        settled_by = [must_be_settled_by(payment) for payment in ledger.payments.values()]
    except READ_ERRORS:
        return ledger.as_of + GRACE
    moments = [moment + GRACE for moment in settled_by if moment]
    moments += [ledger.as_of for document in ledger.documents() if not document.number]
    return max(min(moments), ledger.as_of + GRACE) if moments else None
