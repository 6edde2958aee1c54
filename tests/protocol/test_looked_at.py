"""Whatever lies beside the payment that counts, the sweep alone brings everything to its end: no timer is lost, and
nothing stands before anything else."""

from datetime import timedelta

import pytest

from functions.payments.reconcile import reconcile
from shared import clock, invariants
from shared.db import recount
from tests.api import Api, Reply
from tests.protocol.memory import Memory
from tests.protocol.read_back import books_of, next_look
from tests.shop import PRICE, Shop

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
        body = {"reason": "too little", "payment_id": self.payment_id}
        return admin.post(f"/api/payments/{self.order_id}/refund", body, headers={"Idempotency-Key": "one"})

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


def sweeps(shop: Shop, times: int = 4, **pause: int) -> None:
    for _ in range(times):
        shop.time.pass_time(**(pause or {"days": 2}))
        shop.gateway.tick()
        shop.sweep()


def breaches(grace: timedelta | None = None) -> list[str]:
    return [str(each) for each in invariants.breaches(invariants.read(recount.everything()), clock.now(), grace=grace)]


def silent_refunds(shop: Shop, times: int) -> None:
    shop.control("POST", "faults", {"kind": "500", "path": ".*/refund", "method": "POST", "times": times})


def lost_answer(shop: Shop) -> None:
    shop.control("POST", "faults", {"kind": "lose_answer", "path": ".*/refund", "method": "POST"})


def taken(shop: Shop, payment_id: str, amount: int = PRICE, *, told: bool = True) -> None:
    """A bank takes it; its webhook comes, or not."""
    shop.control("POST", f"payments/{payment_id}/dispute", {"status": "lost", "amount": amount})
    if told:
        shop.deliver("payment.dispute.lost")


class TestBesideHeldMoney:
    def test_access_ends_when_what_it_rests_on_goes_back(self, shop: Shop, held: Held) -> None:
        held.succeeds_late()
        shop.deliver("payment.authorized")
        assert held.states == ("authorized", "active")
        sweeps(shop, 8)
        assert held.states == ("failed", "cancelled")

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


def beside(shop: Shop, student: Api, count: int = 1) -> tuple[str, list[str]]:
    """An order that is paid, and the payment ids of more captures on it."""
    order_id = shop.order(student)["order_id"]
    more = [shop.pay(order_id, "created")["razorpay_payment_id"] for _ in range(count)]
    shop.pay(order_id)
    for payment_id in more:
        shop.control("POST", f"payments/{payment_id}/late_authorize", {"capture": True, "even_if_paid": True})
    shop.deliver()
    return order_id, more


class TestWhatIsRefused:
    @pytest.mark.parametrize("refused", [0, 1])
    def test_does_not_stand_before_another(self, shop: Shop, student: Api, refused: int) -> None:
        _, more = beside(shop, student, 2)
        taken(shop, more[refused], told=False)
        sweeps(shop, 4, hours=30)
        assert {each.payment_id for each in shop.gateway.ledger.refunds.values()} == {more[1 - refused]}

    def test_is_told_once_for_each(self, shop: Shop, student: Api, admin: Api) -> None:
        order_id, [second] = beside(shop, student)
        taken(shop, shop.payment(order_id).payment_id, 1_000, told=False)
        taken(shop, second, told=False)
        admin.post(f"/api/payments/{order_id}/refund", {"reason": "asked"})
        sweeps(shop, 1, minutes=5)
        version = shop.payment(order_id).version
        sweeps(shop, 12, minutes=30)
        assert shop.payment(order_id).version == version

    def test_opens_no_way_by_hand_for_the_other(self, shop: Shop, student: Api, admin: Api) -> None:
        order_id, [second] = beside(shop, student)
        taken(shop, second, told=False)
        shop.sweep()
        body = {"amount": PRICE, "reference": "UTR1", "reason": "by bank transfer"}
        refused = admin.post(f"/api/payments/{order_id}/returned-by-hand", body)
        assert (refused.status, refused.code) == (409, "refundable_at_gateway")
        assert shop.states(student, order_id) == ("captured", "active")


