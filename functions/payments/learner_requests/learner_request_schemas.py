"""Requests and responses of learners' requests for refunds."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from shared.schemas import In

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


class LearnerRequestIn(In):
    """`reason` is for the admins, who read it with the request."""

    reason: _Text


class LearnerRequestDecision(StrEnum):
    APPROVE = "approve"
    DECLINE = "decline"


class LearnerRequestDecisionIn(In):
    """`number` is that of the request which the admin has read; a later one is not decided. `note` is kept in the audit
    trail, and the learner reads it."""

    number: Annotated[int, Field(ge=1, le=100)]
    decision: LearnerRequestDecision
    note: _Text
