"""What learners do: enroll, order, verify, study, leave and come back."""

from shared.db.entities import Outline
from shared.db.table import keys, store
from tests.fault_injection.flow import ORDER, Flow, FlowContext, is_done
from tests.fixtures.api import Reply


class EnrollFree(Flow):
    price, expected, expected_settled = 0, (None, "active", "free"), (None, "active", "free")

    def act(self, context: FlowContext) -> bool:
        reply = context.shop.enroll(context.learner, context.course.course_id)
        return is_done(reply, "enrollment_already_active")


class CreateOrder(Flow):
    expected, expected_settled = ("pending", "pending", None), ("failed", "cancelled", None)

    def act(self, context: FlowContext) -> bool:
        reply = context.shop.request_order(context.learner, context.course.course_id)
        done = is_done(reply)
        if done:
            context.order_id = reply.json["order_id"]
        return done


class Verify(Flow):
    expected, expected_settled = ("authorized", "active", ORDER), ("captured", "active", ORDER)

    def arrange(self, context: FlowContext) -> None:
        context.create_order()
        context.pay()

    def act(self, context: FlowContext) -> bool:
        return is_done(context.shop.verify(context.learner, context.checkout))


class Withdraw(Flow):
    expected, expected_settled = ("pending", "cancelled", None), ("failed", "cancelled", None)

    def arrange(self, context: FlowContext) -> None:
        context.create_order()

    def act(self, context: FlowContext) -> bool:
        return is_done(context.learner.delete(f"/api/enrollments/{context.course.course_id}"))


class Reenroll(CreateOrder):
    """To the order that was given up: no other is made."""

    def arrange(self, context: FlowContext) -> None:
        context.create_order()
        self.abandoned_order_id = context.order_id
        context.shop.withdraw(context.learner, context.course.course_id)

    def act(self, context: FlowContext) -> bool:
        done = super().act(context)
        assert context.order_id == self.abandoned_order_id
        return done


class CompleteLastLesson(Flow):
    expected, expected_settled = ("captured", "completed", ORDER), ("captured", "completed", ORDER)

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
