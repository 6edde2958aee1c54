"""Story 10, F80: a request whose transaction is refused, because an item changed since the read, writes nothing and
must not answer as if it had written. It reads and decides again; if it is refused every time, it answers "busy".

The competitor of a case is a moment faster than the transaction, once or every time."""

import pytest

from functions.payments.checkout.adopt_order import adopt_order
from functions.payments.reconciliation.restore.restored_enrollments import await_adopted_order
from shared.db.entities import Outline, Payment
from shared.db.payments.documents import number_series, receipts
from shared.db.payments.documents.number_series import RECEIPTS
from shared.db.table import keys, store
from shared.db.table.keys import Key
from shared.errors import StoreUnavailable
from shared.gateways import razorpay
from tests.fixtures import rows
from tests.fixtures.api import Api
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.refused_transaction_cases import (
    CASES,
    Case,
    Scene,
    abandoned_order,
    all_but_completed,
    bump_enrollment,
    open_order,
    order_paid_at_gateway,
)


@pytest.fixture
def scene(shop: Storefront, student: Api, admin: Api) -> Scene:
    return Scene(shop, student, admin)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_f77_request_refused_once_decides_again_and_writes_once(
    scene: Scene, dynamodb: MemoryDynamoDb, case: Case
) -> None:
    case.prepare(scene)
    dynamodb.run_before("TransactWriteItems", lambda: case.compete(scene))
    reply = case.send(scene)
    assert reply.status == case.status, reply.text
    assert case.result(scene) == case.expected


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_f77_request_refused_every_time_is_busy_and_writes_nothing(
    scene: Scene, dynamodb: MemoryDynamoDb, case: Case
) -> None:
    case.prepare(scene)
    competitor_changes: set[Key] = set()

    def compete() -> None:
        before = snapshot()
        case.compete(scene)
        after = snapshot()
        competitor_changes.update(key for key in after if after[key] != before.get(key))

    before = snapshot()
    dynamodb.run_before("TransactWriteItems", compete, times=case.attempts)
    reply = case.send(scene)
    assert (reply.status, reply.code) == case.busy
    after = snapshot()
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert changed - {keys.progress(scene.student.user_id, scene.course_id)} == competitor_changes
    assert len(competitor_changes) == 1


def test_grant_to_learner_who_enrolls_meanwhile_is_written_on_top(scene: Scene, dynamodb: MemoryDynamoDb) -> None:
    """The transaction of a first enrollment is refused because there is one by now."""
    dynamodb.run_before("TransactWriteItems", lambda: open_order(scene))
    reply = scene.grant()
    assert (reply.status, reply.json["status"], reply.json["granted_by"]) == (201, "active", "admin")
    assert scene.enrollment_kinds() == ["order_created", "admin_granted"]
    assert scene.audit_actions() == ["enrollment.grant"]


def test_grant_of_course_deleted_meanwhile_returns_404_and_writes_nothing(
    scene: Scene, dynamodb: MemoryDynamoDb
) -> None:
    """The first learner marks the course, on the condition that it is as it was read."""
    before = snapshot()
    dynamodb.run_before("TransactWriteItems", lambda: store.delete(keys.course(scene.course_id)))
    reply = scene.grant()
    assert (reply.status, reply.code) == (404, "course_not_found")
    assert set(snapshot()) == set(before) - {keys.course(scene.course_id)}


def test_completion_refused_by_a_new_lesson_leaves_the_enrollment_active(
    scene: Scene, dynamodb: MemoryDynamoDb
) -> None:
    all_but_completed(scene)

    def add_lesson() -> None:
        outline = store.get(Outline, keys.outline(scene.course_id))
        assert outline
        lessons = {outline.sections[0]: [*outline.lesson_ids(), "les_new"]}
        rows.update_by_key(Outline, keys.outline(scene.course_id), lessons=lessons, version=outline.version + 1)

    dynamodb.run_before("TransactWriteItems", add_lesson)
    reply = scene.complete_lessons()
    assert (reply.status, reply.json["status"]) == (200, "active")
    assert scene.enrollment_kinds() == ["enrolled"]


def adopt_lost_order(scene: Scene) -> Payment:
    """The payment of an order that was adopted after the learner withdrew from another one."""
    notes = {"stage": "local", "user_id": scene.student.user_id, "course_id": scene.course_id}
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
    adopt_order(order_id)
    return scene.shop.payment(order_id)


def test_await_adopted_order_refused_once_decides_again(scene: Scene, dynamodb: MemoryDynamoDb) -> None:
    abandoned_order(scene)
    adopted = adopt_lost_order(scene)
    dynamodb.run_before("TransactWriteItems", lambda: bump_enrollment(scene))
    await_adopted_order(adopted)
    enrollment = scene.shop.enrollment(scene.student)
    assert (enrollment.status, enrollment.order_id) == ("pending", adopted.order_id)


def test_await_adopted_order_refused_every_time_raises_and_writes_nothing(
    scene: Scene, dynamodb: MemoryDynamoDb
) -> None:
    abandoned_order(scene)
    adopted = adopt_lost_order(scene)
    dynamodb.run_before("TransactWriteItems", lambda: bump_enrollment(scene), times=5)
    with pytest.raises(StoreUnavailable):
        await_adopted_order(adopted)
    enrollment = scene.shop.enrollment(scene.student)
    assert (enrollment.status, enrollment.order_id) == ("cancelled", scene.order_id)


def test_void_numbers_refused_by_a_new_receipt_voids_the_numbers_after_it(
    scene: Scene, dynamodb: MemoryDynamoDb
) -> None:
    order_paid_at_gateway(scene)
    scene.shop.deliver()
    now = scene.shop.clock.now()
    dynamodb.run_before("TransactWriteItems", scene.shop.sweep)
    voided = number_series.void_numbers(RECEIPTS, "26-27", 10, now, now)
    receipt = receipts.get(scene.order_id)
    assert receipt
    assert (receipt.number, voided.first, voided.last) == ("L/26-27/000001", 2, 11)
    assert number_series.counters(RECEIPTS, ["26-27"])["26-27"].last == 11
