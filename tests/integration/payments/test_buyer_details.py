"""The buyer's details: asked for by create-order, stored with the order, and named on the receipt."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.payments.invariants import check, confirmation
from functions.payments.receipts.receipt_service import ensure_numbered
from shared import config
from shared.db.entities import Enrollment, Payment, Receipt
from shared.db.payments import payments
from shared.db.payments.documents import receipts
from shared.db.table import keys, store
from shared.gateways import razorpay
from tests.fixtures import rows
from tests.fixtures.api import Api
from tests.fixtures.corruption import tamper
from tests.fixtures.storefront import PRICE, Storefront
from tests.fixtures.table_snapshot import snapshot

SELLER = "27AAPFU0939F1ZV"
GSTIN = "29AAGCB7383J1Z4"
FIRM = {"name": "Kaveri Labs", "address": "4 Church Street\nBengaluru 560001"}
PROFILE_FIRM = {"gstin": GSTIN, "firm_name": "Kaveri Labs", "firm_address": "4 Church Street\nBengaluru 560001"}
NO_FIRM = {"gstin": "", "firm_name": "", "firm_address": ""}


@pytest.fixture
def seller(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registered seller in Maharashtra."""
    monkeypatch.setenv("LMS_SELLER_GSTIN", SELLER)
    config.clear_cache()


def payment_of(order_id: str) -> Payment:
    found = payments.get(order_id)
    assert found
    return found


def buyer_stored(order_id: str) -> dict[str, str | None]:
    payment = payment_of(order_id)
    return {name: getattr(payment, f"buyer_{name}") for name in ("state", "gstin", "name", "address")}


def pay(shop: Storefront, learner: Api, order_id: str) -> Receipt:
    """Pays the order. Returns its numbered receipt."""
    shop.verify(learner, shop.pay(order_id))
    shop.deliver()
    receipt = receipts.get(order_id)
    assert receipt
    return ensure_numbered(receipt)


def person(state: str | None) -> dict[str, str | None]:
    return {"state": state, "gstin": None, "name": None, "address": None}


@pytest.mark.parametrize(
    ("details", "code", "field"),
    [
        ({}, "state_required", "state"),
        ({"state": None}, "state_required", "state"),
        ({"gstin": None}, "state_required", "state"),
        ({"state": "00"}, "state_unknown", "state"),
        ({"state": "28"}, "state_unknown", "state"),
        ({"state": "MH"}, "state_unknown", "state"),
        ({"state": ""}, "state_unknown", "state"),
        ({"gstin": "29AAGCB7383J1Z5", "firm": FIRM}, "gstin_invalid", "gstin"),
        ({"gstin": "", "firm": FIRM}, "gstin_invalid", "gstin"),
        ({"gstin": GSTIN, "firm": FIRM, "state": "27"}, "state_not_of_gstin", "state"),
        ({"gstin": GSTIN}, "firm_required", "firm"),
        ({"gstin": GSTIN, "state": "29"}, "firm_required", "firm"),
        ({"state": "29", "firm": FIRM}, "gstin_required", "gstin"),
    ],
)
def test_create_order_with_invalid_buyer_returns_422_and_changes_nothing(
    shop: Storefront, seller: None, student: Api, details: dict[str, Any], code: str, field: str
) -> None:
    before = snapshot()
    reply = shop.request_order(student, **details)
    assert (reply.status, reply.code) == (422, code)
    assert [(error["loc"], error["type"]) for error in reply.json["errors"]] == [(["body", field], code)]
    assert snapshot() == before
    assert shop.gateway_order_ids() == []


@pytest.mark.parametrize(
    "firm",
    [
        {"name": "Kaveri Labs"},
        {"name": "", "address": "Bengaluru"},
        {"name": "Kaveri Labs", "address": "x" * 301},
        {"name": "Kaveri Labs", "address": "\n".join("x" * 11)},
        {"name": "Kaveri Labs", "address": "\u2028".join("x" * 11)},
        {"name": "Kaveri Labs", "address": "Bengaluru", "city": "Bengaluru"},
    ],
)
def test_create_order_with_incomplete_firm_returns_422_and_creates_no_order(
    shop: Storefront, student: Api, firm: dict[str, str]
) -> None:
    reply = shop.request_order(student, gstin=GSTIN, firm=firm)
    assert (reply.status, reply.code, reply.json["errors"][0]["loc"][:2]) == (422, "invalid", ["body", "firm"])
    assert shop.gateway_order_ids() == []