class TestARefundWhoseAnswerWasLost:
    @pytest.fixture
    def asked_for(self, shop: Shop, admin: Api, paid: str) -> str:
        lost_answer(shop)
        admin.post(f"/api/payments/{paid}/refund", {"reason": "asked"})
        assert (len(shop.gateway.ledger.refunds), shop.payment(paid).refunds.as_dict()) == (1, {})
        return paid

    def test_is_learned_after_a_dispute_took_all(self, shop: Shop, asked_for: str) -> None:
        taken(shop, shop.payment(asked_for).payment_id)
        sweeps(shop)
        assert books_of(shop, asked_for) == (PRICE, 2 * PRICE)
        assert next_look(shop.payment(asked_for)) is None

    def test_of_a_part_is_learned_too(self, shop: Shop, admin: Api, paid: str) -> None:
        lost_answer(shop)
        part = {"reason": "asked", "amount": 5_000}
        admin.post(f"/api/payments/{paid}/refund", part, headers={"Idempotency-Key": "k"})
        taken(shop, shop.payment(paid).payment_id)
        sweeps(shop)
        assert (books_of(shop, paid), next_look(shop.payment(paid))) == ((PRICE, PRICE + 5_000), None)

    def test_that_was_never_made_is_not_made_when_all_is_taken(self, shop: Shop, admin: Api, paid: str) -> None:
        silent_refunds(shop, 1)
        part = {"reason": "asked", "amount": 5_000}
        admin.post(f"/api/payments/{paid}/refund", part, headers={"Idempotency-Key": "k"})
        taken(shop, shop.payment(paid).payment_id, told=False)
        shop.gateway.ledger.disputes.clear()  # the gateway would refuse it; ours must not even ask
        shop.deliver("payment.dispute.lost")
        sweeps(shop)
        assert (len(shop.gateway.ledger.refunds), shop.payment(paid).status) == (0, "refunded")

    def test_of_what_is_beside_is_learned_too(self, shop: Shop, student: Api) -> None:
        order_id, [second] = beside(shop, student)
        lost_answer(shop)
        shop.sweep()
        taken(shop, second)
        sweeps(shop)
        assert (books_of(shop, order_id), next_look(shop.payment(order_id))) == ((2 * PRICE, 2 * PRICE), None)

    def test_leaves_nothing_to_return_by_hand(self, shop: Shop, admin: Api, asked_for: str) -> None:
        shop.time.pass_time(days=181)
        body = {"amount": PRICE, "reference": "UTR1", "reason": "by bank transfer"}
        answer = admin.post(f"/api/payments/{asked_for}/returned-by-hand", body)
        assert (answer.status, answer.code) == (409, "refund_too_large")
        shop.control("POST", "faults", {"kind": "500", "times": 3})
        silent = admin.post(f"/api/payments/{asked_for}/returned-by-hand", body)
        assert (silent.status, silent.code) == (503, "gateway_unavailable")


@pytest.mark.parametrize("reference", ["self", "null", "cls", "disp_AAAAAAAAAAAAAA"])
def test_a_reference_may_be_called_anything(shop: Shop, admin: Api, paid: str, reference: str) -> None:
    shop.time.pass_time(days=181)
    body = {"amount": 100, "reference": reference, "reason": "by bank transfer"}
    assert admin.post(f"/api/payments/{paid}/returned-by-hand", body).json["payment"]["refunded_amount"] == 100
    assert breaches() == []


def test_reconcile_tells_what_was_returned_of_held_money(shop: Shop, held: Held, admin: Api) -> None:
    shop.time.pass_time(days=200)
    since = clock.now()
    shop.time.pass_time(days=1)
    body = {"amount": LESS, "reference": "UTR1", "payment_id": held.payment_id, "reason": "by bank transfer"}
    assert admin.post(f"/api/payments/{held.order_id}/returned-by-hand", body).status == 200
    assert reconcile(since, clock.now()).taken == LESS


def test_money_that_is_reserved_for_weeks_is_found(shop: Shop, student: Api) -> None:
    order_id = shop.order(student)["order_id"]
    shop.verify(student, shop.pay(order_id, "authorized"))
    shop.time.pass_time(days=7)
    assert not any("nothing came of it" in each for each in breaches(timedelta(hours=1)))
    shop.time.pass_time(hours=2)
    assert any("nothing came of it" in each for each in breaches(timedelta(hours=1)))
