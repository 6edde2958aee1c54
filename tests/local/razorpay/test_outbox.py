"""The outbox without a delivery thread, as the simulation uses it."""

from concurrent.futures import ThreadPoolExecutor

from local.razorpay.errors import RazorpayApiError
from local.razorpay.operations.payments import pay
from tests.local.razorpay.in_process import START, new_razorpay


def test_outbox_event_is_taken_recorded_and_retried() -> None:
    account = new_razorpay()
    account.pay(account.create_order()["id"], "failed")
    outbox = account.fake.ledger.outbox
    (event,) = outbox.take_due(account.clock_now())
    assert outbox.take_due(account.clock_now()) == []
    headers = event.headers()
    assert headers["x-razorpay-event-id"] == event.id
    assert headers["X-Razorpay-Signature"] == event.signature
    outbox.record(event.id, "500", account.clock_now())
    assert account.fake.next_due() == START + 0.5
    account.fake.advance(0.5)
    assert outbox.take_due(account.clock_now()) == [event]
    outbox.record(event.id, "200", account.clock_now())
    assert (event.state, account.fake.next_due()) == ("delivered", None)


def test_outbox_retries_back_off_and_stop_after_one_day() -> None:
    account = new_razorpay()
    account.pay(account.create_order()["id"], "failed")
    outbox = account.fake.ledger.outbox
    waits = []
    for _ in range(60):
        events = outbox.take_due(account.clock_now())
        if not events:
            break
        outbox.record(events[0].id, "ConnectTimeout", account.clock_now())
        due = account.fake.next_due()
        if due is not None:
            waits.append(due - account.clock_now())
            account.fake.advance(waits[-1])
    assert waits[:14] == [0.5 * 2**n for n in range(13)] + [3_600.0]
    assert set(waits[13:]) == {3_600.0}
    (event,) = outbox.events.values()
    assert (event.state, outbox.mode) == ("given_up", "disabled")
    assert 86_400 <= account.clock_now() - START < 86_400 + 3_600


def test_outbox_holds_events_and_keeps_suppressed_ones_for_redelivery() -> None:
    account = new_razorpay()
    account.control("PATCH", "settings", {"webhooks": "hold"})
    account.pay(account.create_order()["id"], "failed")
    outbox = account.fake.ledger.outbox
    assert outbox.take_due(account.clock_now()) == []
    account.control("PATCH", "settings", {"webhooks": "on"})
    assert len(outbox.take_due(account.clock_now())) == 1
    account.pay(account.create_order()["id"], "failed", webhooks=False)
    assert outbox.take_due(account.clock_now()) == []
    suppressed = account.events()[-1]
    assert (suppressed["type"], suppressed["state"], suppressed["last_status"]) == (
        "payment.failed",
        "suppressed",
        None,
    )
    account.control("POST", f"webhooks/{suppressed['event_id']}/redeliver")
    assert [event.id for event in outbox.take_due(account.clock_now())] == [suppressed["event_id"]]


def test_concurrent_payments_of_one_order_leave_one_payment() -> None:
    account = new_razorpay()
    order_id = account.create_order()["id"]

    def attempt(_: int) -> bool:
        try:
            with account.fake.locked_ledger() as ledger:
                pay(ledger, order_id)
        except RazorpayApiError:
            return False
        return True

    with ThreadPoolExecutor(8) as payers:
        assert sum(payers.map(attempt, range(50))) == 1
    assert account.control("GET", "statement")["captured"] == 49_900
