"""Whatever lies beside money that is held, the sweep alone brings everything to its end: no timer is lost."""

import pytest

from functions.payments.reconcile import reconcile
from shared import clock
from tests.api import Api, Reply
from tests.protocol.memory import Memory
from tests.protocol.read_back import books_of, breaches, next_look
from tests.protocol.returns import by_hand
from tests.protocol.sweeping import silent_refunds, sweeps
from tests.shop import PRICE, Shop, refund

LESS = PRICE - 100


class Held:
    """An order that was paid with too little, and another attempt on it that the bank has not answered."""

    def __init__(self, shop: Shop, student: Api) -> None:
        self.shop, self.student = shop, student
        self.order_id = shop.order(student)["order_id"]
        self.late = shop.pay(self.order_id, "created")["razorpay_payment_id"]
        shop.control("POST", f"payments/{self.late}/fail")
        self.payment_id = shop.pay(self.order_id, amount=LESS)["razorpay_payment_id"]
        shop.deliver()

    def release(self, admin: Api) -> Reply:
        return refund(admin, self.order_id, key="one", payment_id=self.payment_id)

    def succeeds_late(self, **how: bool) -> dict[str, str]:
        return self.shop.control("POST", f"payments/{self.late}/late_authorize", how)

    @property
    def states(self) -> tuple[str, str]:
        return self.shop.states(self.student, self.order_id)

    @property
    def next_look(self) -> str | None:
        return next_look(self.shop.payment(self.order_id))


@pytest.fixture
def held(shop: Shop, student: Api) -> Held:
    return Held(shop, student)


class TestBesideHeldMoney:
    def test_access_ends_when_what_it_rests_on_goes_back(self, shop: Shop, held: Held) -> None:
        held.succeeds_late()
        shop.deliver("payment.authorized")
        assert held.states == ("authorized", "active")
        sweeps(shop, 8)
        assert held.states == ("failed", "cancelled")

    def test_what_went_back_is_known_before_a_late_message_calls_it_reserved(self, shop: Shop, student: Api) -> None:
        order_id = shop.order(student)["order_id"]
        late = shop.pay(order_id, "created")["razorpay_payment_id"]
        shop.control("POST", f"payments/{late}/fail")
        shop.pay(order_id, amount=LESS)
        shop.control("POST", f"payments/{late}/late_authorize", {})
        sweeps(shop, 1, days=1)
        assert shop.payment(order_id).returned_payment_ids == [late]
        shop.deliver("payment.authorized")
        assert shop.states(student, order_id) == ("failed", "cancelled")

    def test_a_checkout_that_was_believed_is_found_to_be_of_another_amount(self, shop: Shop, student: Api) -> None:
        order_id = shop.order(student)["order_id"]
        shop.verify(student, shop.pay(order_id, amount=LESS))
        assert shop.states(student, order_id) == ("authorized", "active")
        sweeps(shop, 1, hours=1)
        assert shop.states(student, order_id) == ("failed", "cancelled")
        payment = shop.payment(order_id)
        assert (payment.reason, payment.returned_payment_ids, books_of(shop, order_id)) == ("mismatch", None, (LESS, 0))

    def test_the_right_money_is_captured_by_the_sweep(self, shop: Shop, held: Held) -> None:
        held.succeeds_late(capture=False, even_if_paid=True)
        shop.deliver()
        sweeps(shop, 3, hours=1)
        assert held.states == ("captured", "active")
        assert books_of(shop, held.order_id)[0] == LESS + PRICE

    def test_a_checkout_is_looked_at_soon(self, shop: Shop, held: Held) -> None:
        checkout = held.succeeds_late(capture=True, even_if_paid=True)
        brought = {name: value for name, value in checkout.items() if name.startswith("razorpay_")}
        assert shop.verify(held.student, brought).status == 200
        assert held.next_look == "23 12:15"
        sweeps(shop, 1, minutes=15)
        assert held.states == ("captured", "active")

    def test_a_late_success_takes_no_timer_away(self, shop: Shop, held: Held) -> None:
        shop.time.pass_time(days=7)
        held.succeeds_late()
        shop.deliver()
        assert (shop.payment(held.order_id).reason, held.next_look) == ("mismatch", "01 12:00")
        assert breaches() == []


class TestWhatIsReleased:
    def test_goes_back_though_the_gateway_is_silent_at_first(self, shop: Shop, held: Held, admin: Api) -> None:
        """Released when the order's own watch is over, which would take the timer away."""
        shop.time.pass_time(days=8)
        shop.sweep()
        silent_refunds(shop, 2)
        assert held.release(admin).status == 200
        shop.sweep()
        assert (len(shop.gateway.ledger.refunds), held.next_look is None) == (0, False)
        sweeps(shop)
        assert (books_of(shop, held.order_id), held.next_look) == ((LESS, LESS), None)

    def test_goes_back_though_a_refund_fails_and_nobody_tells(self, shop: Shop, held: Held, admin: Api) -> None:
        shop.time.pass_time(days=8)
        held.release(admin)
        [made] = shop.gateway.ledger.refunds
        shop.gateway.ledger.refund_outcome = "hold"
        shop.time.pass_time(minutes=16)
        shop.sweep()
        assert held.next_look is not None
        shop.gateway.ledger.refund_outcome = "process"
        shop.control("POST", f"refunds/{made}/fail")
        sweeps(shop)
        assert books_of(shop, held.order_id) == (LESS, LESS)

    def test_goes_back_though_a_late_success_does_too(self, shop: Shop, held: Held, admin: Api) -> None:
        shop.time.pass_time(days=7)
        shop.control("POST", "faults", {"kind": "500", "times": 9})
        assert held.release(admin).status == 200
        shop.control("DELETE", "faults")
        held.succeeds_late()
        shop.deliver()
        sweeps(shop)
        assert books_of(shop, held.order_id) == (LESS, LESS)

    def test_is_not_the_right_money_that_comes_meanwhile(
        self, shop: Shop, held: Held, admin: Api, memory: Memory
    ) -> None:
        held.succeeds_late(capture=True, even_if_paid=True)
        memory.before("TransactWriteItems", shop.deliver)
        held.release(admin)
        assert held.states == ("captured", "active")
        assert held.release(admin).status == 200
        assert held.states == ("captured", "active")

    def test_is_a_mismatch_again_when_its_refund_fails(self, shop: Shop, held: Held) -> None:
        made = shop.control("POST", f"payments/{held.payment_id}/refund", {"amount": LESS})["id"]
        shop.deliver()
        shop.control("POST", f"refunds/{made}/fail")
        shop.deliver()
        assert (shop.payment(held.order_id).reason, held.next_look) == ("mismatch", "24 12:00")


def test_reconcile_tells_what_was_returned_of_held_money(shop: Shop, held: Held, admin: Api) -> None:
    shop.time.pass_time(days=200)
    since = clock.now()
    shop.time.pass_time(days=1)
    assert by_hand(admin, held.order_id, LESS, payment_id=held.payment_id).status == 200
    assert reconcile(since, clock.now()).reversed_amount == LESS
