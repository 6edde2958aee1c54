"""Names that the API sends in place of stored ones, which stay as they are because old items carry them."""

from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BeforeValidator

from shared.domain.lifecycle import StatusReason


class PublicStatusReason(StrEnum):
    """The reason for the current status of an enrollment or a payment. Each member is the public name of the stored
    reason that has the same member name."""

    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REFUNDED = "refunded"
    REVOKED = "revoked"
    CHARGEBACK = "chargeback"
    NOT_CAPTURED = "not_captured"
    SUPERSEDED = "superseded"
    DUPLICATE = "duplicate"
    NO_LONGER_WANTED = "no_longer_wanted"
    REQUESTED = "requested"
    MISMATCH = "mismatch"


class ReversalKind(StrEnum):
    """How money of a captured payment left without a refund at the gateway."""

    DISPUTE = "dispute"
    MANUAL = "manual"


_STORED_REVERSAL_KINDS: Final = {"dispute": ReversalKind.DISPUTE, "hand": ReversalKind.MANUAL}


def public_reason(stored: str) -> PublicStatusReason:
    """The public name of a stored reason. Raises ValueError for a name that is not a StatusReason."""
    return PublicStatusReason[StatusReason(stored).name]


def reversal_kind(stored: str) -> ReversalKind:
    """The public name of the stored `by` of a reversal. Raises KeyError for an unknown one."""
    return _STORED_REVERSAL_KINDS[stored]


def _translate(value: Any) -> Any:
    return value if isinstance(value, PublicStatusReason | None) else public_reason(value)


PublicReason = Annotated[PublicStatusReason | None, BeforeValidator(_translate)]
"""A field that takes the stored reason and sends its public name; null without a reason."""
