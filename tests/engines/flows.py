"""The flows a purchase is made of, each as its caller repeats it, and what it must have led to.

`act` is one call of whoever drives the flow; it answers whether that one would be content. `after` is what must be
stored then: (payment, enrollment, what the access rests on, or None), or else `or_else`, where a part may be left for
the next sweep; `at_rest` the same once every message has arrived and the sweep has come round.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from shared.db import keys, store
from shared.db.entities import Course, Outline
from shared.gateways import razorpay
from tests.api import Api, Reply
from tests.shop import PRICE, Shop

Stored = tuple[str | None, str, str | None]
DONE = (200, 201)
ORDER = "its order"


@dataclass
class Scene:
    shop: Shop
    learner: Api
    admin: Api
    course: Course
    order_id: str = ""
    checkout: dict[str, str] | None = None
    refunded: int = 0
    beside: str = ""
    """Another order of the learner for the same course."""

    def order(self) -> None:
        self.order_id = self.shop.order(self.learner, self.course.course_id)["order_id"]

    def pay(self, outcome: str = "captured", **fields: Any) -> None:
        self.checkout = self.shop.pay(self.order_id, outcome, **fields)

    def bought(self) -> None:
        self.order()
        self.pay()
        assert self.shop.verify(self.learner, self.checkout or {}).status == 200
        assert {reply.status for reply in self.shop.deliver()} == {200}

    def sweep(self) -> bool:
        """Whether the scheduler's run came to its end and left nothing; if not, it is time for what it put off."""
        from shared.errors import StoreUnavailable

        try:
            if "left" not in self.shop.sweep():
                return True
        except StoreUnavailable:
            pass
        self.shop.time.pass_time(minutes=10)
        return False

    def delivered(self, kind: str) -> bool:
        """Whether the gateway has to send its event no more."""
        [event] = [each for each in self.shop.gateway.ledger.outbox.events.values() if each.type == kind]
        return self.shop.send(event).status == 200


class Flow:
    price: ClassVar[int] = PRICE
    after: ClassVar[Stored]
    or_else: ClassVar[Stored | None] = None
    at_rest: ClassVar[Stored]

    def arrange(self, scene: Scene) -> None:
        """Before the first fault."""

    def act(self, scene: Scene) -> bool:
        raise NotImplementedError


def content(reply: Reply, *already: str) -> bool:
    """Done, or told by a refusal with one of the codes `already` that it was; anything else must be worth repeating."""
    if reply.status in DONE:
        return True
    if reply.status == 409 and reply.code in already:
        return True
    assert reply.status == 503, reply.text
    return False


class EnrollFree(Flow):
    price, after, at_rest = 0, (None, "active", "free"), (None, "active", "free")

    def act(self, scene: Scene) -> bool:
        reply = scene.learner.post("/api/enrollments", {"course_id": scene.course.course_id})
        return content(reply, "enrollment_already_active")


class CreateOrder(Flow):
    after, at_rest = ("pending", "pending", None), ("failed", "cancelled", None)

    def act(self, scene: Scene) -> bool:
        reply = scene.learner.post("/api/payments/create-order", {"course_id": scene.course.course_id})
        if content(reply):
            scene.order_id = reply.json["order_id"]
        return reply.status in DONE


class Verify(Flow):
    after, at_rest = ("authorized", "active", ORDER), ("captured", "active", ORDER)

    def arrange(self, scene: Scene) -> None:
        scene.order()
        scene.pay()

    def act(self, scene: Scene) -> bool:
        return content(scene.shop.verify(scene.learner, scene.checkout or {}))


class WebhookCaptured(Verify):
    after, at_rest = ("captured", "active", ORDER), ("captured", "active", ORDER)

    def act(self, scene: Scene) -> bool:
        return scene.delivered("payment.captured")


class WebhookOrderPaid(WebhookCaptured):
    def act(self, scene: Scene) -> bool:
        return scene.delivered("order.paid")


class WebhookOfUnknownOrder(WebhookCaptured):
    """The row of the order was never written: it is adopted."""

    def arrange(self, scene: Scene) -> None:
        notes = {"stage": "local", "user_id": scene.learner.user_id, "course_id": scene.course.course_id}
        scene.order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
        scene.pay()


class WebhookOfAnotherAmount(WebhookCaptured):
    """It is held, and the order has failed."""

    after, at_rest = ("failed", "cancelled", None), ("failed", "cancelled", None)

    def arrange(self, scene: Scene) -> None:
        scene.order()
        scene.pay(amount=PRICE - 100)


