"""What admins do: give money back, give access and take it."""

from typing import Any

from tests.engines.flow import ORDER, Flow, Scene, content
from tests.shop import PRICE, refund


class Refund(Flow):
    after, at_rest = ("refund_pending", "cancelled", None), ("refunded", "cancelled", None)

    def arrange(self, scene: Scene) -> None:
        scene.bought()
        scene.refunded = PRICE

    def act(self, scene: Scene) -> bool:
        return content(refund(scene.admin, scene.order_id))


class RefundOfWhatIsHeld(Refund):
    after, at_rest = ("failed", "cancelled", None), ("failed", "cancelled", None)

    def arrange(self, scene: Scene) -> None:
        scene.order()
        scene.pay(amount=PRICE - 100)
        scene.shop.deliver()
        scene.refunded = PRICE - 100

    def act(self, scene: Scene) -> bool:
        held = scene.checkout["razorpay_payment_id"]
        return content(refund(scene.admin, scene.order_id, payment_id=held))


class RefundOfAPart(Refund):
    after, at_rest = ("captured", "active", ORDER), ("captured", "active", ORDER)

    def arrange(self, scene: Scene) -> None:
        scene.bought()
        scene.refunded = 10_000

    def act(self, scene: Scene) -> bool:
        return content(refund(scene.admin, scene.order_id, 10_000, "part-1"))


class Grant(Flow):
    after, at_rest = (None, "active", "admin"), (None, "active", "admin")

    def act(self, scene: Scene) -> bool:
        return content(scene.admin.post("/api/enrollments/grant", access(scene)), "enrollment_already_active")


class Revoke(Flow):
    after, at_rest = ("refund_pending", "cancelled", None), ("refunded", "cancelled", None)

    def arrange(self, scene: Scene) -> None:
        scene.bought()
        scene.refunded = PRICE

    def act(self, scene: Scene) -> bool:
        return content(scene.admin.post("/api/enrollments/revoke", access(scene)), "no_access_to_revoke")


def access(scene: Scene) -> dict[str, Any]:
    return {"user_id": scene.learner.user_id, "course_id": scene.course.course_id, "reason": "asked for"}
