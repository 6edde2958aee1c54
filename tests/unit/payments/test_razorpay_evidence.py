"""Conversion of Razorpay's events to evidence, and the rejection of malformed events."""

from datetime import UTC, datetime
from typing import Any

import pytest

from functions.payments.razorpay_evidence import (
    MalformedPayload,
    event_type,
    from_dispute,
    from_payment,
    from_refund,
    parse_webhook,
)
from shared.domain.captures import Dispute, DisputeStatus, RefundStatus
from shared.settlement.evidence import (
    AttemptFailed,
    AuthorizationVoided,
    Authorized,
    Captured,
    DisputeReported,
    Evidence,
    Refunded,
)

ORDER, PAID, REFUND = "order_AAAAAAAAAAAAAA", "pay_AAAAAAAAAAAAAA", "rfnd_AAAAAAAAAAAAAA"
CAPTURED = Captured(PAID, 49_900, "INR")


def payment(status: str = "captured", **fields: Any) -> dict[str, Any]:
    return {"id": PAID, "order_id": ORDER, "amount": 49_900, "currency": "INR", "status": status, **fields}


def refund(status: str = "pending", **fields: Any) -> dict[str, Any]:
    return {"id": REFUND, "payment_id": PAID, "amount": 100, "status": status, **fields}


def dispute(status: Any = "open", **fields: Any) -> dict[str, Any]:
    words = {"phase": "chargeback", "reason_code": "not_received", "currency": "INR", "entity": "dispute"}
    ids = {"id": "disp_A1", "payment_id": PAID}
    return {**ids, "amount": 500, "status": status, "respond_by": 1_764_158_400, **words, **fields}


def event(kind: str, **entities: Any) -> dict[str, Any]:
    return {"event": kind, "payload": {name: {"entity": entity} for name, entity in entities.items()}}


@pytest.mark.parametrize(
    ("entity", "expected"),
    [
        (payment("captured"), (CAPTURED,)),
        (payment("captured", amount_refunded=0), (CAPTURED,)),
        (payment("captured", amount_refunded=1), (Captured(PAID, 49_900, "INR", has_pending_evidence=True),)),
        (payment("refunded", captured=True), (CAPTURED,)),
        (
            payment("refunded", captured=True, amount_refunded=49_900),
            (Captured(PAID, 49_900, "INR", has_pending_evidence=True),),
        ),
        (payment(fee=1_178, tax=180), (Captured(PAID, 49_900, "INR", fee=1_178, tax=180),)),
        (payment(fee=0, tax=0), (Captured(PAID, 49_900, "INR", fee=0, tax=0),)),
        (payment(fee=1_178, tax=None), (Captured(PAID, 49_900, "INR", fee=1_178),)),
        (payment(fee=1_178, tax="180"), (Captured(PAID, 49_900, "INR", fee=1_178),)),
        (payment(fee=1_178, tax=-1), (Captured(PAID, 49_900, "INR", fee=1_178),)),
        (payment("refunded", captured=False), (AuthorizationVoided(PAID),)),
        (payment("refunded"), (AuthorizationVoided(PAID),)),
        (payment("authorized"), (Authorized(PAID, 49_900, "INR"),)),
        (payment("failed"), (AttemptFailed(PAID),)),
        (payment("created"), ()),
    ],
)
def test_payment_entity_status_yields_matching_evidence(entity: dict[str, Any], expected: tuple[Evidence, ...]) -> None:
    assert from_payment(entity) == expected


@pytest.mark.parametrize("kind", ["payment.authorized", "payment.captured", "payment.failed", "order.paid"])
def test_payment_event_evidence_follows_entity_status_not_event_name(kind: str) -> None:
    """A late `payment.authorized` event may contain a payment that has been captured since."""
    message = parse_webhook(event(kind, payment=payment()))
    assert (message.event, message.order_id, message.evidence) == (kind, ORDER, (CAPTURED,))


@pytest.mark.parametrize(
    ("kind", "entity", "status"),
    [
        ("refund.created", "pending", RefundStatus.PENDING),
        ("refund.created", "processed", RefundStatus.PROCESSED),
        ("refund.processed", "pending", RefundStatus.PROCESSED),
        ("refund.failed", "pending", RefundStatus.FAILED),
    ],
)
def test_refund_event_name_overrides_older_entity_status(kind: str, entity: str, status: RefundStatus) -> None:
    message = parse_webhook(event(kind, refund=refund(entity), payment=payment("captured")))
    assert message.evidence == (CAPTURED, Refunded(PAID, REFUND, 100, status))


