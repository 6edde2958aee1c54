"""Disputes: opened, answered, lost or won, and what they deduct."""

from pathlib import Path
from typing import Any

import pytest
from razorpay.errors import BadRequestError

from local.razorpay.state.account import Account
from local.razorpay.state.state_file import load, save, snapshot
from tests.local.razorpay.in_process import START, InProcessRazorpay, new_razorpay

DAY = 86_400


def open_dispute(account: InProcessRazorpay, payment_id: str, **fields: Any) -> dict[str, Any]:
    return account.control("POST", f"payments/{payment_id}/dispute", {"status": "created", **fields})


def charged_back(account: InProcessRazorpay) -> int:
    amount: int = account.control("GET", "statement")["charged_back"]
    return amount


def test_dispute_is_opened_lost_and_cannot_be_won_afterwards() -> None:
    account = new_razorpay()
    payment_id = account.capture_payment()
    opened = open_dispute(account, payment_id)
    assert (opened["status"], opened["amount_deducted"]) == ("open", 0)
    lost = account.control("POST", f"payments/{payment_id}/dispute", {"status": "lost"})
    assert (lost["id"], lost["status"], lost["amount_deducted"]) == (opened["id"], "lost", 49_900)
    assert account.event_types()[-2:] == ["payment.dispute.created", "payment.dispute.lost"]
    assert account.events()[-1]["body"]["contains"] == ["payment", "dispute"]
    statement = account.control("GET", "statement")
    assert (statement["charged_back"], statement["net"]) == (49_900, 0)
    account.control("POST", f"payments/{payment_id}/dispute", {"status": "won"}, status=400)


def test_fetch_dispute_returns_razorpays_fields() -> None:
    account = new_razorpay()
    payment_id = account.capture_payment()
    dispute_id = open_dispute(account, payment_id, amount=10_000, phase="pre_arbitration", reason_code="fraud")["id"]
    dispute = account.client.dispute.fetch(dispute_id)
    assert dispute.pop("evidence") == {
        "amount": 10_000,
        "summary": None,
        "shipping_proof": None,
        "billing_proof": None,
        "cancellation_proof": None,
        "customer_communication": None,
        "proof_of_service": None,
        "explanation_letter": None,
        "refund_confirmation": None,
        "access_activity_log": None,
        "refund_cancellation_policy": None,
        "term_and_conditions": None,
        "others": None,
        "submitted_at": None,
    }
    assert dispute == {
        "id": dispute_id,
        "entity": "dispute",
        "payment_id": payment_id,
        "amount": 10_000,
        "currency": "INR",
        "amount_deducted": 0,
        "gateway_dispute_id": f"bank-{dispute_id[5:]}",
        "reason_code": "fraud",
        "reason_description": "Fraud",
        "respond_by": START + 2 * DAY,
        "status": "open",
        "phase": "pre_arbitration",
        "comments": None,
        "created_at": START,
    }


def test_list_disputes_is_newest_first_and_paged_without_a_period() -> None:
    account = new_razorpay()
    ids = []
    for _ in range(12):
        ids.append(open_dispute(account, account.capture_payment())["id"])
        account.fake.advance(1)
    listed = account.client.dispute.all()
    assert (listed["entity"], listed["count"]) == ("collection", 10)
    assert [item["id"] for item in listed["items"]] == ids[:1:-1]
    assert [item["id"] for item in account.client.dispute.all({"count": 100, "skip": 10})["items"]] == ids[1::-1]
    with pytest.raises(BadRequestError, match="from is/are not required and should not be sent"):
        account.client.dispute.all({"from": START})


@pytest.mark.parametrize(
    ("deducted", "at_onset", "after_loss"), [(None, 49_900, 49_900), (20_000, 20_000, 49_900), (0, 0, 49_900)]
)
def test_deduct_at_onset_counts_in_the_statement_at_once(deducted: int | None, at_onset: int, after_loss: int) -> None:
    account = new_razorpay(account=Account(deduct_at_onset=True))
    payment_id = account.capture_payment()
    opened = open_dispute(account, payment_id, **({} if deducted is None else {"deducted": deducted}))
    assert (opened["status"], opened["amount_deducted"], charged_back(account)) == ("open", at_onset, at_onset)
    account.control("POST", f"disputes/{opened['id']}", {"status": "under_review"})
    assert charged_back(account) == at_onset
    account.control("POST", f"disputes/{opened['id']}", {"status": "lost"})
    assert charged_back(account) == after_loss


