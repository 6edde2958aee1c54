"""What learners do: enroll, order, verify, study, leave and come back."""

from shared.db import keys, store
from shared.db.entities import Outline
from tests.api import Reply
from tests.engines.flow import ORDER, Flow, Scene, content


class EnrollFree(Flow):
    price, after, at_rest = 0, (None, "active", "free"), (None, "active", "free")

    def act(self, scene: Scene) -> bool:
        reply = scene.shop.enroll(scene.learner, scene.course.course_id)
        return content(reply, "enrollment_already_active")


class CreateOrder(Flow):
    after, at_rest = ("pending", "pending", None), ("failed", "cancelled", None)

    def act(self, scene: Scene) -> bool:
        reply = scene.shop.ask(scene.learner, scene.course.course_id)
        done = content(reply)
        if done:
            scene.order_id = reply.json["order_id"]
        return done


class Verify(Flow):
    after, at_rest = ("authorized", "active", ORDER), ("captured", "active", ORDER)

    def arrange(self, scene: Scene) -> None:
        scene.order()
        scene.pay()

    def act(self, scene: Scene) -> bool:
        return content(scene.shop.verify(scene.learner, scene.checkout))


class Withdraw(Flow):
    after, at_rest = ("pending", "cancelled", None), ("failed", "cancelled", None)

    def arrange(self, scene: Scene) -> None:
        scene.order()

    def act(self, scene: Scene) -> bool:
        return content(scene.learner.delete(f"/api/enrollments/{scene.course.course_id}"))


class ComeBack(CreateOrder):
    """To the order that was given up: no other is made."""

    def arrange(self, scene: Scene) -> None:
        scene.order()
        self.given_up = scene.order_id
        scene.shop.leave(scene.learner, scene.course.course_id)

    def act(self, scene: Scene) -> bool:
        done = super().act(scene)
        assert scene.order_id == self.given_up
        return done


class CompletingTick(Flow):
    after, at_rest = ("captured", "completed", ORDER), ("captured", "completed", ORDER)

    def arrange(self, scene: Scene) -> None:
        scene.bought()
        outline = store.get(Outline, keys.outline(scene.course.course_id))
        assert outline
        first, self.last = outline.lesson_ids()
        assert self._tick(scene, first).status == 200

    def act(self, scene: Scene) -> bool:
        return content(self._tick(scene, self.last))

    def _tick(self, scene: Scene, lesson_id: str) -> Reply:
        path = f"/api/enrollments/{scene.course.course_id}/lessons/{lesson_id}"
        return scene.learner.put(path, {"completed": True})
