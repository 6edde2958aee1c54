"""Requests and responses of learners' requests for refunds."""

import unicodedata
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints

from shared.schemas import In

_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Fillers and the blank Braille pattern: letters and symbols by their category, but nothing is seen."""


def _require_visible(text: str) -> str:
    """Raises ValueError for a text of spaces, control and format characters (such as U+200B) only."""
    if any(unicodedata.category(char)[0] in "LNPS" and char not in _BLANK for char in text):
        return text
    raise ValueError("the text has no visible character")


_Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00]*$"),
    AfterValidator(_require_visible),
]


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
