"""The n-th request of a flow fails, for every n. After retries the flow ends in the same state as without a fault."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from shared import clock, ids
from shared.db import table_scan
from shared.db.auth import revocations
from shared.db.entities import Enrollment, Payment
from shared.db.table import keys, store
from shared.db.table.keys import Key
from shared.errors import StoreUnavailable
from tests.conftest import connect_new_gateway
from tests.fault_injection.conftest import FULL_RUN, QUICK_RUN
from tests.fault_injection.faults import FAULTS, QUICK_FAULTS, Fault, inject
from tests.fault_injection.flow import ORDER, ExpectedState, Flow, FlowContext
from tests.fault_injection.flows import FLOWS
from tests.fault_injection.learner_flows import CreateOrder, Verify
from tests.fault_injection.payment_flows import SweepPaidOrder, WebhookCaptured
from tests.fixtures.api import Api
from tests.fixtures.ledger_consistency import ledger_inconsistencies
from tests.fixtures.storefront import Storefront, put_published_course

DEFAULT_CASES = [
    (flow, fault) for flow in (CreateOrder, Verify, WebhookCaptured, SweepPaidOrder) for fault in QUICK_FAULTS
]
MAX_REQUESTS = 60
MAX_RETRIES = 4

ONE_FAULT_PER_FLOW = [(flow, FAULTS[number % len(FAULTS)]) for number, flow in enumerate(FLOWS)]
ALL_CASES = [(flow, fault) for flow in FLOWS for fault in FAULTS]

CASES = [
    pytest.param(flow, fault, id=f"{flow.__name__}-{fault}")
    for flow, fault in (DEFAULT_CASES if not FULL_RUN else ONE_FAULT_PER_FLOW if QUICK_RUN else ALL_CASES)
]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("flow", "fault"), CASES)
def test_flow_with_fault_at_any_request_reaches_its_expected_state(
    flow: type[Flow], fault: Fault, shop: Storefront, faulty_dynamodb: Any, new_user: Callable[..., Api]
) -> None:
    for n in range(1, MAX_REQUESTS):
        _reset_table_and_razorpay(shop)
        course = put_published_course(ids.user(), amount=flow.price)
        context = FlowContext(shop, new_user("student"), new_user("admin"), course)
        attempt = flow()
        attempt.arrange(context)
        revocations.is_revoked("", clock.now())
        with inject(faulty_dynamodb, fault, n, proxied=FULL_RUN) as injection:
            done = attempt.act(context)
        for _ in range(MAX_RETRIES):
            done = done or attempt.act(context)
        assert done, f"{fault} at request {n}: no attempt succeeded"
        allowed = [_expected_state(context, state) for state in (flow.expected, flow.alternative) if state]
        assert _stored_state(context) in allowed, f"{fault} at request {n}"
        assert ledger_inconsistencies(shop.gateway, settled=False) == [], f"{fault} at request {n}"
        _settle_all(context)
        assert _stored_state(context) == _expected_state(context, flow.expected_settled), (
            f"{fault} at request {n}, settled"
        )
        assert ledger_inconsistencies(shop.gateway) == [], f"{fault} at request {n}, settled"
        if not injection.fired:
            assert n > 1
            return
    pytest.fail(f"the flow makes {MAX_REQUESTS} requests or more")


def _reset_table_and_razorpay(shop: Storefront) -> None:
    for _ in range(MAX_RETRIES):
        with suppress(StoreUnavailable):  # the client times out early, and the machine may be busy
            store.delete_many([Key(item.pk, item.sk) for item in table_scan.scan_all()])
            break
    else:
        pytest.fail(f"the table could not be emptied in {MAX_RETRIES} attempts")
    shop.gateway = connect_new_gateway(shop.clock)
    shop.delivered.clear()


def _settle_all(context: FlowContext) -> None:
    for _ in range(2):
        assert {reply.status for reply in context.shop.deliver(redeliver=True)} <= {200}
        assert context.sweep()
        context.shop.clock.advance(minutes=16)
    assert context.sweep()
    assert context.shop.control("GET", "statement")["refunded"] == context.expected_refunds


def _stored_state(context: FlowContext) -> list[tuple[Any, ...]]:
    """(order, status) of all payments except the other order's; then (status, basis of access) of the enrollment."""
    items = list(table_scan.scan_all())
    payments = [
        (item.order_id, item.status.value)
        for item in items
        if isinstance(item, Payment) and item.order_id != context.other_order_id
    ]
    enrollment = store.get(Enrollment, keys.enrollment(context.learner.user_id, context.course.course_id))
    assert enrollment
    return [*payments, (enrollment.status.value, enrollment.granted_by)]


def _expected_state(context: FlowContext, state: ExpectedState) -> list[tuple[Any, ...]]:
    """The state in the form of `_stored_state`."""
    payments = [(context.order_id, state.payment)] if state.payment else []
    return [*payments, (state.enrollment, context.order_id if state.basis == ORDER else state.basis)]