class WebhookBesideReservedMoney(WebhookCaptured):
    """The access moves to the money that is here; what was reserved is captured later, and goes back."""

    def arrange(self, scene: Scene) -> None:
        scene.order()
        scene.pay("authorized")
        scene.beside, first = scene.order_id, scene.checkout or {}
        scene.shop.time.pass_time(minutes=31)
        scene.order()
        scene.pay()
        assert scene.shop.verify(scene.learner, first).status == 200
        scene.refunded = PRICE


class SweepOfPaid(WebhookCaptured):
    def arrange(self, scene: Scene) -> None:
        super().arrange(scene)
        scene.shop.time.pass_time(minutes=5)

    def act(self, scene: Scene) -> bool:
        return scene.sweep()


class SweepOfAuthorized(SweepOfPaid):
    """The sweep captures what was only authorised. When it stops between the two steps, access is given already."""

    or_else = ("authorized", "active", ORDER)

    def arrange(self, scene: Scene) -> None:
        scene.order()
        scene.pay("authorized")
        scene.shop.time.pass_time(minutes=16)


class SweepOfUnpaid(SweepOfPaid):
    after, at_rest = ("failed", "cancelled", None), ("failed", "cancelled", None)

    def arrange(self, scene: Scene) -> None:
        scene.order()
        scene.shop.time.pass_time(minutes=30)


class SweepOfUnwanted(SweepOfPaid):
    """Money that came after the learner withdrew goes back. When a sweep comes later, it is back."""

    or_else = ("refunded", "cancelled", None)
    after, at_rest = ("refund_pending", "cancelled", None), ("refunded", "cancelled", None)

    def arrange(self, scene: Scene) -> None:
        scene.order()
        scene.learner.delete(f"/api/enrollments/{scene.course.course_id}")
        scene.pay()
        scene.shop.deliver()
        scene.refunded = PRICE


class Refund(Flow):
    after, at_rest = ("refund_pending", "cancelled", None), ("refunded", "cancelled", None)

    def arrange(self, scene: Scene) -> None:
        scene.bought()
        scene.refunded = PRICE

    def act(self, scene: Scene) -> bool:
        return content(scene.admin.post(f"/api/payments/{scene.order_id}/refund", {"reason": "asked for"}))


class RefundOfWhatIsHeld(Refund):
    after, at_rest = ("failed", "cancelled", None), ("failed", "cancelled", None)

    def act(self, scene: Scene) -> bool:
        held = (scene.checkout or {})["razorpay_payment_id"]
        body = {"reason": "asked for", "payment_id": held}
        return content(scene.admin.post(f"/api/payments/{scene.order_id}/refund", body))

    def arrange(self, scene: Scene) -> None:
        scene.order()
        scene.pay(amount=PRICE - 100)
        scene.shop.deliver()
        scene.refunded = PRICE - 100


class RefundOfAPart(Refund):
    after, at_rest = ("captured", "active", ORDER), ("captured", "active", ORDER)

    def arrange(self, scene: Scene) -> None:
        scene.bought()
        scene.refunded = 10_000

    def act(self, scene: Scene) -> bool:
        body = {"reason": "asked for", "amount": 10_000}
        path, headers = f"/api/payments/{scene.order_id}/refund", {"Idempotency-Key": "part-1"}
        return content(scene.admin.post(path, body, headers=headers))


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
        assert scene.learner.delete(f"/api/enrollments/{scene.course.course_id}").status == 200

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
        return content(scene.admin.post("/api/enrollments/revoke", access(scene)), "no_access_to_take")


def access(scene: Scene) -> dict[str, Any]:
    return {"user_id": scene.learner.user_id, "course_id": scene.course.course_id, "reason": "asked for"}


FLOWS: list[type[Flow]] = [
    EnrollFree,
    CreateOrder,
    Verify,
    WebhookCaptured,
    WebhookOrderPaid,
    WebhookOfUnknownOrder,
    SweepOfPaid,
    SweepOfAuthorized,
    SweepOfUnpaid,
    SweepOfUnwanted,
    Refund,
    RefundOfAPart,
    Withdraw,
    CompletingTick,
    Grant,
    Revoke,
    ComeBack,
    WebhookOfAnotherAmount,
    WebhookBesideReservedMoney,
    RefundOfWhatIsHeld,
]
