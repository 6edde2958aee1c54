"""The n-th request of a flow fails, for every n; the flow is repeated, and the end is as if nothing had happened."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from shared import clock, ids
from shared.db import keys, recount, revocations, store
from shared.db.entities import Enrollment, Payment
from shared.db.keys import Key
from shared.errors import StoreUnavailable
from tests.api import Api
from tests.conftest import new_gateway
from tests.engines.conftest import FEW, THOROUGH
from tests.engines.faults import FAULTS, QUICK, Fault, injected
from tests.engines.flow import ORDER, Flow, Scene, Stored
from tests.engines.flows import FLOWS
from tests.engines.flows_of_learners import CreateOrder, Verify
from tests.engines.flows_of_money import SweepOfPaid, WebhookCaptured
from tests.engines.sound import wrongs
from tests.shop import Shop, stored_course

SLICE = [(flow, fault) for flow in (CreateOrder, Verify, WebhookCaptured, SweepOfPaid) for fault in QUICK]
MOST_REQUESTS = 60
PATIENCE = 4

ONE_EACH = [(flow, FAULTS[number % len(FAULTS)]) for number, flow in enumerate(FLOWS)]
EVERYTHING = [(flow, fault) for flow in FLOWS for fault in FAULTS]

CASES = [
    pytest.param(flow, fault, id=f"{flow.__name__}-{fault}")
    for flow, fault in (SLICE if not THOROUGH else ONE_EACH if FEW else EVERYTHING)
]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("flow", "fault"), CASES)
def test_a_flow_ends_right_whichever_of_its_requests_fails(
    flow: type[Flow], fault: Fault, shop: Shop, faulty: Any, new_user: Callable[..., Api]
) -> None:
    for n in range(1, MOST_REQUESTS):
        _forget_everything(shop)
        course = stored_course(ids.user(), amount=flow.price)
        scene = Scene(shop, new_user("student"), new_user("admin"), course)
        played = flow()
        played.arrange(scene)
        revocations.is_revoked("", clock.now())
        with injected(faulty, fault, n, proxied=THOROUGH) as injection:
            done = played.act(scene)
        for _ in range(PATIENCE):
            done = done or played.act(scene)
        assert done, f"{fault} at request {n}: never done"
        right = [_expected(scene, told) for told in (flow.after, flow.or_else) if told]
        assert _stored(scene) in right, f"{fault} at request {n}"
        assert wrongs(shop.gateway, at_rest=False) == [], f"{fault} at request {n}"
        _come_to_rest(scene)
        assert _stored(scene) == _expected(scene, flow.at_rest), f"{fault} at request {n}, later"
        assert wrongs(shop.gateway) == [], f"{fault} at request {n}, later"
        if not injection.fired:
            assert n > 1
            return
    pytest.fail(f"more than {MOST_REQUESTS} requests")


def _forget_everything(shop: Shop) -> None:
    for _ in range(PATIENCE):
        with suppress(StoreUnavailable):  # a busy machine, and a client that is soon tired of waiting
            store.delete_many([Key(item.pk, item.sk) for item in recount.scan_all()])
            break
    else:
        pytest.fail("the store is never available")
    shop.gateway = new_gateway(shop.time)
    shop.delivered.clear()


def _come_to_rest(scene: Scene) -> None:
    for _ in range(2):
        assert {reply.status for reply in scene.shop.deliver(again=True)} <= {200}
        assert scene.sweep()
        scene.shop.time.pass_time(minutes=16)
    assert scene.sweep()
    assert scene.shop.control("GET", "books")["refunded"] == scene.refunded


def _stored(scene: Scene) -> list[tuple[Any, ...]]:
    """All payments but the one beside it, then the one enrollment."""
    items = list(recount.scan_all())
    payments = [
        (item.order_id, item.status.value)
        for item in items
        if isinstance(item, Payment) and item.order_id != scene.beside
    ]
    enrollment = store.get(Enrollment, keys.enrollment(scene.learner.user_id, scene.course.course_id))
    assert enrollment
    return [*payments, (enrollment.status.value, enrollment.granted_by)]


def _expected(scene: Scene, told: Stored) -> list[tuple[Any, ...]]:
    payment, enrollment, basis = told
    mine = [(scene.order_id, payment)] if payment else []
    return [*mine, (enrollment, scene.order_id if basis == ORDER else basis)]
