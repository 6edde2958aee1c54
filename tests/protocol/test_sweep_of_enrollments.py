"""The sweep ends an enrollment that nobody began to pay, and no other."""

from functions.payments.sweep import sweep
from shared import clock
from tests import stored
from tests.api import Api
from tests.contents import contents
from tests.protocol.memory import Memory
from tests.protocol.read_back import enrollment_steps
from tests.protocol.sweeping import report, swept
from tests.shop import Shop


class TestAnEnrollmentNobodyBeganToPay:
    def test_it_expires_with_its_own_window(self, shop: Shop, student: Api) -> None:
        student.post("/api/enrollments", {"course_id": shop.course.course_id})
        shop.time.pass_time(minutes=29)
        assert swept() == report()
        shop.time.pass_time(minutes=1)
        assert swept() == report(processed=1, verdicts={"enrollment_written": 1})
        ended = shop.enrollment(student)
        assert (ended.status, ended.reason, ended.cancelled_at) == ("cancelled", "expired", shop.time.now())
        assert enrollment_steps(student, shop.course.course_id)[-1][:2] == ("expired", "sweep")
        assert swept() == report()

    def test_not_before_it_is_due_whoever_asks(self, shop: Shop, student: Api) -> None:
        student.post("/api/enrollments", {"course_id": shop.course.course_id})
        before = contents()
        assert sweep(until=clock.now().replace(hour=13)).verdicts == {"not_due": 1}
        assert contents() == before

    def test_not_when_it_is_paid_for_meanwhile(self, shop: Shop, student: Api, memory: Memory) -> None:
        student.post("/api/enrollments", {"course_id": shop.course.course_id})
        shop.time.pass_time(minutes=30)
        memory.before("BatchGetItem", lambda: shop.order(student))
        assert swept() == report(processed=1, verdicts={"not_due": 1})
        assert shop.enrollment(student).status == "pending"

    def test_not_when_it_changes_at_the_last_moment(self, shop: Shop, student: Api, memory: Memory) -> None:
        student.post("/api/enrollments", {"course_id": shop.course.course_id})
        shop.time.pass_time(minutes=30)
        memory.before("TransactWriteItems", lambda: stored.change(shop.enrollment(student)))
        assert swept() == report(processed=1, verdicts={"enrollment_changed": 1})
        assert shop.enrollment(student).status == "pending"

    def test_not_when_it_is_open_whatever_timer_it_still_has(self, shop: Shop, student: Api) -> None:
        student.post("/api/enrollments", {"course_id": shop.course.course_id})
        stored.change(shop.enrollment(student), status="active")
        shop.time.pass_time(minutes=30)
        assert swept() == report(processed=1, verdicts={"not_due": 1})
        assert shop.enrollment(student).status == "active"