def test_refund_event_of_uncaptured_payment_proves_voided_authorization() -> None:
    message = parse_webhook(event("refund.processed", refund=refund(), payment=payment("refunded", captured=False)))
    assert message.evidence == (AuthorizationVoided(PAID),)


@pytest.mark.parametrize(
    ("kind", "entity_status", "status"),
    [
        ("created", "open", DisputeStatus.OPEN),
        ("created", "lost", DisputeStatus.LOST),
        ("action_required", "open", DisputeStatus.OPEN),
        ("action_required", "unheard_of", DisputeStatus.UNKNOWN),
        ("a_new_event", "under_review", DisputeStatus.UNDER_REVIEW),
        ("under_review", "open", DisputeStatus.UNDER_REVIEW),
        ("won", "open", DisputeStatus.WON),
        ("lost", "under_review", DisputeStatus.LOST),
        ("closed", "open", DisputeStatus.CLOSED),
    ],
)
def test_dispute_event_proves_capture_and_state_of_the_dispute(
    kind: str, entity_status: str, status: DisputeStatus
) -> None:
    """The type of an event that states a status overrides the status of its entity, which may be older."""
    body = event(f"payment.dispute.{kind}", payment=payment(), dispute=dispute(entity_status, amount_deducted=300))
    message = parse_webhook({**body, "created_at": 1_763_899_200})
    at, deadline = datetime(2025, 11, 23, 12, 0, tzinfo=UTC), datetime(2025, 11, 26, 12, 0, tzinfo=UTC)
    state = Dispute(500, "INR", status, "chargeback", "not_received", deadline, 300, at)
    assert (message.order_id, message.evidence) == (ORDER, (CAPTURED, DisputeReported(PAID, "disp_A1", state)))


def test_dispute_event_without_time_is_older_than_any_other() -> None:
    message = parse_webhook(event("payment.dispute.created", payment=payment(), dispute=dispute()))
    reported = message.evidence[-1]
    assert isinstance(reported, DisputeReported)
    assert reported.dispute.as_of == datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("status", ["open", "under_review", "won", "lost", "closed"])
def test_fetched_dispute_has_the_status_of_its_entity_and_no_time(status: str) -> None:
    assert from_dispute(dispute(status)).dispute.status == DisputeStatus(status)
    assert from_dispute(dispute(status)).dispute.as_of is None


@pytest.mark.parametrize("status", ["unheard_of", "UNKNOWN", "", None, 7, ["open"]])
def test_fetched_dispute_of_undocumented_status_is_unknown(status: Any) -> None:
    assert from_dispute(dispute(status)).dispute.status is DisputeStatus.UNKNOWN


def test_dispute_without_optional_fields_is_accepted() -> None:
    entity = {"id": "disp_A1", "payment_id": PAID, "amount": 500, "currency": "INR", "status": "open"}
    assert from_dispute(entity).dispute == Dispute(500, "INR", DisputeStatus.OPEN)
    nulls = dict.fromkeys(("phase", "reason_code", "respond_by", "amount_deducted"))
    assert from_dispute({**entity, **nulls}).dispute == Dispute(500, "INR", DisputeStatus.OPEN)


def test_dispute_words_are_shortened_to_100_characters() -> None:
    reported = from_dispute(dispute(phase="p" * 101, reason_code="r" * 100)).dispute
    assert (reported.phase, reported.reason) == ("p" * 100, "r" * 100)


def test_dispute_first_and_last_deadline_are_accepted() -> None:
    assert from_dispute(dispute(respond_by=0)).dispute.respond_by == datetime(1970, 1, 1, tzinfo=UTC)
    last = from_dispute(dispute(respond_by=253_402_300_799)).dispute.respond_by
    assert last == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["created", "under_review", "action_required", "won", "lost", "closed"])
@pytest.mark.parametrize(
    "invalid_fields",
    [
        {},
        {"id": "disp_"},
        {"id": "A1"},
        {"id": None},
        {"payment_id": "A1"},
        {"amount_deducted": -1},
        {"amount_deducted": "300"},
        {"amount": 1.5},
        {"amount": None},
        {"currency": "rupees"},
        {"currency": None},
        {"phase": 7},
        {"reason_code": ["fraud"]},
        {"respond_by": "tomorrow"},
        {"respond_by": -1},
        {"respond_by": True},
        {"respond_by": 253_402_300_800},
    ],
    ids=str,
)
def test_dispute_event_missing_or_invalid_entity_raises_malformed(kind: str, invalid_fields: dict[str, Any]) -> None:
    entities = {"dispute": dispute(**invalid_fields)} if invalid_fields else {}
    with pytest.raises(MalformedPayload):
        parse_webhook(event(f"payment.dispute.{kind}", payment=payment(), **entities))


