"""History entries are read as they were written; entries of earlier versions are converted to the current shape."""

import json
from typing import Any

import pytest

from cli._payment_matrix import NOW, ORDER_ID
from functions.payments.invariants.history import Step
from shared.db.entities import EnrollmentEvent, PaymentEvent
from shared.db.table import keys
from shared.history_kinds import Cause, ChangeKind, EvidenceKind, Source

Raw = dict[str, dict[str, Any]]


def enrollment_entry(kind: str, source: str, status: str = "active", **attributes: str) -> Raw:
    """A stored entry in DynamoDB's format. `attributes`: further attributes."""
    return {
        "pk": {"S": "USER#usr_1"},
        "sk": {"S": "HISTORY#crs_1#000002"},
        "kind": {"S": "enrollment_event"},
        "course_id": {"S": "crs_1"},
        "number": {"N": "2"},
        "at": {"S": "2026-11-23T12:00:00.000Z"},
        "why": {"S": kind},
        "source": {"S": source},
        "changes": {"S": json.dumps({"status": status})},
    } | {name: {"S": value} for name, value in attributes.items()}


def payment_entry(kind: str, source: str, changes: dict[str, Any]) -> Raw:
    return {
        "pk": {"S": f"PAYMENT#{ORDER_ID}"},
        "sk": {"S": "EVENT#000002"},
        "kind": {"S": "payment_event"},
        "order_id": {"S": ORDER_ID},
        "number": {"N": "2"},
        "at": {"S": "2026-11-23T12:00:00.000Z"},
        "evidence": {"S": kind},
        "source": {"S": source},
        "changes": {"S": json.dumps(changes)},
    }


def test_new_entry_stores_kind_source_and_note_in_separate_attributes() -> None:
    entry = PaymentEvent.build(
        keys.payment_event(ORDER_ID, 3),
        order_id=ORDER_ID,
        number=3,
        at=NOW,
        evidence=ChangeKind.ADMIN_REVOKED,
        source=Source.ADMIN,
        note="fraud",
        changes="{}",
    )
    raw = entry.serialize()
    assert (raw["evidence"], raw["source"], raw["note"]) == ({"S": "admin_revoked"}, {"S": "admin"}, {"S": "fraud"})
    assert PaymentEvent.from_raw_data(raw).cause == Cause(ChangeKind.ADMIN_REVOKED, Source.ADMIN, "fraud")


@pytest.mark.parametrize(
    ("stored", "status", "kind"),
    [
        ("paid by bank transfer", "active", ChangeKind.ADMIN_GRANTED),
        ("fraud", "cancelled", ChangeKind.ADMIN_REVOKED),
        ("withdrawn", "cancelled", ChangeKind.ADMIN_REVOKED),
        ("Refunded", "cancelled", ChangeKind.ADMIN_REVOKED),
    ],
)
def test_old_enrollment_entry_with_free_text_reads_as_kind_and_note(stored: str, status: str, kind: ChangeKind) -> None:
    entry = EnrollmentEvent.from_raw_data(enrollment_entry(stored, "admin", status))
    assert (entry.why, entry.note, entry.cause) == (kind, stored, Cause(kind, Source.ADMIN, stored))
    assert Step.from_event(entry) == Step(2, NOW, kind, Source.ADMIN, {"status": status})


@pytest.mark.parametrize("changes", [{}, {"status": "refund_pending", "reason": "requested"}])
def test_old_payment_entry_with_free_text_reads_as_revocation(changes: dict[str, Any]) -> None:
    entry = PaymentEvent.from_raw_data(payment_entry("fraud", "admin", changes))
    assert entry.cause == Cause(ChangeKind.ADMIN_REVOKED, Source.ADMIN, "fraud")


@pytest.mark.parametrize("kind", [EvidenceKind.REFUND_REQUESTED, EvidenceKind.MANUAL_REFUND])
def test_old_entry_of_an_admins_evidence_has_no_note(kind: EvidenceKind) -> None:
    entry = PaymentEvent.from_raw_data(payment_entry(kind.value, "admin", {"status": "refund_pending"}))
    assert entry.cause == Cause(kind, Source.ADMIN)


@pytest.mark.parametrize(
    ("kind", "source"),
    [("SignedCheckout", "checkout"), ("NothingPaid", "sweep"), ("order_created", "learner"), ("withdrawn", "learner")],
)
def test_old_entry_of_another_source_keeps_its_kind(kind: str, source: str) -> None:
    entry = EnrollmentEvent.from_raw_data(enrollment_entry(kind, source))
    assert (entry.why.value, entry.source.value) == (kind, source)
    assert entry.cause.note is None
    assert type(entry.source) is Source


@pytest.mark.parametrize(("kind", "source"), [("a text", "learner"), ("Captured", "unknown")])
def test_entry_with_unknown_kind_or_source_raises_value_error(kind: str, source: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        EnrollmentEvent.from_raw_data(enrollment_entry(kind, source))
