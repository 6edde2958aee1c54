"""Refunds that change after they were processed, and refunds that the balance of the account does not allow."""

from typing import Any

import pytest
from razorpay.errors import BadRequestError

from local.razorpay.state.account import Account
from tests.local.razorpay.in_process import InProcessRazorpay, new_razorpay

KEY_HEADER = "X-Refund-Idempotency"
NOT_ENOUGH_BALANCE = (
    "Your account does not have enough balance to carry out the refund operation. You can add funds to your account "
    "from your Razorpay dashboard or capture new payments."
)


def processed_refund(account: InProcessRazorpay, amount: int | None = None) -> tuple[str, str]:
    """The payment id and the refund id of a processed refund of `amount`, or of everything."""
    payment_id = account.capture_payment()
    refund = account.client.payment.refund(payment_id, {} if amount is None else {"amount": amount})
    assert refund["status"] == "processed"
    return payment_id, refund["id"]


def refund_state(account: InProcessRazorpay, payment_id: str) -> tuple[Any, ...]:
    payment = account.client.payment.fetch(payment_id)
    return payment["status"], payment["amount_refunded"], payment["refund_status"]


@pytest.mark.parametrize("status", ["failed", "reversed"])
def test_processed_refund_that_is_returned_restores_the_payment(status: str) -> None:
    account = new_razorpay(refund_seconds=0)
    payment_id, refund_id = processed_refund(account)
    assert refund_state(account, payment_id) == ("refunded", 49_900, "full")
    changed = account.control("POST", f"refunds/{refund_id}/status", {"status": status})
    assert changed["status"] == account.client.refund.fetch(refund_id)["status"] == status
    assert refund_state(account, payment_id) == ("captured", 0, None)
    assert account.control("GET", "statement")["refunded"] == 0
    event = account.events()[-1]
    assert (event["type"], event["body"]["payload"]["refund"]["entity"]["status"]) == ("refund.failed", status)
    assert account.client.payment.refund(payment_id, {})["amount"] == 49_900


def test_partly_refunded_payment_after_one_refund_failed_late() -> None:
    account = new_razorpay(refund_seconds=0)
    payment_id, first = processed_refund(account, 10_000)
    account.client.payment.refund(payment_id, {"amount": 5_000})
    account.control("POST", f"refunds/{first}/status", {"status": "failed"})
    assert refund_state(account, payment_id) == ("captured", 5_000, "partial")


@pytest.mark.parametrize(
    ("event", "last_event"), [("refund.processed", "refund.processed"), (None, "refund.processed"), ("x", "x")]
)
def test_event_of_a_changed_refund_is_chosen_by_the_caller(event: str | None, last_event: str) -> None:
    account = new_razorpay(refund_seconds=0)
    _, refund_id = processed_refund(account)
    count = len(account.events())
    account.control("POST", f"refunds/{refund_id}/status", {"status": "reversed", "event": event})
    assert (len(account.events()) - count, account.event_types()[-1]) == (0 if event is None else 1, last_event)


def test_refund_of_undocumented_status_counts_as_pending_until_it_is_processed() -> None:
    account = new_razorpay(refund_seconds=60)
    payment_id = account.capture_payment()
    refund_id = account.client.payment.refund(payment_id, {})["id"]
    count = len(account.events())
    account.control("POST", f"refunds/{refund_id}/status", {"status": "with_the_bank"})
    account.fake.advance(60)
    assert account.client.payment.fetch_multiple_refund(payment_id)["items"][0]["status"] == "with_the_bank"
    assert refund_state(account, payment_id) == ("refunded", 49_900, "full")
    assert account.control("GET", "statement")["refund_pending"] == 49_900
    assert len(account.events()) == count
    assert account.control("POST", f"refunds/{refund_id}/process")["status"] == "processed"
    assert account.event_types()[-1] == "refund.processed"


def test_returned_refund_is_not_paid_again() -> None:
    account = new_razorpay(refund_seconds=0)
    _, refund_id = processed_refund(account)
    account.control("POST", f"refunds/{refund_id}/status", {"status": "failed"})
    for status in ("failed", "processed", "pending"):
        account.control("POST", f"refunds/{refund_id}/status", {"status": status}, status=400)
    assert account.control("POST", f"refunds/{refund_id}/status", {"status": "reversed"})["status"] == "reversed"
    account.control("POST", f"refunds/{refund_id}/process", status=400)