@pytest.mark.parametrize("created_at", [None, "now", 1.5, -1, 253_402_300_800])
def test_dispute_event_with_invalid_time_raises_malformed(created_at: Any) -> None:
    body = event("payment.dispute.created", payment=payment(), dispute=dispute())
    with pytest.raises(MalformedPayload):
        parse_webhook({**body, "created_at": created_at})


def test_dispute_entity_missing_required_field_raises_key_error() -> None:
    for field in ("id", "payment_id", "amount", "currency", "status"):
        with pytest.raises(KeyError):
            from_dispute({name: value for name, value in dispute().items() if name != field})


@pytest.mark.parametrize("kind", ["payment.disputes", "payment.pending", "refund.speed_changed", "a"])
def test_event_of_other_type_yields_order_and_no_evidence(kind: str) -> None:
    message = parse_webhook(event(kind, payment=payment()))
    assert (message.event, message.order_id, message.evidence) == (kind, ORDER, ())


def test_event_payment_without_order_uses_order_entity() -> None:
    found = parse_webhook(event("order.paid", payment=payment(order_id=None), order={"id": ORDER}))
    assert (found.order_id, found.evidence) == (ORDER, (CAPTURED,))
    first = parse_webhook(event("order.paid", payment=payment(), order={"id": "order_BBBBBBBBBBBBBB"}))
    assert first.order_id == ORDER


@pytest.mark.parametrize(
    "entity",
    [
        payment(order_id=None),
        payment("unheard_of", order_id=None, amount="49900"),
        {"id": "pay_short", "order_id": None},
    ],
)
def test_event_of_payment_without_order_yields_no_evidence(entity: dict[str, Any]) -> None:
    """A QR code or a virtual account of another product; its form does not matter to us."""
    message = parse_webhook(event("payment.captured", payment=entity))
    assert (message.event, message.order_id, message.evidence) == ("payment.captured", None, ())


@pytest.mark.parametrize(
    "payload",
    [
        {"settlement": {"entity": {"id": "setl_1"}}},
        {"payment": {"entity": {"order_id": "order_short"}}},
        {"payment": {"entity": ["unheard", "of"]}},
        {"payment": 7, "order": 7},
        {"payment": {"entity": "pay_1"}, "order": {"entity": []}},
        [],
        None,
    ],
    ids=repr,
)
def test_event_of_unused_type_in_any_form_yields_no_evidence(payload: Any) -> None:
    message = parse_webhook({"event": "settlement.processed", "payload": payload})
    assert (message.event, message.order_id, message.evidence) == ("settlement.processed", None, ())
    assert parse_webhook({"event": "settlement.processed"}) == message


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "word",
        {},
        {"event": None},
        {"event": ""},
        {"event": "Payment.Captured"},
        {"event": "x" * 65},
        {"event": "payment.captured"},
        {"event": "payment.captured", "payload": []},
        {"event": "payment.captured", "payload": {"payment": {}}},
        {"event": "order.paid", "payload": {"order": {"entity": {"id": ORDER}}}},
        event("payment.captured", payment={name: value for name, value in payment().items() if name != "order_id"}),
        event("payment.captured", payment=payment(order_id="")),
        event("payment.captured", payment=payment(order_id="order_short")),
        event("payment.captured", payment=payment(order_id=7)),
        event("payment.captured", payment=payment(order_id=f"{ORDER}\n")),
        event("payment.captured", payment=payment("unheard_of")),
        event("payment.failed", payment=payment("created")),
        event("payment.captured", payment=payment(id="pay_short")),
        event("payment.captured", payment=payment(id=None)),
        event("payment.captured", payment=payment(amount="49900")),
        event("payment.captured", payment=payment(amount=499.0)),
        event("payment.captured", payment=payment(amount=True)),
        event("payment.captured", payment=payment(amount=-1)),
        event("payment.captured", payment=payment(amount=10**15 + 1)),
        event("payment.captured", payment=payment(currency="inr")),
        event("payment.captured", payment=payment(currency="RUPEE")),
        event("payment.captured", payment=payment(fee="1178")),
        event("payment.captured", payment=payment(fee=-1)),
        event("payment.captured", payment=payment(fee=11.78)),
        event("payment.authorized", payment=payment("authorized", fee=10**15 + 1)),
        event("payment.captured", payment=payment(offer_id=7)),
        event("payment.captured", payment=payment(offer_id="offer_")),
        event("payment.captured", payment=payment(offer_id="offer_A\n")),
        event("payment.authorized", payment=payment("authorized", offer_id="promo_A")),
        event("payment.captured", payment={"order_id": ORDER}),
        event("refund.processed", payment=payment()),
        event("refund.processed", payment=payment(), refund=refund(id="rfnd_short")),
        event("refund.processed", payment=payment(), refund=refund(payment_id="pay_short")),
        event("refund.processed", payment=payment(), refund=refund(amount=None)),
    ],
    ids=lambda body: repr(body)[-60:],
)
def test_event_with_undocumented_structure_raises_malformed(body: Any) -> None:
    with pytest.raises(MalformedPayload):
        parse_webhook(body)


