"""A learner's request that is approved, and comes again: a double click, or its answer was lost."""

from typing import Any

import pytest

from shared.db import idempotency_keys
from shared.db.payments import payments
from tests.fixtures.api import Api
from tests.fixtures.storefront import Storefront
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.learner_requests.request_actions import ask, breaches, decide, set_terms
from tests.protocol.refund_actions import process_refunds


@pytest.mark.parametrize("approval", ["rule", "admin"])
def test_approved_request_that_is_repeated_returns_its_state_and_changes_nothing(
    shop: Storefront,
    student: Api,
    admin: Api,
    paid_order_id: str,
    gateway_calls: list[str],
    monkeypatch: pytest.MonkeyPatch,
    approval: str,
) -> None:
    set_terms(monkeypatch, approval=approval)
    assert ask(student, paid_order_id).status == 201
    if approval == "admin":
        decide(admin, paid_order_id)
    shop.clock.advance(minutes=1)
    gateway_calls.clear()
    for made in (False, True):
        if made:
            process_refunds(shop)
            gateway_calls.clear()
        before = snapshot()
        reply = ask(student, paid_order_id)
        assert (reply.status, reply.json["payment"]["learner_request"]["state"]) == (201, "approved")
        assert reply.json["payment"]["status"] == ("refunded" if made else "refund_pending")
        assert reply.json["enrollment"]["status"] == "cancelled"
        assert (snapshot(), gateway_calls) == (before, [])
    other = ask(student, paid_order_id, "another reason")
    assert (other.status, other.code) == (409, "refund_request_decided")
    assert breaches() == []


def test_second_of_two_requests_at_once_that_the_rule_approves_gets_the_same_state(
    shop: Storefront,
    student: Api,
    paid_order_id: str,
    gateway_calls: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_terms(monkeypatch, approval="rule")
    write = payments.write_settlement

    def after_the_other(*arguments: Any) -> Any:
        monkeypatch.setattr(payments, "write_settlement", write)
        assert ask(student, paid_order_id).status == 201
        return write(*arguments)

    monkeypatch.setattr(payments, "write_settlement", after_the_other)
    reply = ask(student, paid_order_id)
    assert (reply.status, reply.json["payment"]["learner_request"]["state"]) == (201, "approved")
    assert sum("/refund " in call for call in gateway_calls) == 1
    process_refunds(shop)
    assert len(shop.payment(paid_order_id).refunds.as_dict()) == 1
    assert breaches() == []


def test_request_whose_answer_was_lost_is_repeated_with_its_key_after_the_first_run_died(
    shop: Storefront, student: Api, paid_order_id: str, gateway_calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The approval is stored and the answer is not: the key is free again after a minute."""

    def die(*_: Any, **__: Any) -> None:
        raise RuntimeError("died")

    set_terms(monkeypatch, approval="rule")
    headers = {"Idempotency-Key": "0b9f1f6e-4f54-4d7c-9a57-1c1f7a5c6a11"}
    with monkeypatch.context() as patch:
        patch.setattr(idempotency_keys, "save_response", die)
        assert ask(student, paid_order_id, headers=headers).status == 500
    shop.clock.advance(seconds=61)
    reply = ask(student, paid_order_id, headers=headers)
    assert (reply.status, reply.json["payment"]["learner_request"]["state"]) == (201, "approved")
    assert sum("/refund " in call for call in gateway_calls) == 1
