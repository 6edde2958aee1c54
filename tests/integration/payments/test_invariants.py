"""The invariant check of a live table: a consistent ledger has no breach, and each kind of breach is reported."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from cli.invariants import command
from functions.payments import invariants_handler
from functions.payments.invariants import check, confirmation, full_pass
from functions.payments.invariants.ledger import Breach
from functions.payments.invariants.pass_counts import PassCounts
from functions.payments.receipts import receipt_service
from shared import clock, ids
from shared.db.entities import Enrollment, Payment, PaymentEvent, Receipt, WebhookEvent
from shared.db.payments import disputes, examination_pass, learner_records, payments, webhook_inbox
from shared.db.payments.documents import receipts
from shared.db.payments.examination_pass import PassState
from shared.db.payments.learner_records import Records
from shared.db.table import keys, store
from shared.domain.captures import DisputeStatus
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason
from shared.errors import StoreUnavailable
from shared.history_kinds import EvidenceKind, Source
from tests.fixtures import rows
from tests.fixtures.api import Api
from tests.fixtures.cli_runner import run_command
from tests.fixtures.corruption import delete_payment_event, spoil, tamper
from tests.fixtures.storefront import PRICE, Storefront


@pytest.fixture(autouse=True)
def no_rescan_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmation, "PAUSE_SECONDS", 0)


@pytest.fixture
def paid_order_id(shop: Storefront, student: Api) -> str:
    """The order of a learner who paid and has access to the course."""
    return buy(shop, student)


def buy(shop: Storefront, learner: Api) -> str:
    order_id: str = shop.create_order(learner)["order_id"]
    shop.verify(learner, shop.pay(order_id))
    shop.deliver()
    return order_id


def breach_keys() -> set[tuple[str, str]]:
    return {(breach.invariant, breach.subject) for breach in check.check_invariants().breaches}


def test_check_invariants_on_consistent_ledger_reports_no_breach(
    shop: Storefront, new_user: Callable[..., Api], admin: Api
) -> None:
    buyer, refunded, unpaid, twice = (new_user("student") for _ in range(4))
    buy(shop, buyer)
    refunded_order = buy(shop, refunded)
    assert admin.post(f"/api/payments/{refunded_order}/refund", {"reason": "asked"}).status == 200
    shop.create_order(unpaid)
    first = shop.create_order(twice)["order_id"]
    shop.clock.advance(minutes=31)
    shop.sweep()
    shop.create_order(twice)
    shop.pay(first)
    shop.deliver()
    found = check.check_invariants()
    assert found.breaches == []
    assert found.item_counts["payment"] == 5
    assert found.item_counts["enrollment"] == 4


def test_i1_capture_without_access_is_reported(shop: Storefront, student: Api, paid_order_id: str) -> None:
    tamper(shop.enrollment(student), status=EnrollmentStatus.CANCELLED, granted_by=None, reason=StatusReason.REVOKED)
    assert ("I1", paid_order_id) in breach_keys()


def test_i2_access_without_captured_payment_is_reported(shop: Storefront, student: Api, paid_order_id: str) -> None:
    tamper(shop.payment(paid_order_id), status=PaymentStatus.FAILED, captured_amount=0)
    assert ("I2", f"{student.user_id} {shop.course.course_id}") in breach_keys()


def test_i3_two_unrefunded_captures_are_reported(shop: Storefront, student: Api, paid_order_id: str) -> None:
    rows.put_payment(student.user_id, shop.course, PRICE, payment_id="pay_AAAAAAAAAAAAAA")
    assert ("I3", f"{student.user_id} {shop.course.course_id}") in breach_keys()


def test_i4_refund_above_captured_amount_is_reported(shop: Storefront, paid_order_id: str) -> None:
    tamper(shop.payment(paid_order_id), refunds={"rfnd_AAAAAAAAAAAAAA": {"amount": PRICE + 1, "status": "processed"}})
    assert ("I4", paid_order_id) in breach_keys()


def test_i5_capture_of_another_amount_is_reported(shop: Storefront, paid_order_id: str) -> None:
    tamper(shop.payment(paid_order_id), captured_amount=PRICE - 100)
    assert ("I5", paid_order_id) in breach_keys()


def test_i6_pending_order_without_scheduled_poll_is_reported(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    assert breach_keys() == set()
    tamper(shop.payment(order_id), gsi2pk=None, gsi2sk=None)
    assert breach_keys() == {("I6", order_id)}


def test_i6_order_with_overdue_poll_is_reported_until_swept(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.clock.advance(minutes=66)
    assert breach_keys() == {("I6", order_id)}
    shop.sweep()
    assert breach_keys() == set()


def test_i7_evidence_applied_twice_is_reported(shop: Storefront, paid_order_id: str) -> None:
    last = payments.history(paid_order_id)[-1]
    again = {"status": "captured", "captured_amount": PRICE, "version": last.number + 1}
    rows.put(
        PaymentEvent.build(
            keys.payment_event(paid_order_id, last.number + 1),
            order_id=paid_order_id,
            number=last.number + 1,
            at=clock.now(),
            evidence=EvidenceKind.CAPTURED,
            source=Source.WEBHOOK,
            changes=json.dumps(again),
        )
    )
    tamper(shop.payment(paid_order_id), version=last.number + 1)
    assert breach_keys() == {("I7", paid_order_id)}


def test_i9_missing_history_entry_is_reported(paid_order_id: str) -> None:
    delete_payment_event(paid_order_id, 2)
    assert ("I9", paid_order_id) in breach_keys()


def test_i9_item_that_differs_from_its_history_is_reported(shop: Storefront, student: Api, paid_order_id: str) -> None:
    tamper(shop.enrollment(student), cancelled_at=clock.now())
    assert breach_keys() == {("I9", f"{student.user_id} {shop.course.course_id}")}


def test_i9_disallowed_status_transition_is_reported(shop: Storefront, paid_order_id: str) -> None:
    last = payments.history(paid_order_id)[-1]
    backwards = json.loads(last.changes) | {"status": "pending"}
    tamper(last, changes=json.dumps(backwards))
    tamper(shop.payment(paid_order_id), status=PaymentStatus.PENDING)
    assert ("I9", paid_order_id) in breach_keys()


@pytest.mark.parametrize("known", [True, False])
def test_i12_acknowledged_capture_without_effect_is_reported(shop: Storefront, student: Api, known: bool) -> None:
    order_id = shop.create_order(student)["order_id"] if known else "order_AAAAAAAAAAAAAA"
    row: WebhookEvent = webhook_inbox.new_entry(
        "evt_1", "payment.captured", order_id, EvidenceKind.CAPTURED, clock.now()
    )
    webhook_inbox.save_if_new(row)
    assert breach_keys() == {("I12", order_id)}


def test_check_invariants_rereads_items_and_ignores_torn_reads(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first read finds the enrollment before, and the payment after, the transaction that settles both."""
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    learner = (student.user_id, shop.course.course_id)
    before = learner_records.read_learner(*learner)
    shop.deliver()
    after = learner_records.read_learner(*learner)
    torn = [item for item in before.items if not isinstance(item, Payment | PaymentEvent)]
    torn += [item for item in after.items if isinstance(item, Payment | PaymentEvent)]
    reads = iter([Records(torn)])
    real = learner_records.read_learner
    monkeypatch.setattr(learner_records, "read_learner", lambda *wanted: next(reads, None) or real(*wanted))
    found = check.check_invariants()
    assert next(reads, None) is None
    assert found.item_counts["enrollment"] == 1
    assert found.breaches == []


