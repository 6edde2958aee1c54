"""Who comes back to an order does so in the same moment as another device, a message, or the sweep."""

from collections.abc import Callable

import pytest

from tests.api import Api, Reply
from tests.protocol.memory import Memory
from tests.protocol.read_back import enrollment_steps, payment_steps
from tests.shop import Shop


class TestAtTheSameTime:
    @pytest.mark.parametrize("first", [Shop.ask, Shop.enroll], ids=["an order", "an enrollment"])
    @pytest.mark.parametrize("second", [Shop.ask, Shop.enroll], ids=["an order", "an enrollment"])
    def test_two_come_back_to_one_order(
        self,
        shop: Shop,
        student: Api,
        given_up: str,
        memory: Memory,
        first: Callable[[Shop, Api], Reply],
        second: Callable[[Shop, Api], Reply],
    ) -> None:
        memory.before("TransactWriteItems", lambda: first(shop, student))
        assert second(shop, student).status == 200
        assert (shop.enrollment(student).order_id, shop.orders()) == (given_up, [given_up])
        told = [why for why, *_ in enrollment_steps(student, shop.course.course_id)]
        assert told == ["order_created", "withdrawn", "order_resumed"]

    def test_as_another_device_comes_back_and_gives_up_again(
        self, shop: Shop, student: Api, given_up: str, memory: Memory
    ) -> None:
        def there_and_back() -> None:
            shop.ask(student)
            shop.leave(student)

        memory.before("TransactWriteItems", there_and_back)
        again = shop.ask(student)
        assert (again.status, again.json["order_id"]) == (200, given_up)
        assert (shop.enrollment(student).status, shop.orders()) == ("pending", [given_up])

    def test_as_it_is_given_up(self, shop: Shop, student: Api, memory: Memory) -> None:
        """The withdrawal meets an enrollment that was given up and taken up since it was read: it ends that."""
        order_id = shop.order(student)["order_id"]

        def back_and_there() -> None:
            shop.leave(student)
            assert shop.ask(student).json["order_id"] == order_id

        memory.before("TransactWriteItems", back_and_there)
        shop.leave(student)
        assert (shop.enrollment(student).status, shop.enrollment(student).order_id) == ("cancelled", order_id)
        assert shop.payment(order_id).status == "pending"

    def test_as_its_money_is_heard_of(self, shop: Shop, student: Api, given_up: str, memory: Memory) -> None:
        shop.pay(given_up)
        memory.before("TransactWriteItems", shop.deliver)
        made = shop.ask(student)
        assert (made.status, shop.orders()) == (201, [given_up, made.json["order_id"]])
        assert (shop.payment(given_up).status, shop.payment(given_up).reason) == ("refund_pending", "not_wanted")
        assert shop.enrollment(student).order_id == made.json["order_id"]

    def test_as_its_money_is_about_to_be_refused(self, shop: Shop, student: Api, given_up: str, memory: Memory) -> None:
        shop.pay(given_up)
        memory.before("TransactWriteItems", lambda: shop.ask(student))
        assert [reply.json["outcome"] for reply in shop.deliver("payment.captured")] == ["granted"]
        assert shop.states(student, given_up) == ("captured", "active")

    def test_as_the_sweep_looks_at_it(self, shop: Shop, student: Api, given_up: str, memory: Memory) -> None:
        shop.time.pass_time(minutes=5)
        memory.before("TransactWriteItems", shop.sweep)
        assert shop.ask(student).json["order_id"] == given_up
        assert [evidence for evidence, *_ in payment_steps(given_up)] == ["NothingPaid"]
        assert shop.states(student, given_up) == ("pending", "pending")

    def test_as_the_sweep_ends_it(self, shop: Shop, student: Api, given_up: str, memory: Memory) -> None:
        def late() -> None:
            shop.time.pass_time(minutes=30)
            assert shop.sweep() == {"expired": 1}

        memory.before("TransactWriteItems", late)
        made = shop.ask(student)
        assert (made.status, shop.orders()) == (201, [given_up, made.json["order_id"]])
        assert shop.payment(given_up).reason == "expired"
        assert shop.payment(made.json["order_id"]).status == "pending"

    def test_as_the_sweep_has_just_been_told_that_nothing_is_paid(
        self, shop: Shop, student: Api, given_up: str, memory: Memory
    ) -> None:
        """A clock that is slow lets the order be taken up at its very end: the enrollment ends with it."""

        def slow() -> None:
            shop.time.pass_time(seconds=-1)
            assert shop.ask(student).status == 200
            shop.time.pass_time(seconds=1)

        shop.time.pass_time(minutes=30)
        memory.before("TransactWriteItems", slow)
        assert shop.sweep() == {"expired": 1}
        assert (shop.states(student, given_up), shop.enrollment(student).reason) == (("failed", "cancelled"), "expired")
