"""Public names of stored values. The API sends the public names; the stored names never change, because old items
contain them."""

from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BeforeValidator

from shared.domain.lifecycle import StatusReason


class PublicStatusReason(StrEnum):
    """The reason for the current status of an enrollment or a payment. The member names equal those
    of StatusReason; the values are the public names."""

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
    ORPHANED = "orphaned"


class ReversalKind(StrEnum):
    """The kind of a reversal other than a refund at the gateway."""

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
"""A schema field that is set to the stored reason and sends its public name; null without a reason."""
