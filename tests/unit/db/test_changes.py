"""Conversion of state changes: update actions, changed copies, conditions and history entries."""

import json
from datetime import UTC, datetime

from shared.db.entities import Payment
from shared.db.table import keys
from shared.db.table.changes import apply_changes, history_json, unchanged_since_read, update_actions
from shared.domain.lifecycle import PaymentStatus, StatusReason

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def payment() -> Payment:
    return Payment.build(
        keys.payment("order_1"),
        order_id="order_1",
        status=PaymentStatus.PENDING,
        amount=100,
        version=3,
        gsi2pk="DUE#1",
        gsi2sk="2026",
    )


def test_update_actions_none_removes_attribute_and_other_values_set_it() -> None:
    actions = update_actions(Payment, {"status": PaymentStatus.CAPTURED, "gsi2pk": None, "captured_at": AT})
    assert [(type(each).__name__, str(each)) for each in actions] == [
        ("SetAction", "status = {'S': 'captured'}"),
        ("RemoveAction", "gsi2pk"),
        ("SetAction", "captured_at = {'S': '2026-11-23T12:00:00.000Z'}"),
    ]
    assert update_actions(Payment, {}) == []


def test_apply_changes_returns_updated_copy_and_keeps_original() -> None:
    before = payment()
    after = apply_changes(
        before, {"status": PaymentStatus.FAILED, "reason": StatusReason.EXPIRED, "gsi2pk": None, "version": 4}
    )
    assert (after.status, after.reason, after.version, after.gsi2pk) == (
        PaymentStatus.FAILED,
        StatusReason.EXPIRED,
        4,
        None,
    )
    assert (after.pk, after.sk, after.amount, after.gsi2sk) == (before.pk, before.sk, 100, "2026")
    assert "gsi2pk" not in after.serialize(null_check=False)
    assert (before.status, before.reason, before.version, before.gsi2pk) == (PaymentStatus.PENDING, None, 3, "DUE#1")
    assert apply_changes(after, {"gsi2pk": None}).gsi2pk is None


def test_unchanged_since_read_compares_version_or_absence() -> None:
    assert str(unchanged_since_read(Payment, payment())) == "version = {'N': '3'}"
    assert str(unchanged_since_read(Payment, None)) == "attribute_not_exists (pk)"


def test_history_json_holds_stored_values_without_index_attributes() -> None:
    changes = {
        "status": PaymentStatus.CAPTURED,
        "captured_at": AT,
        "reason": None,
        "captured_amount": 100,
        "gsi2pk": None,
        "gsi2sk": "x",
        "refunds": {"rfnd_1": {"amount": 1}},
    }
    assert history_json(changes) == (
        '{"captured_amount":100,"captured_at":"2026-11-23T12:00:00.000Z","reason":null,'
        '"refunds":{"rfnd_1":{"amount":1}},"status":"captured"}'
    )
    assert json.loads(history_json({})) == {}
