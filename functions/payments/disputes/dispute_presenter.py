"""Builds the responses about disputes."""

from functions.payments.disputes.dispute_schemas import DisputeOut, ListedDisputeOut
from shared.db.entities import DisputeRecord
from shared.domain.captures import Disputes


def disputes_of_capture(disputes: Disputes) -> list[DisputeOut]:
    return [
        DisputeOut(
            id=dispute_id,
            amount=dispute.amount,
            currency=dispute.currency,
            status=dispute.status,
            phase=dispute.phase,
            reason=dispute.reason,
            respond_by=dispute.respond_by,
            deducted=dispute.deducted,
        )
        for dispute_id, dispute in sorted(disputes.items())
    ]


def listed_dispute(record: DisputeRecord) -> ListedDisputeOut:
    return ListedDisputeOut(
        id=record.dispute_id,
        amount=record.amount,
        currency=record.currency,
        status=record.status,
        phase=record.phase,
        reason=record.reason,
        respond_by=record.respond_by,
        deducted=record.deducted,
        order_id=record.order_id,
        payment_id=record.payment_id,
        user_id=record.user_id,
        course_id=record.course_id,
        updated_at=record.updated_at,
    )
