"""The examination of a live table: nothing to say about sound books, and each kind of breach found and named."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cli.invariants import command
from functions.payments import examine, invariants_handler
from shared import clock, ids
from shared.db import keys, payments, recount, store, webhook_events
from shared.db.entities import Enrollment, PaymentEvent, WebhookEvent
from shared.history_kinds import EvidenceKind, Source
from shared.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason
from tests import stored
from tests.api import Api
from tests.commands import run
from tests.shop import PRICE, Shop
from tests.tampering import forget_step, tamper


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examine, "PAUSE_SECONDS", 0)


@pytest.fixture
def bought(shop: Shop, student: Api) -> str:
    """The order of a learner who paid and has the course."""
    return buy(shop, student)


def buy(shop: Shop, learner: Api) -> str:
    order_id: str = shop.order(learner)["order_id"]
    shop.verify(learner, shop.pay(order_id))
    shop.deliver()
    return order_id


def broken() -> set[tuple[str, str]]:
    return {(breach.invariant, breach.subject) for breach in examine.check_invariants().breaches}


def test_sound_books_have_no_breach(shop: Shop, new_user: Callable[..., Api], admin: Api) -> None:
    buyer, refunded, unpaid, twice = (new_user("student") for _ in range(4))
    buy(shop, buyer)
    back = buy(shop, refunded)
    assert admin.post(f"/api/payments/{back}/refund", {"reason": "asked"}).status == 200
    shop.order(unpaid)
    first = shop.order(twice)["order_id"]
    shop.time.pass_time(minutes=31)
    shop.sweep()
    shop.order(twice)
    shop.pay(first)
    shop.deliver()
    found = examine.check_invariants()
    assert found.breaches == []
    assert found.item_counts["payment"] == 5
    assert found.item_counts["enrollment"] == 4


def test_a_capture_that_nothing_rests_on(shop: Shop, student: Api, bought: str) -> None:
    tamper(shop.enrollment(student), status=EnrollmentStatus.CANCELLED, granted_by=None, reason=StatusReason.REVOKED)
    assert ("I1", bought) in broken()


def test_an_access_without_a_payment(shop: Shop, student: Api, bought: str) -> None:
    tamper(shop.payment(bought), status=PaymentStatus.FAILED, captured_amount=0)
    assert ("I2", f"{student.user_id} {shop.course.course_id}") in broken()


def test_two_unrefunded_captures(shop: Shop, student: Api, bought: str) -> None:
    stored.payment(student.user_id, shop.course, PRICE, payment_id="pay_AAAAAAAAAAAAAA")
    assert ("I3", f"{student.user_id} {shop.course.course_id}") in broken()


def test_refunds_beyond_the_capture(shop: Shop, bought: str) -> None:
    tamper(shop.payment(bought), refunds={"rfnd_AAAAAAAAAAAAAA": {"amount": PRICE + 1, "status": "processed"}})
    assert ("I4", bought) in broken()


def test_a_capture_of_another_amount(shop: Shop, bought: str) -> None:
    tamper(shop.payment(bought), captured_amount=PRICE - 100)
    assert ("I5", bought) in broken()


def test_an_order_nobody_looks_at_again(shop: Shop, student: Api) -> None:
    order_id = shop.order(student)["order_id"]
    assert broken() == set()
    tamper(shop.payment(order_id), gsi2pk=None, gsi2sk=None)
    assert broken() == {("I6", order_id)}


def test_an_order_that_should_have_been_looked_at_long_ago(shop: Shop, student: Api) -> None:
    order_id = shop.order(student)["order_id"]
    shop.time.pass_time(minutes=66)
    assert broken() == {("I6", order_id)}
    shop.sweep()
    assert broken() == set()


def test_a_message_counted_twice(shop: Shop, bought: str) -> None:
    last = payments.history(bought)[-1]
    again = {"status": "captured", "captured_amount": PRICE, "version": last.number + 1}
    stored.put(
        PaymentEvent.build(
            keys.payment_event(bought, last.number + 1),
            order_id=bought,
            number=last.number + 1,
            at=clock.now(),
            evidence=EvidenceKind.CAPTURED,
            source=Source.WEBHOOK,
            changes=json.dumps(again),
        )
    )
    tamper(shop.payment(bought), version=last.number + 1)
    assert broken() == {("I7", bought)}


def test_a_step_that_was_never_written_down(bought: str) -> None:
    forget_step(bought, 2)
    assert ("I9", bought) in broken()


def test_an_item_that_is_not_what_its_history_says(shop: Shop, student: Api, bought: str) -> None:
    tamper(shop.enrollment(student), cancelled_at=clock.now())
    assert broken() == {("I9", f"{student.user_id} {shop.course.course_id}")}


def test_a_transition_that_is_not_listed(shop: Shop, bought: str) -> None:
    last = payments.history(bought)[-1]
    backwards = json.loads(last.changes) | {"status": "pending"}
    tamper(last, changes=json.dumps(backwards))
    tamper(shop.payment(bought), status=PaymentStatus.PENDING)
    assert ("I9", bought) in broken()


@pytest.mark.parametrize("known", [True, False])
def test_a_capture_that_was_acknowledged_and_is_nowhere(shop: Shop, student: Api, known: bool) -> None:
    order_id = shop.order(student)["order_id"] if known else "order_AAAAAAAAAAAAAA"
    row: WebhookEvent = webhook_events.new_entry(
        "evt_1", "payment.captured", order_id, EvidenceKind.CAPTURED, clock.now()
    )
    webhook_events.save_if_new(row)
    assert broken() == {("I12", order_id)}


def test_what_looks_wrong_only_while_it_is_written_is_no_breach(
    shop: Shop, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scan reads the enrollment before, and the payment after the transaction that settles both."""
    order_id = shop.order(student)["order_id"]
    shop.pay(order_id)
    before = shop.enrollment(student)
    history = recount.enrollment_items(student.user_id, shop.course.course_id)[1:]
    shop.deliver()
    scanned: list[Any] = [before, *history, *recount.order_items(order_id)]
    monkeypatch.setattr(recount, "scan_all", lambda: iter(scanned))
    found = examine.check_invariants()
    assert found.item_counts["enrollment"] == 1
    assert found.breaches == []


