"""The checks find what they are made for."""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from functions.payments.invariants.ledger import Breach
from functions.payments.reconciliation.account import listed_transactions
from local.razorpay.operations.checkout_amounts import Payer
from local.razorpay.operations.payments import pay
from local.razorpay.operations.refunds import change_refund_status, complete_refund, refund
from local.razorpay.state.entities import Payment
from shared.db.entities import LedgerEntry, LedgerMonth
from shared.db.payments import account_ledger
from shared.domain.captures import CapturedPayment
from tests.simulation.checks import account_checks, gateway_checks, ledger_checks, promise_checks
from tests.simulation.checks.transitions import count_transitions
from tests.simulation.initial_data import write_initial_data
from tests.simulation.promises import (
    AccessPromise,
    Acknowledgement,
    HoldRefundPromise,
    RefundPromise,
    WebhookAcknowledgement,
)
from tests.simulation.runtime.api_client import call_api
from tests.simulation.runtime.environment import Environment
from tests.simulation.runtime.sandbox import Sandbox
from tests.simulation.session import MODES, SimulationSession


@pytest.fixture
def session(sandbox: Sandbox) -> SimulationSession:
    environment = Environment(5, 0.0)
    sandbox.use_environment(environment)
    return SimulationSession(environment, write_initial_data(Random(1)), MODES[0])


def new_order(session: SimulationSession) -> str:
    learner, course_id = session.data.learners[0], session.data.courses[0]
    created = call_api(
        session.environment, "POST", "/api/payments/create-order", {"course_id": course_id}, token=learner.token
    )
    assert created
    order_id: str = created.body["order_id"]
    return order_id


def paid(session: SimulationSession, outcome: str = "captured", **payer: Any) -> Payment:
    with session.environment.razorpay.locked_ledger() as ledger:
        return pay(ledger, new_order(session), outcome, payer=Payer(**payer))


def refund_for_request(session: SimulationSession, payment: Payment, key: str) -> Any:
    with session.environment.razorpay.locked_ledger() as ledger:
        return refund(ledger, payment.id, {"amount": 5_000, "notes": {"request": key}})


def test_second_refund_of_one_request_is_a_breach(session: SimulationSession) -> None:
    payment = paid(session)
    refund_for_request(session, payment, "a")
    refund_for_request(session, payment, "b")
    assert list(gateway_checks.check_refunds_made_once(session)) == []
    refund_for_request(session, payment, "a")
    assert list(gateway_checks.check_refunds_made_once(session)) == [
        Breach("I4", str(payment.order_id), "the request a was refunded 2 times")
    ]


@pytest.mark.parametrize("status", ["failed", "reversed"])
def test_second_refund_after_a_returned_one_is_no_breach(session: SimulationSession, status: str) -> None:
    payment = paid(session)
    first = refund_for_request(session, payment, "a")
    with session.environment.razorpay.locked_ledger() as ledger:
        complete_refund(ledger, first, "process")
        change_refund_status(ledger, first, status)
    refund_for_request(session, payment, "a")
    assert list(gateway_checks.check_refunds_made_once(session)) == []


@pytest.mark.parametrize(
    ("payer", "breaches"),
    [
        ({}, 0),
        ({"offer_id": "offer_JGQvQtvJmVDRIA", "discount": 4_990}, 0),
        ({"offer_id": "offer_JGQvQtvJmVDRIA", "discount": 4_991}, 1),
        ({"customer_bears_fee": True}, 1),
    ],
)
def test_capture_of_an_amount_that_no_rule_accepts_is_a_breach(
    session: SimulationSession, payer: dict[str, Any], breaches: int
) -> None:
    payment = paid(session, "authorized", **payer)
    session.ledger.orders[str(payment.order_id)].amount = 49_900
    payment.amount = 49_900 - payer.get("discount", 0) + payment.customer_fee
    assert list(gateway_checks.check_captures_wanted(session)) == []
    session.environment.captures_requested.add(payment.id)
    assert len(list(gateway_checks.check_captures_wanted(session))) == breaches


def test_receipt_number_that_was_lost_is_a_breach_when_given_out_again(session: SimulationSession) -> None:
    from shared.db.entities import Receipt

    receipt = Receipt(order_id="order_1", number="LEC/26-27/1")
    assert list(gateway_checks.check_receipts_issued_once(session, [receipt])) == []
    session.lost_receipt_numbers.add("LEC/26-27/1")
    assert list(gateway_checks.check_receipts_issued_once(session, [receipt])) == [
        Breach("I15", "order_1", "the number LEC/26-27/1 was given out twice")
    ]


