"""The stored values of history kinds and sources never change, even if members and classes are renamed."""

import dataclasses
from enum import StrEnum
from typing import get_args

import pytest

from cli._payment_matrix import EVIDENCE
from shared.history_kinds import KINDS_BY_ADMIN, Cause, ChangeKind, EvidenceKind, HistoryKind, InboxOutcome, Source
from shared.settlement.evidence import Evidence

OF_OLDER_ENTRIES = {EvidenceKind.REFUNDS_UNCHANGED, EvidenceKind.DISPUTE_LOST}
"""Kinds that are read and no longer written."""
STORED: dict[type[StrEnum], list[str]] = {
    EvidenceKind: [
        "SignedCheckout",
        "Authorized",
        "Captured",
        "AttemptFailed",
        "NothingPaid",
        "NotCaptured",
        "Refunded",
        "RefundRequested",
        "NothingNew",
        "RefundRefused",
        "DisputeLost",
        "ReturnedByHand",
        "hold_accepted",
        "poll_completed",
        "dispute_reported",
        "learner_request_opened",
        "learner_request_withdrawn",
        "learner_request_decided",
    ],
    ChangeKind: [
        "order_created",
        "order_resumed",
        "order_adopted",
        "superseded",
        "enrolled",
        "coupon_redeemed",
        "withdrawn",
        "expired",
        "completed",
        "admin_granted",
        "admin_revoked",
    ],
    Source: ["learner", "gateway", "checkout", "webhook", "sweep", "reconciliation", "admin"],
    InboxOutcome: ["ignored", "not_ours", "malformed"],
}


@pytest.mark.parametrize("kind", STORED, ids=lambda kind: str(kind.__name__))
def test_stored_values_are_pinned(kind: type[StrEnum]) -> None:
    assert [member.value for member in kind] == STORED[kind]


def test_stored_values_of_one_attribute_are_distinct() -> None:
    assert not {*STORED[EvidenceKind]} & {*STORED[ChangeKind]}
    assert not {*STORED[EvidenceKind]} & {*STORED[InboxOutcome]}


def test_evidence_classes_have_one_kind_each() -> None:
    written = {*EvidenceKind, ChangeKind.ADMIN_REVOKED} - OF_OLDER_ENTRIES
    assert sorted(each.kind for each in get_args(Evidence)) == sorted(written)


@pytest.mark.parametrize("each", EVIDENCE.values(), ids=EVIDENCE)
def test_evidence_kind_is_not_a_dataclass_field(each: Evidence) -> None:
    assert "kind" not in [field.name for field in dataclasses.fields(each)]
    assert isinstance(each.kind, HistoryKind)


@pytest.mark.parametrize("kind", [*EvidenceKind, *ChangeKind])
def test_cause_by_admin_accepts_only_kinds_by_admin(kind: HistoryKind) -> None:
    if kind in KINDS_BY_ADMIN:
        assert Cause(kind, Source.ADMIN, "fraud").note == "fraud"
    else:
        with pytest.raises(ValueError, match=f"an admin cannot be the source of {kind}"):
            Cause(kind, Source.ADMIN)


def test_cause_plain_string_is_rejected_by_the_type_checker() -> None:
    """Checked by mypy, not at run time: `warn_unused_ignores` reports each comment below that suppresses no error."""
    Cause("enrolled", Source.LEARNER)  # type: ignore[arg-type]
    Cause(ChangeKind.ENROLLED, "learner")  # type: ignore[arg-type]
