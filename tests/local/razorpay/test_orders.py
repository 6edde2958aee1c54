"""Orders and lists through the official client."""

import re

import pytest
import razorpay
import requests
from razorpay.errors import BadRequestError

from tests.local.razorpay.in_process import KEY_ID, START, new_razorpay, settings


def test_create_order_returns_razorpays_fields() -> None:
    order = new_razorpay().create_order(receipt="pay_01", notes={"course": "c1"})
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


def test_create_order_with_empty_notes_returns_a_list() -> None:
    assert new_razorpay().create_order(notes={})["notes"] == []


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
def test_create_order_with_invalid_field_raises_razorpays_message(fields: dict[str, object], message: str) -> None:
    with pytest.raises(BadRequestError, match=re.escape(message)):
        new_razorpay().client.order.create({"amount": 100, "currency": "INR", **fields})


def test_create_order_accepts_boundary_values() -> None:
    order = new_razorpay().create_order(100, receipt="x" * 40, notes={str(n): "x" * 256 for n in range(15)})
    assert (order["amount"], len(order["receipt"]), len(order["notes"])) == (100, 40, 15)


def test_create_order_with_used_receipt_is_rejected() -> None:
    account = new_razorpay()
    first = account.create_order(receipt="r1")
    with pytest.raises(BadRequestError, match=r"^Order receipt should be unique\.$"):
        account.create_order(receipt="r1")
    assert account.client.order.all({"receipt": "r1"})["items"] == [first]


def test_list_orders_is_newest_first_filtered_and_paged() -> None:
    account = new_razorpay()
    ids = []
    for _ in range(12):
        ids.append(account.create_order()["id"])
        account.fake.advance(10)
    newest_first = ids[::-1]

    def list_ids(**query: int) -> list[str]:
        response = account.client.order.all(query)
        assert response["entity"] == "collection"
        assert response["count"] == len(response["items"])
        return [order["id"] for order in response["items"]]

    assert list_ids() == newest_first[:10]
    assert list_ids(count=3, skip=2) == newest_first[2:5]
    assert list_ids(**{"from": START + 20, "to": START + 40}) == ids[4:1:-1]
    with pytest.raises(BadRequestError, match="The count must be between 1 and 100"):
        list_ids(count=101)


def test_fetch_with_unknown_or_malformed_id_is_rejected() -> None:
    account = new_razorpay()
    with pytest.raises(BadRequestError, match=r"^The id provided does not exist$"):
        account.client.order.fetch("order_00000000000000")
    with pytest.raises(BadRequestError, match=r"^pay_1 is not a valid id$"):
        account.client.payment.fetch("pay_1")


def test_wrong_credentials_return_401_with_razorpays_error_document() -> None:
    account = new_razorpay()
    for auth in [(KEY_ID, "wrong"), ("rzp_test_00000000000000", "key secret"), None]:
        response = account.client.session.get("https://api.razorpay.com/v1/orders", auth=auth)
        assert response.status_code == 401
        assert response.json() == {
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


def test_unknown_url_and_invalid_json_return_400() -> None:
    account = new_razorpay()
    auth = (KEY_ID, "key secret")
    unknown = account.client.session.get("https://api.razorpay.com/v1/invoices", auth=auth)
    broken = account.client.session.post("https://api.razorpay.com/v1/orders", data="{", auth=auth)
    assert (unknown.status_code, broken.status_code) == (400, 400)
    assert unknown.json()["error"]["description"] == "The requested URL was not found on the server."
    assert broken.json()["error"]["description"] == "The request body is not valid JSON"


def test_same_seed_generates_the_same_ids() -> None:
    assert (
        new_razorpay(seed=7).create_order()["id"]
        == new_razorpay(seed=7).create_order()["id"]
        != new_razorpay(seed=8).create_order()["id"]
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key_id": "rzp_live_AbCdEfGhIjKlMn"}, "test key"),
        ({"webhook_secret": ""}, "must not be empty"),
        ({"host": "0.0.0.0"}, "loopback"),
    ],
)
def test_unusable_settings_raise_value_error(changes: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        settings(**changes)


def test_settings_repr_omits_secrets() -> None:
    text = repr(settings())
    assert KEY_ID in text
    assert "secret=" not in text


def test_official_client_works_unpatched_with_default_url() -> None:
    account = new_razorpay()
    assert account.client.base_url == "https://api.razorpay.com"
    assert isinstance(account.client, razorpay.Client)
    assert isinstance(account.client.session, requests.Session)
