"""F23, F24, F26, F30, F33 to F37: webhooks that are duplicated, out of order, late, or from a clock that differs.

After each test `consistent_ledgers` checks every invariant and compares both ledgers."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from functions.payments.polling.sweep import sweep
from shared.db.payments import payments
from shared.db.table import store
from shared.gateways import razorpay
from tests.conftest import SETTINGS, connect_new_gateway
from tests.fixtures.api import Api
from tests.fixtures.dynamodb_faults import ProcessKilled, kill_process, run_at_next_write
from tests.fixtures.serial_pool import poll_serially
from tests.fixtures.storefront import PRICE, Storefront
from tests.fixtures.table_snapshot import snapshot
from tests.integration.payments.test_purchase import change_price

NewUser = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("consistent_ledgers")


@pytest.mark.parametrize("first", ["payment.captured", "order.paid"])
def test_f23_order_paid_and_payment_captured_for_one_payment_count_once(
    shop: Storefront, student: Api, first: str
) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    second = {"payment.captured": "order.paid", "order.paid": "payment.captured"}[first]
    assert [reply.json["outcome"] for reply in shop.deliver(first)] == ["granted"]
    assert [reply.json["outcome"] for reply in shop.deliver(second)] == ["no_change"]
    assert shop.states(student, order_id) == ("captured", "active")
    assert (shop.payment(order_id).captured_amount, shop.payment(order_id).version) == (PRICE, 2)
    assert shop.enrollment(student).version == 2
    assert [each.evidence for each in payments.history(order_id)] == ["order_created", "Captured"]


def test_f24_c3_payment_failed_event_after_capture_changes_nothing(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id, "failed")
    shop.pay(order_id)
    assert [reply.json["outcome"] for reply in shop.deliver("payment.captured")] == ["granted"]
    before = shop.payment(order_id).serialize(), shop.enrollment(student).serialize()
    assert [reply.json["outcome"] for reply in shop.deliver("payment.failed", "payment.authorized")] == [
        "no_change"
    ] * 2
    assert (shop.payment(order_id).serialize(), shop.enrollment(student).serialize()) == before
    assert shop.states(student, order_id) == ("captured", "active")


@pytest.mark.parametrize("forgotten", [False, True], ids=["known events", "events whose inbox rows have expired"])
def test_f26_redelivery_of_all_messages_after_a_week_changes_nothing(
    shop: Storefront, student: Api, new_user: NewUser, admin: Api, forgotten: bool
) -> None:
    sold, refunded = shop.create_order(student)["order_id"], shop.create_order(other := new_user("student"))["order_id"]
    checkouts = [shop.pay(sold), shop.pay(refunded)]
    shop.deliver()
    assert admin.post(f"/api/payments/{refunded}/refund", {"reason": "asked"}).status == 200
    for _ in range(2):
        shop.clock.advance(minutes=16)
        shop.sweep()
        shop.deliver()
    shop.clock.advance(days=7)
    if forgotten:
        store.delete_many([key for key in snapshot() if key.pk.startswith("WEBHOOK#")])
    before = {key: item for key, item in snapshot().items() if not key.pk.startswith("WEBHOOK#")}
    assert {reply.json["outcome"] for reply in shop.deliver(redeliver=True)} <= {"no_change", "seen_before", "ignored"}
    for learner, checkout in zip((student, other), checkouts, strict=True):
        assert shop.verify(learner, checkout).status == 200
    assert {key: item for key, item in snapshot().items() if not key.pk.startswith("WEBHOOK#")} == before
    assert shop.states(student, sold) == ("captured", "active")
    assert shop.states(other, refunded) == ("refunded", "cancelled")


def test_f30_webhook_calls_razorpay_at_most_once_with_5_s_limit(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Razorpay waits five seconds for the response. A webhook of a known order needs no call."""
    notes = {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id}
    lost = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
    shop.pay(lost)
    adapter = razorpay._razorpay().session.get_adapter(SETTINGS["LMS_RAZORPAY_BASE_URL"])
    limits: list[Any] = []
    real = adapter.send

    def timed(*arguments: Any, timeout: Any, **keywords: Any) -> Any:
        limits.append(timeout)
        return real(*arguments, timeout=timeout, **keywords)

    monkeypatch.setattr(adapter, "send", timed)
    shop.control("POST", "faults", {"kind": "hang", "seconds": 600.0, "times": 1})
    [reply] = shop.deliver("payment.captured")
    assert (reply.status, reply.code, limits) == (503, "event_unclear", [(1, 4)])
    assert int(reply.headers["Retry-After"]) > 0
    assert {reply.status for reply in shop.deliver("payment.captured", redeliver=True)} == {200}
    limits.clear()
    assert {reply.status for reply in shop.deliver(redeliver=True)} == {200}
    assert limits == []
    assert shop.states(student, lost) == ("captured", "active")


