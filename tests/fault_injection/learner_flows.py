"""Flows of learners: enroll, order, verify, complete a lesson, withdraw and enroll again."""

from shared.db.entities import Outline
from shared.db.table import keys, store
from tests.fault_injection.flow import ORDER, ExpectedState, Flow, FlowContext, is_done
from tests.fixtures.api import Reply


class EnrollFree(Flow):
    price = 0
    expected = ExpectedState(None, "active", "free")
    expected_settled = ExpectedState(None, "active", "free")

    def act(self, context: FlowContext) -> bool:
        reply = context.shop.enroll(context.learner, context.course.course_id)
        return is_done(reply, "enrollment_already_active")


class CreateOrder(Flow):
    expected = ExpectedState("pending", "pending")
    expected_settled = ExpectedState("failed", "cancelled")

    def act(self, context: FlowContext) -> bool:
        reply = context.shop.request_order(context.learner, context.course.course_id)
        done = is_done(reply)
        if done:
            context.order_id = reply.json["order_id"]
        return done


class Verify(Flow):
    expected = ExpectedState("authorized", "active", ORDER)
    expected_settled = ExpectedState("captured", "active", ORDER)

    def arrange(self, context: FlowContext) -> None:
        context.create_order()
        context.pay()

    def act(self, context: FlowContext) -> bool:
        return is_done(context.shop.verify(context.learner, context.checkout))


class Withdraw(Flow):
    expected = ExpectedState("pending", "cancelled")
    expected_settled = ExpectedState("failed", "cancelled")

    def arrange(self, context: FlowContext) -> None:
        context.create_order()

    def act(self, context: FlowContext) -> bool:
        return is_done(context.learner.delete(f"/api/enrollments/{context.course.course_id}"))


class Reenroll(CreateOrder):
    """Resumes the abandoned order; creates no other."""

    def arrange(self, context: FlowContext) -> None:
        context.create_order()
        self.abandoned_order_id = context.order_id
        context.shop.withdraw(context.learner, context.course.course_id)

    def act(self, context: FlowContext) -> bool:
        done = super().act(context)
        assert context.order_id == self.abandoned_order_id
        return done


class CompleteLastLesson(Flow):
    expected = ExpectedState("captured", "completed", ORDER)
    expected_settled = ExpectedState("captured", "completed", ORDER)

    def arrange(self, context: FlowContext) -> None:
        context.complete_purchase()
        outline = store.get(Outline, keys.outline(context.course.course_id))
        assert outline
        first, self.last_lesson_id = outline.lesson_ids()
        assert self._complete_lesson(context, first).status == 200

    def act(self, context: FlowContext) -> bool:
        return is_done(self._complete_lesson(context, self.last_lesson_id))

    def _complete_lesson(self, context: FlowContext, lesson_id: str) -> Reply:
        path = f"/api/enrollments/{context.course.course_id}/lessons/{lesson_id}"
        return context.learner.put(path, {"completed": True})