def test_sums_of_the_account_that_are_not_those_of_its_entries_are_breaches(session: SimulationSession) -> None:
    payment = paid(session, "captured")
    found = listed_transactions.from_payment(payment.entity())
    assert found
    account_ledger.record([found])
    items = ledger_checks.stored_items(session)
    (month,) = [item for item in items if isinstance(item, LedgerMonth)]
    (entry,) = [item for item in items if isinstance(item, LedgerEntry)]
    assert list(account_checks.check_account_sums(items)) == []
    assert list(account_checks.check_account_agrees(session, items)) == []
    month.fee -= 1
    entry.net += 5
    assert list(account_checks.check_account_sums(items)) == [
        Breach("account", month.sk, f"fee is {month.fee}, its entries are {month.fee + 1}"),
        Breach("account", month.sk, f"payment is {payment.amount}, its entries are {payment.amount + 5}"),
    ]
    assert list(account_checks.check_account_agrees(session, items)) == [
        Breach("account", payment.id, f"{found.net + 5} here, {found.net} at the gateway")
    ]


def test_extra_capture_of_the_order_amount_without_a_primary_one_is_a_breach(
    session: SimulationSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = new_order(session)
    ledger = ledger_checks.read_ledger(session)
    amount = ledger.payments[order_id].amount
    captures: list[tuple[CapturedPayment, int]] = [
        (CapturedPayment(amount, "INR"), 1),
        (CapturedPayment(amount - 1, "INR"), 0),
        (CapturedPayment(amount, "INR", on_hold=True), 0),
        (CapturedPayment(amount, "INR", released=True), 0),
    ]
    for capture, breaches in captures:
        monkeypatch.setattr(ledger_checks, "extra_captures", lambda _, each=capture: {"pay_1": each})
        assert len(list(ledger_checks.check_captures_kept(ledger))) == breaches, capture


Promised = Callable[[str], Any]


@pytest.mark.parametrize(
    ("promise", "error"),
    [
        (lambda order: RefundPromise(order, "key", None, 0.0), "the promised full refund is not made: pending"),
        (lambda order: RefundPromise(order, "key", 10_000, 0.0), "the promised refund of 10000 is forgotten"),
    ],
)
def test_refund_promise_that_is_not_kept_is_a_breach(session: SimulationSession, promise: Promised, error: str) -> None:
    order_id = new_order(session)
    session.promises.append(promise(order_id))
    found = list(promise_checks.check_kept(session, ledger_checks.read_ledger(session)))
    assert found == [Breach("I12", order_id, error)]


def test_promised_refund_of_a_payment_on_hold_is_kept_when_everything_was_returned(session: SimulationSession) -> None:
    payment = paid(session)
    session.promises.append(HoldRefundPromise(str(payment.order_id), payment.id, 0.0))
    (found,) = promise_checks.check_kept(session, ledger_checks.read_ledger(session))
    assert found.detail == f"the promised refund of {payment.id} on hold: only 0 of {payment.amount} was returned"
    with session.environment.razorpay.locked_ledger() as ledger:
        refund(ledger, payment.id, {})
    assert list(promise_checks.check_kept(session, ledger_checks.read_ledger(session))) == []


@pytest.mark.parametrize(
    ("promise", "error"),
    [
        (lambda _: WebhookAcknowledgement("event_1", 0.0), "acknowledged, but not in the inbox"),
        (
            lambda order: Acknowledgement(order, "captured", granted=False, at=0.0),
            "the response said captured, which is not in its history",
        ),
        (
            lambda order: Acknowledgement(order, "pending", granted=True, at=0.0),
            "the response granted access, which is not in the enrollment's history",
        ),
        (
            lambda _: AccessPromise("usr_1", "crs_1", granted=True, at=0.0),
            "the response granted access: not in the history",
        ),
        (
            lambda _: AccessPromise("usr_1", "crs_1", granted=False, at=0.0),
            "the response revoked access: not in the history",
        ),
    ],
)
def test_promise_without_its_effect_in_the_history_is_a_breach(
    session: SimulationSession, promise: Promised, error: str
) -> None:
    session.promises.append(promise(new_order(session)))
    found = list(promise_checks.check_recorded(session, ledger_checks.read_ledger(session)))
    assert [(breach.invariant, breach.detail) for breach in found] == [("I12", error)]


def test_transitions_count_changes_of_status(session: SimulationSession) -> None:
    new_order(session)
    learner, course_id = session.data.learners[0], session.data.courses[0]
    assert call_api(session.environment, "DELETE", f"/api/enrollments/{course_id}", token=learner.token)
    new_order(session)
    counted = count_transitions(ledger_checks.read_ledger(session))
    assert counted == Counter({"enrollment pending > cancelled": 1, "enrollment cancelled > pending": 1})


def test_every_logged_error_is_a_breach(session: SimulationSession) -> None:
    session.environment.errors.append("a handler failed: KeyError")
    assert ledger_checks.check_always(session) == [Breach("unhandled", "", "a handler failed: KeyError")]
