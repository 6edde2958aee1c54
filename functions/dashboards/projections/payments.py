"""Payments: money that came and went, by course, instructor, month and day; and what an admin must look at."""

from functions.dashboards.projections.projection import Enter, Projection, Rank
from shared.db import figures
from shared.db.entities import Payment
from shared.lifecycle import PaymentStatus, Reason


def project(event_id: str, old: Payment | None, new: Payment | None) -> Projection:
    """The register follows each change of the status. Captures count in the month of `captured_at`, refunds in the
    month of the update that brought them."""
    made = Projection()
    platform = made.counts[figures.of_platform(event_id)]
    for payment, sign in ((old, -1), (new, 1)):
        if payment:
            platform["payments_refund_pending"] += sign * (payment.status is PaymentStatus.REFUND_PENDING)
            platform["payments_mismatch"] += sign * (payment.reason is Reason.MISMATCH)
            _money(made, payment, payment.captured_amount * sign, payment.refunded_amount * sign, new or payment)
    if new and (old is None or old.status is not new.status):
        made.refreshes.append(Enter(new.order_id))
    return made


def _money(made: Projection, payment: Payment, gross: int, refunded: int, latest: Payment) -> None:
    if not gross and not refunded:
        return
    captured_at = latest.captured_at or latest.updated_at
    places = [
        (figures.of_instructor(payment.instructor_id), gross, refunded),
        (figures.of_instructor_course(payment.instructor_id, payment.course_id), gross, refunded),
        (figures.of_month(captured_at), gross, 0),
        (figures.of_day(captured_at), gross, 0),
        (figures.of_month(latest.updated_at), 0, refunded),
        (figures.of_day(latest.updated_at), 0, refunded),
    ]
    for place, came, went in places:
        made.counts[place][f"gross_{payment.currency}"] += came
        made.counts[place][f"refunded_{payment.currency}"] += went
    made.refreshes = [Rank(payment.instructor_id, payment.course_id)]
