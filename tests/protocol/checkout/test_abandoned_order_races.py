"""A learner resumes an abandoned order while another device, a webhook, or the sweep changes it."""

from collections.abc import Callable

import pytest

from tests.fixtures.api import Api, Reply
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import Storefront
from tests.protocol.stored_state import enrollment_history, payment_history


class TestConcurrentResume:
    @pytest.mark.parametrize("first", [Storefront.request_order, Storefront.enroll], ids=["an order", "an enrollment"])
    @pytest.mark.parametrize("second", [Storefront.request_order, Storefront.enroll], ids=["an order", "an enrollment"])
    def test_resume_twice_at_once_uses_one_order(
        self,
        shop: Storefront,
        student: Api,
        abandoned_order_id: str,
        dynamodb: MemoryDynamoDb,
        first: Callable[[Storefront, Api], Reply],
        second: Callable[[Storefront, Api], Reply],
    ) -> None:
        dynamodb.run_before("TransactWriteItems", lambda: first(shop, student))
        assert second(shop, student).status == 200
        assert (shop.enrollment(student).order_id, shop.gateway_order_ids()) == (
            abandoned_order_id,
            [abandoned_order_id],
        )
        kinds = [why for why, *_ in enrollment_history(student, shop.course.course_id)]
        assert kinds == ["order_created", "withdrawn", "order_resumed"]

    def test_resume_racing_resume_and_withdrawal_returns_same_order(
        self, shop: Storefront, student: Api, abandoned_order_id: str, dynamodb: MemoryDynamoDb
    ) -> None:
        def there_and_back() -> None:
            shop.request_order(student)
            shop.withdraw(student)

        dynamodb.run_before("TransactWriteItems", there_and_back)
        again = shop.request_order(student)
        assert (again.status, again.json["order_id"]) == (200, abandoned_order_id)
        assert (shop.enrollment(student).status, shop.gateway_order_ids()) == ("pending", [abandoned_order_id])

    def test_withdraw_racing_withdrawal_and_resume_cancels_enrollment(
        self, shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
    ) -> None:
        """The enrollment is withdrawn and resumed between read and write of the withdrawal, which ends it again."""
        order_id = shop.create_order(student)["order_id"]

        def back_and_there() -> None:
            shop.withdraw(student)
            assert shop.request_order(student).json["order_id"] == order_id

        dynamodb.run_before("TransactWriteItems", back_and_there)
        shop.withdraw(student)
        assert (shop.enrollment(student).status, shop.enrollment(student).order_id) == ("cancelled", order_id)
        assert shop.payment(order_id).status == "pending"

    def test_resume_racing_capture_creates_new_order_and_refunds_old_one(
        self, shop: Storefront, student: Api, abandoned_order_id: str, dynamodb: MemoryDynamoDb
    ) -> None:
        shop.pay(abandoned_order_id)
        dynamodb.run_before("TransactWriteItems", shop.deliver)
        made = shop.request_order(student)
        assert (made.status, shop.gateway_order_ids()) == (201, [abandoned_order_id, made.json["order_id"]])
        assert (shop.payment(abandoned_order_id).status, shop.payment(abandoned_order_id).reason) == (
            "refund_pending",
            "not_wanted",
        )
        assert shop.enrollment(student).order_id == made.json["order_id"]

    def test_capture_racing_resume_grants_access(
        self, shop: Storefront, student: Api, abandoned_order_id: str, dynamodb: MemoryDynamoDb
    ) -> None:
        shop.pay(abandoned_order_id)
        dynamodb.run_before("TransactWriteItems", lambda: shop.request_order(student))
        assert [reply.json["outcome"] for reply in shop.deliver("payment.captured")] == ["granted"]
        assert shop.states(student, abandoned_order_id) == ("captured", "active")

    def test_resume_racing_sweep_poll_keeps_order_pending(
        self, shop: Storefront, student: Api, abandoned_order_id: str, dynamodb: MemoryDynamoDb
    ) -> None:
        shop.clock.advance(minutes=5)
        dynamodb.run_before("TransactWriteItems", shop.sweep)
        assert shop.request_order(student).json["order_id"] == abandoned_order_id
        assert [evidence for evidence, *_ in payment_history(abandoned_order_id)] == ["NothingPaid"]
        assert shop.states(student, abandoned_order_id) == ("pending", "pending")

    def test_resume_racing_expiry_creates_new_order(
        self, shop: Storefront, student: Api, abandoned_order_id: str, dynamodb: MemoryDynamoDb
    ) -> None:
        def late() -> None:
            shop.clock.advance(minutes=30)
            assert shop.sweep() == {"expired": 1}

        dynamodb.run_before("TransactWriteItems", late)
        made = shop.request_order(student)
        assert (made.status, shop.gateway_order_ids()) == (201, [abandoned_order_id, made.json["order_id"]])
        assert shop.payment(abandoned_order_id).reason == "expired"
        assert shop.payment(made.json["order_id"]).status == "pending"

    def test_expiry_racing_resume_cancels_resumed_enrollment(
        self, shop: Storefront, student: Api, abandoned_order_id: str, dynamodb: MemoryDynamoDb
    ) -> None:
        """With a slow clock, the order is resumed at the very end of its window: the enrollment expires with it."""

        def slow() -> None:
            shop.clock.advance(seconds=-1)
            assert shop.request_order(student).status == 200
            shop.clock.advance(seconds=1)

        shop.clock.advance(minutes=30)
        dynamodb.run_before("TransactWriteItems", slow)
        assert shop.sweep() == {"expired": 1}
        assert (shop.states(student, abandoned_order_id), shop.enrollment(student).reason) == (
            ("failed", "cancelled"),
            "expired",
        )