def test_create_order_without_seller_gstin_needs_no_state(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    assert buyer_stored(order_id) == person(None)
    assert student.get("/api/auth/me").json["state_required"] is False


def test_create_order_in_another_currency_needs_no_state(shop: Storefront, seller: None, student: Api) -> None:
    rows.update(shop.course, currency="USD")
    receipt = pay(shop, student, shop.create_order(student)["order_id"])
    assert (receipt.seller_gstin, receipt.place_of_supply, receipt.state_assumed) == (None, None, False)


def test_create_order_takes_the_state_of_the_request_before_that_of_the_profile(
    shop: Storefront, seller: None, student: Api, new_user: Callable[..., Api]
) -> None:
    student.patch("/api/auth/me", {"state": "33"})
    assert buyer_stored(shop.create_order(student, state="29")["order_id"]) == person("29")
    other = new_user("student")
    other.patch("/api/auth/me", {"state": "33"})
    assert buyer_stored(shop.create_order(other)["order_id"]) == person("33")


def test_create_order_for_a_firm_stores_its_details_and_the_state_of_its_gstin(
    shop: Storefront, seller: None, student: Api
) -> None:
    student.patch("/api/auth/me", {"state": "33"})
    order_id = shop.create_order(student, gstin=GSTIN, firm=FIRM)["order_id"]
    assert buyer_stored(order_id) == {"state": "29", "gstin": GSTIN, **FIRM}


def test_create_order_takes_the_firm_of_the_profile_unless_gstin_is_null(
    shop: Storefront, seller: None, student: Api, new_user: Callable[..., Api]
) -> None:
    assert student.patch("/api/auth/me", {"state": "33", **PROFILE_FIRM}).status == 200
    assert buyer_stored(shop.create_order(student)["order_id"]) == {"state": "29", "gstin": GSTIN, **FIRM}
    assert shop.request_order(student, state="33").code == "state_not_of_gstin"
    assert buyer_stored(shop.create_order(student, gstin=None)["order_id"]) == person("33")
    branch = {"name": "Kaveri Labs", "address": "Mysuru"}
    assert buyer_stored(shop.create_order(student, firm=branch)["order_id"])["address"] == "Mysuru"
    assert buyer_stored(shop.create_order(student, gstin=GSTIN)["order_id"]) == {"state": "29", "gstin": GSTIN, **FIRM}


def test_create_order_firm_of_profile_belongs_to_its_gstin_only(shop: Storefront, seller: None, student: Api) -> None:
    student.patch("/api/auth/me", PROFILE_FIRM)
    assert shop.request_order(student, gstin="07AAGFF2194N1Z1").code == "firm_required"


def test_create_order_for_the_same_buyer_returns_the_same_order(shop: Storefront, seller: None, student: Api) -> None:
    first = shop.request_order(student, state="29")
    again = shop.request_order(student, state="29")
    assert (first.status, again.status) == (201, 200)
    assert first.json == again.json
    student.patch("/api/auth/me", {"state": "29"})
    assert shop.create_order(student)["order_id"] == first.json["order_id"]
    assert len(shop.gateway_order_ids()) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "33"},
        {"gstin": GSTIN, "firm": FIRM},
        {"gstin": "29AAGCB7383J1Z4", "firm": {"name": "Kaveri Labs", "address": "Mysuru"}},
    ],
)
def test_f78_create_order_for_another_buyer_supersedes_the_order(
    shop: Storefront, seller: None, student: Api, monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any]
) -> None:
    monkeypatch.setattr(confirmation, "PAUSE_SECONDS", 0)
    first = shop.create_order(student, state="29")["order_id"]
    second = shop.create_order(student, **changed)["order_id"]
    assert first != second
    old = payment_of(first)
    assert (old.status, old.reason, buyer_stored(first)) == ("failed", "superseded", person("29"))
    enrollment = store.get(Enrollment, keys.enrollment(student.user_id, shop.course.course_id))
    assert enrollment is not None
    assert (enrollment.order_id, enrollment.status) == (second, "pending")
    assert check.check_invariants().breaches == []


def test_superseded_order_paid_late_keeps_its_buyer(shop: Storefront, seller: None, student: Api) -> None:
    first = shop.create_order(student, state="29")["order_id"]
    shop.create_order(student, state="33")
    receipt = pay(shop, student, first)
    assert (receipt.learner_state, receipt.igst, receipt.cgst) == ("29", 7_612, 0)


def test_create_order_for_another_buyer_after_a_withdrawal_opens_a_new_order(
    shop: Storefront, seller: None, student: Api
) -> None:
    first = shop.create_order(student, state="29")["order_id"]
    shop.withdraw(student)
    assert shop.create_order(student, state="33")["order_id"] != first
    shop.withdraw(student)
    assert shop.create_order(student, state="33")["order_id"] == shop.gateway_order_ids()[-1]
    assert len(shop.gateway_order_ids()) == 2