def test_refund_beyond_the_balance_is_rejected_until_it_is_topped_up() -> None:
    account = new_razorpay(account=Account(balance=0))
    payment_id = account.capture_payment()
    assert account.control("GET", "settings")["balance"] == 48_723
    headers = {KEY_HEADER: "refund-0001"}
    auth = ("rzp_test_AbCdEfGhIjKlMn", "key secret")
    url = f"https://api.razorpay.com/v1/payments/{payment_id}/refund"
    rejected = account.client.session.post(url, json={}, headers=headers, auth=auth)
    assert (rejected.status_code, rejected.json()) == (
        400,
        {
            "error": {
                "code": "BAD_REQUEST_ERROR",
                "description": NOT_ENOUGH_BALANCE,
                "field": None,
                "source": "NA",
                "step": "NA",
                "reason": "NA",
                "metadata": {},
            }
        },
    )
    assert refund_state(account, payment_id) == ("captured", 0, None)
    account.control("PATCH", "settings", {"balance": 49_900})
    assert account.client.payment.refund(payment_id, {}, headers=dict(headers))["amount"] == 49_900
    assert account.control("GET", "settings")["balance"] == 0


def test_vague_balance_error_does_not_say_why() -> None:
    account = new_razorpay(account=Account(balance=-100_000, vague_balance_error=True))
    with pytest.raises(BadRequestError, match=r"^invalid request sent$"):
        account.client.payment.refund(account.capture_payment(), {"amount": 100})


def test_balance_follows_captures_refunds_and_deductions() -> None:
    account = new_razorpay(account=Account(balance=0), refund_seconds=0)

    def balance() -> int:
        amount: int = account.control("GET", "settings")["balance"]
        return amount

    payment_id, refund_id = processed_refund(account, 9_900)
    assert balance() == 48_723 - 9_900
    account.control("POST", f"refunds/{refund_id}/status", {"status": "failed"})
    assert balance() == 48_723
    dispute = account.control("POST", f"payments/{payment_id}/dispute", {"status": "created", "deducted": 40_000})
    assert balance() == 8_723
    account.control("POST", f"disputes/{dispute['id']}", {"status": "won"})
    assert balance() == 48_723
    account.control("PATCH", "settings", {"balance": None})
    assert account.client.payment.refund(payment_id, {})["amount"] == 49_900
    account.control("PATCH", "settings", {"balance": 0.5}, status=400)


def test_other_request_with_a_used_key_returns_409() -> None:
    account = new_razorpay()
    payment_id = account.capture_payment()
    account.client.payment.refund(payment_id, {"amount": 500}, headers={KEY_HEADER: "refund-0001"})
    auth = ("rzp_test_AbCdEfGhIjKlMn", "key secret")
    url = f"https://api.razorpay.com/v1/payments/{payment_id}/refund"
    response = account.client.session.post(url, json={"amount": 600}, headers={KEY_HEADER: "refund-0001"}, auth=auth)
    assert (response.status_code, response.json()["error"]["description"][:17]) == (409, "Different request")


def test_refund_notes_are_stored_and_listed() -> None:
    account = new_razorpay()
    payment_id = account.capture_payment()
    account.client.payment.refund(payment_id, {"amount": 500, "notes": {"request": "k1"}})
    for listed in (account.client.refund.all(), account.client.payment.fetch_multiple_refund(payment_id)):
        assert [item["notes"] for item in listed["items"]] == [{"request": "k1"}]


def test_reject_fault_answers_with_the_given_description() -> None:
    account = new_razorpay()
    payment_id = account.capture_payment()
    description = "Request failed because another payment operation is in progress."
    account.control("POST", "faults", {"kind": "reject", "path": ".*/refund", "description": description})
    with pytest.raises(BadRequestError, match=description):
        account.client.payment.refund(payment_id, {})
    assert account.client.payment.refund(payment_id, {})["amount"] == 49_900