@pytest.mark.parametrize(("status", "kind"), [("captured", Captured), ("authorized", Authorized)])
def test_payment_entity_fee_and_offer_are_evidence(status: str, kind: type[Captured | Authorized]) -> None:
    [evidence] = from_payment(payment(status, fee=1_178, offer_id="offer_ANZoaxsOww2X53"))
    assert evidence == kind(PAID, 49_900, "INR", fee=1_178, offer_id="offer_ANZoaxsOww2X53")
    [evidence] = from_payment(payment(status, fee=0, offer_id=""))
    assert evidence == kind(PAID, 49_900, "INR", fee=0)
    [evidence] = from_payment(payment(status, fee=None, offer_id=None))
    assert evidence == kind(PAID, 49_900, "INR")


def test_payment_entity_zero_and_largest_amount_are_accepted() -> None:
    assert from_payment(payment(amount=0)) == (Captured(PAID, 0, "INR"),)
    assert from_payment(payment(amount=10**15)) == (Captured(PAID, 10**15, "INR"),)


def test_fetched_refund_uses_own_status_and_keeps_request_key() -> None:
    assert from_refund(refund("processed")) == Refunded(PAID, REFUND, 100, RefundStatus.PROCESSED, None)
    assert from_refund(refund("pending"), request_key="k") == Refunded(PAID, REFUND, 100, RefundStatus.PENDING, "k")
    assert from_refund(refund("pending"), RefundStatus.FAILED).status is RefundStatus.FAILED


@pytest.mark.parametrize("status", ["unheard_of", "unknown", "PROCESSED", "", None, 7, ["processed"]])
def test_refund_of_undocumented_status_is_unknown(status: Any) -> None:
    assert from_refund(refund(status)).status is RefundStatus.UNKNOWN
    [_, evidence] = parse_webhook(event("refund.created", payment=payment(), refund=refund(status))).evidence
    assert evidence == Refunded(PAID, REFUND, 100, RefundStatus.UNKNOWN)


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("refund.processed", "pending", RefundStatus.PROCESSED),
        ("refund.processed", "unheard_of", RefundStatus.PROCESSED),
        ("refund.processed", "failed", RefundStatus.FAILED),
        ("refund.failed", "processed", RefundStatus.FAILED),
        ("refund.failed", "reversed", RefundStatus.REVERSED),
        ("refund.created", "reversed", RefundStatus.REVERSED),
    ],
)
def test_refund_event_states_the_later_of_its_own_status_and_the_entity_s(
    kind: str, status: str, expected: RefundStatus
) -> None:
    [_, evidence] = parse_webhook(event(kind, payment=payment(), refund=refund(status))).evidence
    assert isinstance(evidence, Refunded)
    assert evidence.status is expected


def test_event_name_of_64_characters_is_accepted() -> None:
    assert parse_webhook({"event": "x" * 64}).event == "x" * 64


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"event": "payment.captured"}, "payment.captured"),
        ({"event": "payment.captured", "payload": 7}, "payment.captured"),
        ({"event": "a@b.example"}, None),
        ({"event": None}, None),
        ([], None),
        (None, None),
        ("payment.captured", None),
    ],
    ids=repr,
)
def test_event_type_of_malformed_body_is_its_valid_name_or_none(body: Any, expected: str | None) -> None:
    assert event_type(body) == expected
