"""Query and responses of the list of disputes. Amounts are in minor units of `currency`."""

from shared.domain.captures import DisputeStatus
from shared.schemas import Out, PageOut, PageQuery, UtcTime


class DisputesQuery(PageQuery):
    """Filter of the list of disputes: the `status`. A page of one status may be short."""

    status: DisputeStatus | None = None


class DisputeOut(Out):
    """A dispute (chargeback) of a captured payment. `phase` and `reason` are the gateway's words; `respond_by` is the
    deadline for contesting it in the gateway's dashboard; `deducted` is what the gateway has deducted for it. No refund
    is made while the status is `open`, `under_review` or `unknown` (a status that the gateway does not document)."""

    id: str
    amount: int
    currency: str
    status: DisputeStatus
    phase: str
    reason: str
    respond_by: UtcTime | None
    deducted: int


class ListedDisputeOut(DisputeOut):
    """A dispute with the payment that it is about."""

    order_id: str
    payment_id: str
    user_id: str
    course_id: str
    updated_at: UtcTime


class DisputePage(PageOut[ListedDisputeOut]):
    pass