def test_order_without_a_state_is_replaced_once_the_seller_is_registered(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = shop.create_order(student)["order_id"]
    monkeypatch.setenv("LMS_SELLER_GSTIN", SELLER)
    config.clear_cache()
    assert shop.request_order(student).code == "state_required"
    assert payment_of(first).status == "pending"
    assert shop.create_order(student, state="29")["order_id"] != first


def test_order_is_kept_for_another_buyer_while_the_seller_issues_no_tax_invoices(
    shop: Storefront, student: Api
) -> None:
    first = shop.create_order(student, state="29")["order_id"]
    assert shop.create_order(student, state="33")["order_id"] == first


def test_receipt_names_the_buyer_of_the_order_whatever_the_profile_says_later(
    shop: Storefront, seller: None, student: Api, admin: Api
) -> None:
    order_id = shop.create_order(student, gstin=GSTIN, firm=FIRM)["order_id"]
    student.patch("/api/auth/me", {"state": "27"})
    pay(shop, student, order_id)
    receipt = student.get(f"/api/payments/{order_id}/receipt").json
    assert receipt["learner"] == {
        "name": student.get("/api/auth/me").json["name"],
        "state": "29",
        "state_name": "Karnataka",
        "state_assumed": False,
        "gstin": GSTIN,
        "firm_name": "Kaveri Labs",
        "firm_address": "4 Church Street\nBengaluru 560001",
    }
    assert receipt["tax"] == {
        "sac": "999293",
        "rate_basis_points": 1800,
        "taxable": 42_288,
        "cgst": 0,
        "sgst": 0,
        "igst": 7_612,
    }
    page = student.get(f"/api/payments/{order_id}/receipt.html").text
    for shown in ("Kaveri Labs", "4 Church Street\nBengaluru 560001", GSTIN, "Karnataka (29)", "IGST 18 %"):
        assert shown in page, shown
    assert admin.get(f"/api/payments/{order_id}").json["payment"]["buyer"] == {"state": "29", "gstin": GSTIN, **FIRM}


@pytest.mark.parametrize(
    ("profile_state", "place", "assumed"), [(None, "27", True), ("27", "27", False), ("29", "29", False)]
)
def test_f79_receipt_of_adopted_order_takes_the_state_of_the_profile_or_assumes_the_sellers(
    shop: Storefront,
    seller: None,
    student: Api,
    admin: Api,
    profile_state: str | None,
    place: str,
    *,
    assumed: bool,
) -> None:
    if profile_state:
        student.patch("/api/auth/me", {"state": profile_state})
    notes = {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id}
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
    shop.pay(order_id)
    shop.deliver()
    assert buyer_stored(order_id) == person(None)
    assert admin.get(f"/api/payments/{order_id}").json["payment"]["buyer"] is None
    learner = student.get(f"/api/payments/{order_id}/receipt").json["learner"]
    assert (learner["state"], learner["state_assumed"]) == (profile_state, assumed)
    receipt = receipts.get(order_id)
    assert receipt is not None
    assert (receipt.place_of_supply, receipt.state_assumed) == (place, assumed)


def test_i15_receipt_that_names_another_buyer_is_reported(
    shop: Storefront, seller: None, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirmation, "PAUSE_SECONDS", 0)
    order_id = shop.create_order(student, state="29")["order_id"]
    receipt = pay(shop, student, order_id)
    assert check.check_invariants().breaches == []
    tamper(receipt, learner_state="33")
    assert [str(each) for each in check.check_invariants().breaches] == [
        f"I15 {order_id}: the receipt does not name the buyer of the order"
    ]


def test_profile_stores_and_removes_a_firm_as_a_whole(student: Api, seller: None) -> None:
    stored = student.patch("/api/auth/me", PROFILE_FIRM)
    assert stored.status == 200
    assert {name: stored.json[name] for name in PROFILE_FIRM} == PROFILE_FIRM
    assert student.patch("/api/auth/me", {"name": "Asha"}).json["gstin"] == GSTIN
    removed = student.patch("/api/auth/me", NO_FIRM).json
    assert {name: removed[name] for name in PROFILE_FIRM} == dict.fromkeys(PROFILE_FIRM)
    assert removed["state_required"] is True


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"gstin": GSTIN}, "firm_incomplete"),
        ({"gstin": GSTIN, "firm_name": "Kaveri Labs"}, "firm_incomplete"),
        ({"firm_name": "Kaveri Labs", "firm_address": "Mysuru"}, "firm_incomplete"),
        ({**PROFILE_FIRM, "gstin": ""}, "firm_incomplete"),
        ({"gstin": ""}, "firm_incomplete"),
        ({**PROFILE_FIRM, "gstin": "29AAGCB7383J1Z5"}, "gstin_invalid"),
        ({**PROFILE_FIRM, "firm_address": "a\r" * 10 + "b"}, "address_too_many_lines"),
    ],
)
def test_profile_with_a_part_of_a_firm_returns_422(student: Api, changes: dict[str, str], kind: str) -> None:
    reply = student.patch("/api/auth/me", changes)
    assert (reply.status, reply.code) == (422, "invalid")
    assert kind in [error["type"] for error in reply.json["errors"]]
    assert student.get("/api/auth/me").json["gstin"] is None


def test_register_with_a_state_stores_it_in_the_profile(table: str) -> None:
    body = {"name": "Asha", "email": "asha@example.com", "password": "a long enough phrase"}
    registered = Api().post("/api/auth/register", {**body, "state": "29"})
    assert (registered.status, registered.json["user"]["state"]) == (201, "29")
    refused = Api().post("/api/auth/register", {**body, "email": "ravi@example.com", "state": "00"})
    assert (refused.status, refused.json["errors"][0]["type"]) == (422, "state_unknown")