@pytest.mark.parametrize("end", ["won", "closed"])
def test_dispute_that_is_not_lost_returns_its_deduction(end: str) -> None:
    account = new_razorpay()
    payment_id = account.capture_payment()
    dispute_id = open_dispute(account, payment_id, deduct_at_onset=True)["id"]
    assert charged_back(account) == 49_900
    ended = account.control("POST", f"disputes/{dispute_id}", {"status": end})
    assert (ended["status"], ended["amount_deducted"], charged_back(account)) == (end, 0, 0)
    assert account.event_types()[-1] == f"payment.dispute.{end}"


def test_lost_dispute_may_deduct_a_part() -> None:
    account = new_razorpay()
    payment_id = account.capture_payment()
    lost = account.control("POST", f"payments/{payment_id}/dispute", {"status": "lost", "deducted": 5_000})
    assert (lost["amount"], lost["amount_deducted"], charged_back(account)) == (49_900, 5_000, 5_000)
    assert account.client.payment.refund(payment_id, {})["amount"] == 44_900


def test_dispute_exceeds_what_refunds_left_of_the_payment() -> None:
    account = new_razorpay(refund_seconds=3_600)
    payment_id = account.capture_payment()
    account.client.payment.refund(payment_id, {"amount": 40_000})
    open_dispute(account, payment_id, amount=49_900, deduct_at_onset=True)
    statement = account.control("GET", "statement")
    assert (statement["refund_pending"], statement["charged_back"], statement["net"]) == (40_000, 49_900, -40_000)


def test_dispute_without_amount_covers_the_unrefunded_amount() -> None:
    account = new_razorpay()
    partly, fully = account.capture_payment(), account.capture_payment()
    account.client.payment.refund(partly, {"amount": 10_000})
    account.client.payment.refund(fully, {})
    assert open_dispute(account, partly)["amount"] == 39_900
    assert open_dispute(account, fully)["amount"] == 49_900


def test_ended_dispute_changes_only_when_told_to() -> None:
    account = new_razorpay()
    payment_id = account.capture_payment()
    dispute_id = account.control("POST", f"payments/{payment_id}/dispute", {"status": "lost"})["id"]
    account.control("POST", f"disputes/{dispute_id}", {"status": "won"}, status=400)
    won = account.control("POST", f"disputes/{dispute_id}", {"status": "won", "even_if_ended": True})
    assert (won["status"], won["amount_deducted"]) == ("won", 0)


def test_second_dispute_is_opened_beside_the_first_up_to_the_payment() -> None:
    account = new_razorpay()
    payment_id = account.capture_payment()
    first = open_dispute(account, payment_id, amount=30_000)
    second = open_dispute(account, payment_id, amount=19_900, new=True)
    assert second["id"] != first["id"]
    rejected = account.control("POST", f"payments/{payment_id}/dispute", {"amount": 1, "new": True}, status=400)
    assert rejected["error"]["field"] == "amount"


def test_unanswered_chargeback_is_lost_when_its_period_ends() -> None:
    account = new_razorpay()
    open_dispute(account, account.capture_payment())
    retrieval = open_dispute(account, account.capture_payment(), phase="retrieval")
    account.fake.advance(3 * DAY - 1)
    assert charged_back(account) == 0
    account.fake.advance(1)
    assert charged_back(account) == 49_900
    account.fake.advance(30 * DAY)
    assert account.client.dispute.fetch(retrieval["id"])["status"] == "open"


def test_accepted_dispute_is_lost() -> None:
    account = new_razorpay()
    dispute_id = open_dispute(account, account.capture_payment())["id"]
    accepted = account.client.dispute.accept(dispute_id)
    assert (accepted["status"], accepted["amount_deducted"]) == ("lost", 49_900)
    with pytest.raises(BadRequestError, match="Action not allowed when dispute is in lost status"):
        account.client.dispute.accept(dispute_id)


