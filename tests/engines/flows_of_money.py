"""What money does by itself: Razorpay's messages, and the sweep."""

from shared.gateways import razorpay
from tests.engines.flow import ORDER, Scene
from tests.engines.flows_of_learners import Verify
from tests.shop import PRICE


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
        scene.beside, first = scene.order_id, scene.checkout
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
        scene.shop.leave(scene.learner, scene.course.course_id)
        scene.pay()
        scene.shop.deliver()
        scene.refunded = PRICE
