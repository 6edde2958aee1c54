"""The n-th request of a flow fails, for every n; the flow is repeated, and the end is as if nothing had happened."""

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
MOST_REQUESTS = 60
MAX_REPEATS = 4

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
    for n in range(1, MOST_REQUESTS):
        _reset_table_and_razorpay(shop)
        course = put_published_course(ids.user(), amount=flow.price)
        scene = FlowContext(shop, new_user("student"), new_user("admin"), course)
        played = flow()
        played.arrange(scene)
        revocations.is_revoked("", clock.now())
        with inject(faulty_dynamodb, fault, n, proxied=FULL_RUN) as injection:
            done = played.act(scene)
        for _ in range(MAX_REPEATS):
            done = done or played.act(scene)
        assert done, f"{fault} at request {n}: never done"
        right = [_expected_state(scene, told) for told in (flow.expected, flow.alternative) if told]
        assert _stored_state(scene) in right, f"{fault} at request {n}"
        assert ledger_inconsistencies(shop.gateway, settled=False) == [], f"{fault} at request {n}"
        _settle_all(scene)
        assert _stored_state(scene) == _expected_state(scene, flow.expected_settled), f"{fault} at request {n}, later"
        assert ledger_inconsistencies(shop.gateway) == [], f"{fault} at request {n}, later"
        if not injection.fired:
            assert n > 1
            return
    pytest.fail(f"more than {MOST_REQUESTS} requests")


def _reset_table_and_razorpay(shop: Storefront) -> None:
    for _ in range(MAX_REPEATS):
        with suppress(StoreUnavailable):  # a busy machine, and a client that is soon tired of waiting
            store.delete_many([Key(item.pk, item.sk) for item in table_scan.scan_all()])
            break
    else:
        pytest.fail("the store is never available")
    shop.gateway = connect_new_gateway(shop.clock)
    shop.delivered.clear()


def _settle_all(scene: FlowContext) -> None:
    for _ in range(2):
        assert {reply.status for reply in scene.shop.deliver(redeliver=True)} <= {200}
        assert scene.sweep()
        scene.shop.clock.advance(minutes=16)
    assert scene.sweep()
    assert scene.shop.control("GET", "statement")["refunded"] == scene.expected_refunds


def _stored_state(scene: FlowContext) -> list[tuple[Any, ...]]:
    """All payments but the one beside it, then the one enrollment."""
    items = list(table_scan.scan_all())
    payments = [
        (item.order_id, item.status.value)
        for item in items
        if isinstance(item, Payment) and item.order_id != scene.other_order_id
    ]
    enrollment = store.get(Enrollment, keys.enrollment(scene.learner.user_id, scene.course.course_id))
    assert enrollment
    return [*payments, (enrollment.status.value, enrollment.granted_by)]


def _expected_state(scene: FlowContext, told: ExpectedState) -> list[tuple[Any, ...]]:
    payment, enrollment, basis = told
    mine = [(scene.order_id, payment)] if payment else []
    return [*mine, (enrollment, scene.order_id if basis == ORDER else basis)]