def test_contested_dispute_is_under_review_once_submitted() -> None:
    account = new_razorpay()
    dispute_id = open_dispute(account, account.capture_payment())["id"]
    draft = account.client.dispute.contest(dispute_id, {"amount": 5_000, "summary": "watched every lesson"})
    assert (draft["status"], draft["evidence"]["amount"], draft["evidence"]["submitted_at"]) == ("open", 5_000, None)
    submitted = account.client.dispute.contest(dispute_id, {"action": "submit"})
    assert (submitted["status"], submitted["evidence"]["submitted_at"]) == ("under_review", START)
    assert submitted["evidence"]["summary"] == "watched every lesson"
    assert account.event_types()[-1] == "payment.dispute.under_review"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"amount": 49_901}, "contest amount cannot be greater than dispute amount"),
        ({"action": "plead"}, "The selected action is invalid"),
        ({"proof": []}, "proof is/are not required and should not be sent"),
    ],
)
def test_contest_with_invalid_body_is_rejected(body: dict[str, Any], message: str) -> None:
    account = new_razorpay()
    dispute_id = open_dispute(account, account.capture_payment())["id"]
    with pytest.raises(BadRequestError, match=message):
        account.client.dispute.contest(dispute_id, body)


def test_answer_after_the_deadline_is_rejected() -> None:
    account = new_razorpay()
    dispute_id = open_dispute(account, account.capture_payment(), phase="fraud")["id"]
    account.fake.advance(7 * DAY)
    with pytest.raises(BadRequestError, match="deadline to respond has elapsed"):
        account.client.dispute.accept(dispute_id)


@pytest.mark.parametrize(
    "body",
    [
        {"status": "settled"},
        {"status": "created", "phase": "appeal"},
        {"status": "created", "amount": 0},
        {"status": "created", "amount": 49_901},
        {"status": "lost", "deducted": 49_901},
    ],
)
def test_dispute_with_invalid_body_is_rejected_and_not_kept(body: dict[str, Any]) -> None:
    account = new_razorpay()
    account.control("POST", f"payments/{account.capture_payment()}/dispute", body, status=400)
    assert account.client.dispute.all()["count"] == 0


def test_dispute_of_uncaptured_payment_or_with_unknown_id_is_rejected() -> None:
    account = new_razorpay()
    authorized = account.pay(account.create_order()["id"], "authorized")["razorpay_payment_id"]
    account.control("POST", f"payments/{authorized}/dispute", {"status": "created"}, status=400)
    with pytest.raises(BadRequestError, match="The id provided does not exist"):
        account.client.dispute.fetch("disp_00000000000000")
    with pytest.raises(BadRequestError, match="disp_1 is not a valid id"):
        account.client.dispute.fetch("disp_1")


def test_deduct_at_onset_is_switched_by_the_control_api() -> None:
    account = new_razorpay()
    changed = account.control("PATCH", "settings", {"deduct_at_onset": True})
    assert changed["deduct_at_onset"] is True
    assert open_dispute(account, account.capture_payment())["amount_deducted"] == 49_900
    account.control("PATCH", "settings", {"deduct_at_onset": "yes"}, status=400)


def test_state_file_of_an_older_version_loads_its_disputes(tmp_path: Path) -> None:
    account = new_razorpay()
    payment_id = account.capture_payment()
    account.control("POST", f"payments/{payment_id}/dispute", {"status": "lost"})
    state = snapshot(account.fake)
    for dispute in state["disputes"]:
        for name in ("respond_by", "amount_deducted", "phase", "reason_code", "evidence"):
            del dispute[name]
    save(tmp_path / "state.json", state)
    reloaded = new_razorpay()
    load(tmp_path / "state.json", reloaded.fake)
    (dispute,) = reloaded.client.dispute.all()["items"]
    assert (dispute["amount_deducted"], dispute["respond_by"]) == (49_900, START + 7 * DAY)
