"""The sweep expires a pending enrollment without an order, and no other."""

from functions.payments.polling.sweep import sweep
from shared import clock
from tests.fixtures import rows
from tests.fixtures.api import Api
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import Storefront
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.stored_state import enrollment_history
from tests.protocol.sweep_actions import run_sweep, sweep_report


class TestEnrollmentWithoutOrder:
    def test_sweep_enrollment_without_order_expires_at_window_end(self, shop: Storefront, student: Api) -> None:
        student.post("/api/enrollments", {"course_id": shop.course.course_id})
        shop.clock.advance(minutes=29)
        assert run_sweep() == sweep_report()
        shop.clock.advance(minutes=1)
        assert run_sweep() == sweep_report(processed=1, verdicts={"enrollment_expired": 1})
        ended = shop.enrollment(student)
        assert (ended.status, ended.reason, ended.cancelled_at) == ("cancelled", "expired", shop.clock.now())
        assert enrollment_history(student, shop.course.course_id)[-1][:2] == ("expired", "sweep")
        assert run_sweep() == sweep_report()

    def test_sweep_enrollment_before_window_end_is_not_due(self, shop: Storefront, student: Api) -> None:
        student.post("/api/enrollments", {"course_id": shop.course.course_id})
        before = snapshot()
        assert sweep(until=clock.now().replace(hour=13)).verdicts == {"not_due": 1}
        assert snapshot() == before

    def test_sweep_enrollment_with_order_created_meanwhile_is_not_due(
        self, shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
    ) -> None:
        student.post("/api/enrollments", {"course_id": shop.course.course_id})
        shop.clock.advance(minutes=30)
        dynamodb.run_before("BatchGetItem", lambda: shop.create_order(student))
        assert run_sweep() == sweep_report(processed=1, verdicts={"not_due": 1})
        assert shop.enrollment(student).status == "pending"

    def test_sweep_enrollment_changed_before_write_stays_pending(
        self, shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
    ) -> None:
        student.post("/api/enrollments", {"course_id": shop.course.course_id})
        shop.clock.advance(minutes=30)
        dynamodb.run_before("TransactWriteItems", lambda: rows.update(shop.enrollment(student)))
        assert run_sweep() == sweep_report(processed=1, verdicts={"enrollment_changed": 1})
        assert shop.enrollment(student).status == "pending"

    def test_sweep_active_enrollment_with_stale_timer_stays_active(self, shop: Storefront, student: Api) -> None:
        student.post("/api/enrollments", {"course_id": shop.course.course_id})
        rows.update(shop.enrollment(student), status="active")
        shop.clock.advance(minutes=30)
        assert run_sweep() == sweep_report(processed=1, verdicts={"not_due": 1})
        assert shop.enrollment(student).status == "active"