def emitted(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The metrics of the latest run."""
    documents = [each for each in map(json.loads, capsys.readouterr().out.splitlines()) if "_aws" in each]
    return {name: value[0] if isinstance(value, list) else value for name, value in documents[-1].items()}


def test_invariants_handler_emits_one_metric_per_invariant(
    shop: Storefront,
    paid_order_id: str,
    run_projector: Callable[[], int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    payment_id = shop.payment(paid_order_id).payment_id
    dispute_id = shop.control("POST", f"payments/{payment_id}/dispute", {"status": "created"})["id"]
    shop.deliver("payment.dispute.created")
    record = disputes.get(dispute_id)
    assert record
    tamper(record, status=DisputeStatus.UNKNOWN)
    run_projector()
    tamper(shop.payment(paid_order_id), captured_amount=PRICE - 100)
    answer = invariants_handler.lambda_handler({}, None)
    assert (answer["I2"], answer["I5"]) == (0, 1)
    document = emitted(capsys)
    assert {name: document[name] for name in answer} == answer
    assert document["breaches"] == sum(answer.values())
    counts = {name: document[name] for name in ("disputes_open", "disputes_due", "disputes_unknown")}
    assert counts == {"disputes_open": 1, "disputes_due": 0, "disputes_unknown": 1}
    assert document["service"] == "invariants"
    assert document["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Lectern"


def test_invariants_handler_counts_breaches_that_the_pass_could_not_store(
    shop: Storefront, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    counts = PassCounts.starting({})
    counts.add_breaches(Breach("I15", f"L/26-27/{number:06d}", "assigned, but on no receipt") for number in range(60))
    state = PassState("01", 1, shop.clock.now(), counts.as_json(), shop.clock.now())
    assert examination_pass.save(state, None)
    answer = invariants_handler.lambda_handler({}, None)
    assert (answer["I15"], emitted(capsys)["breaches"]) == (50, 60)


def test_invariants_handler_reports_when_a_slice_begins_the_pass_meanwhile(
    shop: Storefront, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    real = full_pass.begin

    def overtaken(before: PassState | None) -> PassState:
        real(before)
        return real(before)

    monkeypatch.setattr(full_pass, "begin", overtaken)
    assert invariants_handler.lambda_handler({}, None)["I1"] == 0
    assert emitted(capsys)["pass_age_hours"] == 0


def test_invariants_handler_emits_what_waits_and_how_far_the_full_pass_is(
    shop: Storefront,
    paid_order_id: str,
    admin: Api,
    run_projector: Callable[[], int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    assert admin.post(f"/api/payments/{paid_order_id}/refund", {"reason": "asked"}).status == 200
    run_projector()
    names = ("payments", "refunds_waiting", "oldest_refund_hours", "unexamined", "pass_age_hours", "pass_percent")
    invariants_handler.lambda_handler({}, None)
    document = emitted(capsys)
    assert [document[name] for name in names] == [0, 1, 0, 0, 0, 0]
    assert invariants_handler.lambda_handler({"pass": "full"}, None)["completed"] is True
    shop.clock.advance(hours=3)
    invariants_handler.lambda_handler({}, None)
    document = emitted(capsys)
    assert [document[name] for name in names] == [1, 1, 3, 0, 3, 100]


def test_breach_of_the_full_pass_is_counted_every_hour(
    shop: Storefront, paid_order_id: str, new_user: Callable[..., Api]
) -> None:
    receipt_service.ensure_numbered(shop_receipt(paid_order_id))
    tamper(shop_receipt(paid_order_id), number="L/26-27/000002")
    for _ in range(2):
        invariants_handler.lambda_handler({"pass": "full"}, None)
    for _ in range(2):
        assert invariants_handler.lambda_handler({}, None)["I15"] == 1


def shop_receipt(order_id: str) -> Receipt:
    receipt = receipts.get(order_id)
    assert receipt
    return receipt


def test_invariants_command_prints_one_line_per_invariant(
    shop: Storefront, paid_order_id: str, run_projector: Callable[[], int]
) -> None:
    run_projector()
    code, output = run_command(command, "--pause", "0")
    assert code == 0, output
    lines = output.splitlines()
    assert lines[0].startswith("read 1 x enrollment, ")
    assert [line.split()[:2] for line in lines[1:]] == [
        [name, "ok"]
        for name in (
            "I1",
            "I2",
            "I3",
            "I4",
            "I5",
            "I6",
            "I7",
            "I9",
            "I12",
            "I13",
            "I15",
            "I16",
            "I17",
            "I18",
            "I19",
            "I20",
        )
    ]


def test_invariants_command_names_breaches_and_exits_1(
    shop: Storefront, paid_order_id: str, run_projector: Callable[[], int]
) -> None:
    run_projector()
    tamper(shop.payment(paid_order_id), captured_amount=PRICE - 100)
    code, output = run_command(command, "--pause", "0")
    assert code == 1
    assert "I5   1 BROKEN   The captured amount is the amount of the order, or a rule explains" in output
    assert f"     {paid_order_id}: {PRICE - 100} captured for an order of {PRICE}" in output
    assert "I13  " in output
    assert f"gross INR: the dashboards show {PRICE}, a recount yields {PRICE - 100}" in output


def test_invariants_command_waits_for_projector_before_reporting_counters(
    shop: Storefront, paid_order_id: str, run_projector: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.invariants.time.sleep", lambda _: run_projector())
    code, output = run_command(command)
    assert (code, "I13  ok" in output) == (0, True), output


def test_invariants_command_checks_the_learner_of_one_order(
    shop: Storefront, paid_order_id: str, new_user: Callable[..., Api]
) -> None:
    broken = buy(shop, new_user("student"))
    tamper(shop.payment(broken), captured_amount=PRICE - 100)
    code, output = run_command(command, "--order", paid_order_id)
    assert (code, output.splitlines()[0].split(", ")[1]) == (0, "2 x enrollment_event"), output
    code, output = run_command(command, "--order", broken)
    assert code == 1
    assert f"     {broken}: {PRICE - 100} captured for an order of {PRICE}" in output
    assert {line.split()[0] for line in output.splitlines()} & {"I12", "I13"} == set()


def test_invariants_command_checks_one_user(
    shop: Storefront, student: Api, paid_order_id: str, new_user: Callable[..., Api]
) -> None:
    assert run_command(command, "--user", student.user_id)[0] == 0
    tamper(shop.enrollment(student), granted_by="free")
    assert run_command(command, "--user", student.user_id)[0] == 1
    assert run_command(command, "--user", student.user_id, "--course", shop.course.course_id)[0] == 1
    other = new_user("student")
    code, output = run_command(command, "--user", other.user_id)
    assert (code, output) == (2, f"nothing is stored for {other.user_id}\n")


@pytest.mark.parametrize("options", [("--course", "c"), ("--order", "o", "--user", "u")])
def test_invariants_command_with_contradicting_options_fails(table: str, options: tuple[str, ...]) -> None:
    code, output = run_command(command, *options)
    assert code == 2
    assert "use --order, or --user" in output


def test_invariants_command_names_an_item_that_cannot_be_read(
    shop: Storefront, paid_order_id: str, run_projector: Callable[[], int]
) -> None:
    run_projector()
    payment = payments.get(paid_order_id)
    spoil(payment, "status")
    code, output = run_command(command, "--pause", "0")
    assert code == 1
    assert f"     PAYMENT#{paid_order_id} PAYMENT: cannot be read: ValueError: 'spoilt' is not a valid" in output
    assert "I13  1 BROKEN" in output
    assert f"     not recounted: item_unreadable: PAYMENT#{paid_order_id} PAYMENT\n" in output
    code, output = run_command(command, "--order", paid_order_id)
    assert code == 1
    assert f"     PAYMENT#{paid_order_id} PAYMENT: cannot be read" in output


def test_invariants_command_without_an_answer_of_the_store_ends_with_a_message(
    shop: Storefront, paid_order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: object, **__: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr("shared.db.table_scan.scan_ledger", unavailable)
    code, output = run_command(command)
    assert (code, output) == (2, "not checked: The database does not respond: try again\n")


def test_invariants_command_in_a_large_table_does_not_recount(
    shop: Storefront, paid_order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.invariants.MAX_RECOUNTED_ITEMS", 3)
    code, output = run_command(command)
    assert code == 0, output
    assert "I13 is not checked in a table of this size" in output
    assert "I13 ok" not in output
    assert run_command(command, "--recount", "--pause", "0")[0] == 1, "nothing was projected"


def test_invariants_command_prints_its_progress(
    shop: Storefront, paid_order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.invariants.SECONDS_BETWEEN_LINES", 0.0)
    _, output = run_command(command, "--no-recount")
    assert re.search(r"^\d+ items scanned, 1 payments checked, 0 breaches$", output, re.MULTILINE), output


def test_check_invariants_on_empty_table_reports_no_breach(table: str) -> None:
    assert check.check_invariants().breaches == []
    assert store.get(Enrollment, keys.enrollment(ids.user(), ids.course())) is None