def test_the_scheduled_function_raises_a_metric_for_each(
    shop: Shop, bought: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    tamper(shop.payment(bought), captured_amount=PRICE - 100)
    answer = invariants_handler.lambda_handler({}, None)
    assert (answer["I2"], answer["I5"]) == (0, 1)
    document = next(each for each in map(json.loads, capsys.readouterr().out.splitlines()) if "_aws" in each)
    assert (document["I2"], document["I5"], document["payments"]) == ([0.0], [1.0], [1.0])
    assert document["service"] == "invariants"
    assert document["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Lectern"


def test_the_command_prints_a_line_each(shop: Shop, bought: str, project: Callable[[], int]) -> None:
    project()
    code, output = run(command, "--pause", "0")
    assert code == 0, output
    lines = output.splitlines()
    assert lines[0].startswith("read 1 x enrollment, ")
    assert [line.split()[:2] for line in lines[1:]] == [
        [name, "ok"] for name in ("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I9", "I12", "I13", "I15", "I16")
    ]


def test_the_command_names_what_is_broken(shop: Shop, bought: str, project: Callable[[], int]) -> None:
    project()
    tamper(shop.payment(bought), captured_amount=PRICE - 100)
    code, output = run(command, "--pause", "0")
    assert code == 1
    assert "I5   1 BROKEN   what was captured is what the order asked for" in output
    assert f"     {bought}: {PRICE - 100} captured of an order for {PRICE}" in output
    assert "I13  " in output
    assert f"gross INR: the dashboards say {PRICE}, a recount says {PRICE - 100}" in output


def test_figures_that_are_still_on_their_way_are_no_breach(
    shop: Shop, bought: str, project: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.invariants.time.sleep", lambda _: project())
    code, output = run(command)
    assert (code, "I13  ok" in output) == (0, True), output


def test_nothing_is_asked_of_an_empty_table(table: str) -> None:
    assert examine.check_invariants().breaches == []
    assert store.get(Enrollment, keys.enrollment(ids.user(), ids.course())) is None
