"""Orders and lists, through the official client."""

import re

import pytest
import razorpay
import requests
from razorpay.errors import BadRequestError

from tests.local.razorpay_kit import KEY_ID, START, kit, settings


def test_a_new_order_has_the_gateways_fields() -> None:
    order = kit().order(receipt="pay_01", notes={"course": "c1"})
    assert re.fullmatch(r"order_[A-Za-z0-9]{14}", order.pop("id"))
    assert order == {
        "entity": "order",
        "amount": 49_900,
        "amount_paid": 0,
        "amount_due": 49_900,
        "currency": "INR",
        "receipt": "pay_01",
        "offer_id": None,
        "status": "created",
        "attempts": 0,
        "notes": {"course": "c1"},
        "created_at": START,
    }


def test_empty_notes_come_back_as_a_list() -> None:
    assert kit().order(notes={})["notes"] == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"amount": 99}, "The amount must be at least INR 1.00"),
        ({"amount": 100.5}, "The amount must be an integer."),
        ({"amount": "100"}, "The amount must be an integer."),
        ({"amount": True}, "The amount must be an integer."),
        ({"amount": None}, "The amount field is required."),
        ({"currency": None}, "The currency field is required."),
        ({"currency": "rupees"}, "The currency is not supported"),
        ({"receipt": "x" * 41}, "The receipt may not be greater than 40 characters."),
        ({"notes": {str(n): "" for n in range(16)}}, "Number of fields in notes should be less than or equal to 15"),
        ({"notes": {"a": "x" * 257}}, "notes: each key and value may have at most 256 characters"),
        ({"colour": "red"}, "colour is/are not required and should not be sent"),
        ({"payment": {"capture": "never"}}, "The payment.capture must be automatic or manual"),
    ],
)
def test_a_wrong_field_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(BadRequestError, match=re.escape(message)):
        kit().client.order.create({"amount": 100, "currency": "INR", **fields})


def test_limits_themselves_are_accepted() -> None:
    order = kit().order(100, receipt="x" * 40, notes={str(n): "x" * 256 for n in range(15)})
    assert (order["amount"], len(order["receipt"]), len(order["notes"])) == (100, 40, 15)


def test_a_receipt_is_used_once() -> None:
    made = kit()
    first = made.order(receipt="r1")
    with pytest.raises(BadRequestError, match=r"^Order receipt should be unique\.$"):
        made.order(receipt="r1")
    assert made.client.order.all({"receipt": "r1"})["items"] == [first]


def test_lists_are_newest_first_windowed_and_paged() -> None:
    made = kit()
    ids = []
    for _ in range(12):
        ids.append(made.order()["id"])
        made.gateway.advance(10)
    newest_first = ids[::-1]

    def listed(**query: int) -> list[str]:
        answer = made.client.order.all(query)
        assert answer["entity"] == "collection"
        assert answer["count"] == len(answer["items"])
        return [order["id"] for order in answer["items"]]

    assert listed() == newest_first[:10]
    assert listed(count=3, skip=2) == newest_first[2:5]
    assert listed(**{"from": START + 20, "to": START + 40}) == ids[4:1:-1]
    with pytest.raises(BadRequestError, match="The count must be between 1 and 100"):
        listed(count=101)


def test_unknown_and_malformed_ids() -> None:
    made = kit()
    with pytest.raises(BadRequestError, match=r"^The id provided does not exist$"):
        made.client.order.fetch("order_00000000000000")
    with pytest.raises(BadRequestError, match=r"^pay_1 is not a valid id$"):
        made.client.payment.fetch("pay_1")


def test_wrong_credentials_are_401_with_the_gateways_error_document() -> None:
    made = kit()
    for auth in [(KEY_ID, "wrong"), ("rzp_test_00000000000000", "key secret"), None]:
        answer = made.client.session.get("https://api.razorpay.com/v1/orders", auth=auth)
        assert answer.status_code == 401
        assert answer.json() == {
            "error": {
                "code": "BAD_REQUEST_ERROR",
                "description": "Authentication failed",
                "field": None,
                "source": "NA",
                "step": "NA",
                "reason": "NA",
                "metadata": {},
            }
        }


def test_an_unknown_url_and_a_broken_body() -> None:
    made = kit()
    auth = (KEY_ID, "key secret")
    unknown = made.client.session.get("https://api.razorpay.com/v1/invoices", auth=auth)
    broken = made.client.session.post("https://api.razorpay.com/v1/orders", data="{", auth=auth)
    assert (unknown.status_code, broken.status_code) == (400, 400)
    assert unknown.json()["error"]["description"] == "The requested URL was not found on the server."
    assert broken.json()["error"]["description"] == "The request body is not valid JSON"


def test_a_seed_repeats_the_same_ids() -> None:
    assert kit(seed=7).order()["id"] == kit(seed=7).order()["id"] != kit(seed=8).order()["id"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key_id": "rzp_live_AbCdEfGhIjKlMn"}, "test key"),
        ({"webhook_secret": ""}, "must not be empty"),
        ({"host": "0.0.0.0"}, "loopback"),
    ],
)
def test_unusable_settings_are_refused(changes: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        settings(**changes)


def test_settings_keep_their_secrets_out_of_logs() -> None:
    shown = repr(settings())
    assert KEY_ID in shown
    assert "secret=" not in shown


def test_the_client_works_unpatched_with_its_default_address() -> None:
    made = kit()
    assert made.client.base_url == "https://api.razorpay.com"
    assert isinstance(made.client, razorpay.Client)
    assert isinstance(made.client.session, requests.Session)