@pytest.mark.parametrize("cause", ["window over", "price changed"])
@pytest.mark.parametrize("paid_too", [False, True], ids=["alone", "with the new order"])
def test_f35_late_capture_of_superseded_order_is_found_by_the_sweep(
    shop: Storefront, student: Api, cause: str, paid_too: bool
) -> None:
    old = shop.create_order(student)["order_id"]
    shop.pay(old, late_seconds=90 * 60.0, webhooks=False)
    if cause == "window over":
        shop.clock.advance(minutes=31)
    else:
        change_price(shop, 59_900)
    new = shop.create_order(student)["order_id"]
    assert shop.payment(old).reason == "superseded"
    if paid_too:
        shop.verify(student, shop.pay(new))
        shop.deliver()
    shop.clock.advance(hours=2)
    shop.gateway.tick()
    shop.sweep()
    assert shop.payment(old).captured_amount == PRICE
    if paid_too:
        assert (shop.payment(old).status, shop.payment(old).reason) == ("refund_pending", "duplicate")
        assert shop.states(student, new) == ("captured", "active")
    else:
        assert shop.states(student, old) == ("captured", "active")
        assert shop.payment(new).status == "failed"


def test_f36_sweep_crash_leaves_remaining_items_to_the_next_sweep(
    shop: Storefront, new_user: NewUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one thread: a crash of a process ends all of its threads, a crash of a thread does not."""
    poll_serially(monkeypatch)
    learners = [new_user("student") for _ in range(4)]
    orders = [shop.create_order(each)["order_id"] for each in learners]
    for order_id in orders:
        shop.pay(order_id)
    shop.clock.advance(minutes=31)
    for after in (False, True, True):
        with monkeypatch.context() as patched:
            run_at_next_write(patched, kill_process, after=after)
            with pytest.raises(ProcessKilled):
                sweep()
    assert sorted(shop.payment(each).status.value for each in orders) == ["captured"] * 2 + ["pending"] * 2
    assert shop.sweep() == {"granted": 2}
    assert shop.sweep() == {}
    assert {shop.states(*each) for each in zip(learners, orders, strict=True)} == {("captured", "active")}
    assert shop.control("GET", "statement")["captured"] == 4 * PRICE


@pytest.mark.parametrize("minutes", [-1_500, -20, 20, 1_500])
def test_f37_wrong_razorpay_clock_does_not_change_order_windows(
    shop: Storefront, student: Api, new_user: NewUser, minutes: int
) -> None:
    ahead = timedelta(minutes=minutes).total_seconds()
    shop.gateway = connect_new_gateway(SimpleNamespace(seconds=lambda: shop.clock.seconds() + ahead))  # type: ignore[arg-type]
    paid, unpaid, lost = student, new_user("student"), new_user("student")
    orders = [shop.create_order(each)["order_id"] for each in (paid, unpaid, lost)]
    assert shop.verify(paid, shop.pay(orders[0])).status == 200
    shop.deliver()
    shop.pay(orders[2], webhooks=False)
    shop.clock.advance(minutes=29)
    shop.sweep()
    assert shop.states(unpaid, orders[1]) == ("pending", "pending")
    shop.clock.advance(minutes=2)
    shop.sweep()
    assert shop.states(paid, orders[0]) == ("captured", "active")
    assert shop.states(unpaid, orders[1]) == ("failed", "cancelled")
    assert shop.states(lost, orders[2]) == ("captured", "active")


def test_f37_own_clock_moving_back_does_not_change_outcomes(shop: Storefront, student: Api, new_user: NewUser) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.clock.advance(minutes=-10)
    assert shop.create_order(student)["order_id"] == order_id
    checkout = shop.pay(order_id)
    assert shop.verify(student, checkout).status == 200
    shop.clock.advance(minutes=-10)
    assert {reply.status for reply in shop.deliver()} == {200}
    assert shop.states(student, order_id) == ("captured", "active")
    waits = shop.create_order(other := new_user("student"))["order_id"]
    shop.clock.advance(minutes=-10)
    assert shop.sweep() == {}
    shop.clock.advance(minutes=40)
    assert shop.sweep() == {"expired": 1}
    assert shop.states(other, waits) == ("failed", "cancelled")
