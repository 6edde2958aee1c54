"""Conversion of Razorpay's events to evidence, and the rejection of malformed events."""

from typing import Any

import pytest

from functions.payments.razorpay_evidence import (
    MalformedPayload,
    event_type,
    from_payment,
    from_refund,
    parse_webhook,
)
from shared.domain.captures import RefundStatus
from shared.settlement.evidence import (
    AttemptFailed,
    AuthorizationVoided,
    Authorized,
    Captured,
    DisputeLost,
    Evidence,
    Refunded,
)

ORDER, PAID, REFUND = "order_AAAAAAAAAAAAAA", "pay_AAAAAAAAAAAAAA", "rfnd_AAAAAAAAAAAAAA"
CAPTURED = Captured(PAID, 49_900, "INR")


def payment(status: str = "captured", **fields: Any) -> dict[str, Any]:
    return {"id": PAID, "order_id": ORDER, "amount": 49_900, "currency": "INR", "status": status, **fields}


def refund(status: str = "pending", **fields: Any) -> dict[str, Any]:
    return {"id": REFUND, "payment_id": PAID, "amount": 100, "status": status, **fields}


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


def test_lost_dispute_event_proves_capture_and_lost_dispute() -> None:
    for deducted, amount in ((0, 500), (300, 300)):
        dispute = {"id": "disp_A1", "payment_id": PAID, "amount": 500, "amount_deducted": deducted}
        message = parse_webhook(event("payment.dispute.lost", payment=payment(), dispute=dispute))
        assert message.evidence == (CAPTURED, DisputeLost(PAID, "disp_A1", amount))


@pytest.mark.parametrize(
    "invalid_fields",
    [{}, {"id": "disp_"}, {"id": "A1"}, {"payment_id": "A1"}, {"amount_deducted": -1}, {"amount": 1.5}],
    ids=str,
)
def test_lost_dispute_event_missing_or_invalid_entity_raises_malformed(invalid_fields: dict[str, Any]) -> None:
    dispute = {"id": "disp_A1", "payment_id": PAID, "amount": 500} | invalid_fields
    entities = {"dispute": dispute} if invalid_fields else {}
    with pytest.raises(MalformedPayload):
        parse_webhook(event("payment.dispute.lost", payment=payment(), **entities))


@pytest.mark.parametrize("kind", ["payment.dispute.created", "payment.dispute.won", "refund.speed_changed", "a"])
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
        event("refund.created", payment=payment(), refund=refund("unheard_of")),
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
