"""`decide`, with the attributes that its decision writes: the tests state every one of them by its stored name."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from shared.db.enrollments.enrollment_attributes import enrollment_attributes
from shared.db.enrollments.enrollments import new_enrollment
from shared.db.entities import Enrollment, Payment
from shared.db.payments.payment_attributes import payment_attributes
from shared.settlement import decide as settlement
from shared.settlement.decision import Verdict
from shared.settlement.evidence import Evidence
from shared.settlement.rules.amount_rules import DEFAULT_POLICY, AmountPolicy


class Written(NamedTuple):
    """The verdict, and the stored attributes by name; None is an attribute that is removed."""

    verdict: Verdict
    payment: dict[str, Any] = {}
    enrollment: dict[str, Any] = {}


NO_CHANGE: Final = Written(Verdict.NO_CHANGE)


def decide(
    payment: Payment,
    enrollment: Enrollment | None,
    evidence: Evidence,
    now: datetime,
    basis: Payment | None = None,
    *,
    policy: AmountPolicy = DEFAULT_POLICY,
) -> Written:
    decision = settlement.decide(payment, enrollment, evidence, now, basis, policy=policy)
    stored = payment_attributes(payment.order_id, decision.payment)
    if decision.enrollment is None:
        return Written(decision.verdict, stored)
    base = enrollment or new_enrollment(payment.user_id, "", payment.course_id, payment.instructor_id, now)
    return Written(decision.verdict, stored, enrollment_attributes(base, decision.enrollment))
