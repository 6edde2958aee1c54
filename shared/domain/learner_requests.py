"""A learner's request for a refund of a payment, as a value, and the seller's terms for such requests.

How it is stored: shared/db/payments/learner_requests.py. `RefundRequest` (shared/domain/captures.py) is another thing:
an admin's order to the gateway.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

MAX_REQUESTS: Final = 3
"""Of one payment, withdrawn and closed ones included: each adds entries to its history."""

BY_RULE: Final = "rule"
"""`decided_by` of a request that was approved by the rule."""


class RequestState(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    """The refund of the whole remaining balance was demanded in the same write."""
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    """The learner took it back."""
    CLOSED = "closed"
    """Something else decided about the money: see ClosedBy."""


class ClosedBy(StrEnum):
    """Why an open request was closed without a decision."""

    REFUND = "refund"
    """The balance was refunded, or its refund was demanded, in another way."""
    DISPUTE = "dispute"
    """A dispute was lost: the learner's bank returned the payment."""
    ACCESS_REVOKED = "access_revoked"
    """An admin revoked the access, which demands the refund too."""


class WaitsFor(StrEnum):
    """Why nobody can decide about an open request now."""

    DISPUTE = "dispute"
    """The learner's bank decides first: a dispute is open."""
    REFUND = "refund"
    """Refunds of the whole remaining balance are under way, and may still fail."""


DECIDED: Final = frozenset({RequestState.APPROVED, RequestState.DECLINED})
"""Final for the payment that the request is about: the learner cannot ask again."""


@dataclass(frozen=True, slots=True)
class LearnerRequest:
    """The latest request about the captured payment `payment_id`. `reason` is the learner's text. `progress` is the
    percentage of lessons that were completed at `requested_at` (UTC), rounded up. `number` counts the requests about
    that captured payment, from 1: a decision names it. `ended_at` (UTC) is when it was decided, withdrawn or closed;
    `decided_by` the id of an admin, or BY_RULE; `note` the admin's text, which the learner reads."""

    state: RequestState
    payment_id: str
    reason: str
    progress: int
    requested_at: datetime
    number: int = 1
    ended_at: datetime | None = None
    decided_by: str | None = None
    note: str | None = None
    closed_by: ClosedBy | None = None

    @property
    def is_open(self) -> bool:
        return self.state is RequestState.OPEN


@dataclass(frozen=True, slots=True)
class RefundTerms:
    """The seller's terms: a request is accepted until `window` after the capture, with at most `progress_limit` percent
    of the lessons completed. With a window of 0, learners cannot request refunds. `by_rule`: a request that fits is
    approved at once; otherwise an admin decides."""

    window: timedelta
    progress_limit: int
    by_rule: bool
