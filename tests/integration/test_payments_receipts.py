"""Receipts: numbered once and without gaps, with the tax that was in the price, and what went back beside it."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from functions.payments import examine
from functions.payments.receipts import ensure_numbered
from shared import clock, config, ids
from shared.config import SettingUnusable
from shared.db import keys, payments, receipts, store
from shared.db.entities import Receipt, ReceiptCounter
from tests import stored
from tests.api import Api
from tests.shop import PRICE, Shop
from tests.tampering import lose, tamper

GSTIN = "27AAPFU0939F1ZV"


@pytest.fixture
def seller(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registered seller in Maharashtra."""
    monkeypatch.setenv("LMS_SELLER_NAME", "Lectern & Sons <Learning>")
    monkeypatch.setenv("LMS_SELLER_GSTIN", GSTIN)
    monkeypatch.setenv("LMS_SELLER_ADDRESS", "12 MG Road\nPune 411001")
    config.clear_cache()


def buy(shop: Shop, learner: Api) -> str:
    order_id: str = shop.order(learner)["order_id"]
    shop.verify(learner, shop.pay(order_id))
    shop.deliver()
    return order_id


def receipt(order_id: str) -> Receipt:
    found = receipts.get(order_id)
    assert found
    return found


def test_there_is_no_receipt_before_the_capture(shop: Shop, student: Api) -> None:
    order_id = shop.order(student)["order_id"]
    shop.verify(student, shop.pay(order_id))
    for path in ("receipt", "receipt.html"):
        refused = student.get(f"/api/payments/{order_id}/{path}")
        assert (refused.status, refused.code) == (409, "receipt_not_due")
    assert receipts.get(order_id) is None
    shop.deliver()
    assert student.get(f"/api/payments/{order_id}/receipt").json["number"] == "L/26-27/000001"


def test_a_receipt_of_a_seller_without_a_gstin_has_no_tax(shop: Shop, student: Api) -> None:
    order_id = buy(shop, student)
    told = student.get(f"/api/payments/{order_id}/receipt")
    assert told.status == 200
    assert told.headers["Cache-Control"] == "no-store"
    name = student.get("/api/auth/me").json["name"]
    assert told.json == {
        "id": order_id,
        "number": "L/26-27/000001",
        "title": "Receipt",
        "order_id": order_id,
        "payment_id": shop.payment(order_id).payment_id,
        "issued_at": "2026-11-23T12:00:00.000Z",
        "seller": {"name": "Lectern", "address": "", "gstin": None},
        "learner": {"name": name, "state": None, "state_name": None},
        "course_id": shop.course.course_id,
        "course_title": "Ragas for beginners",
        "amount": PRICE,
        "currency": "INR",
        "tax": None,
        "credits": [],
        "net_amount": PRICE,
    }


@pytest.mark.parametrize(
    ("state", "parts"),
    [
        (None, {"cgst": 3_806, "sgst": 3_806, "igst": 0}),
        ("27", {"cgst": 3_806, "sgst": 3_806, "igst": 0}),
        ("29", {"cgst": 0, "sgst": 0, "igst": 7_612}),
    ],
)
def test_the_tax_in_the_price(shop: Shop, seller: None, student: Api, state: str | None, parts: dict[str, int]) -> None:
    if state:
        assert student.patch("/api/auth/me", {"state": state}).json["state"] == state
    told = student.get(f"/api/payments/{buy(shop, student)}/receipt").json
    assert told["title"] == "Tax invoice"
    assert told["tax"] == {"sac": "999293", "rate_basis_points": 1800, "taxable": 42_288, **parts}
    assert told["seller"] == {
        "name": "Lectern & Sons <Learning>",
        "address": "12 MG Road\nPune 411001",
        "gstin": GSTIN,
    }
    assert told["learner"]["state"] == state


def test_a_receipt_never_changes_once_it_has_a_number(
    shop: Shop, seller: None, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = buy(shop, student)
    first = student.get(f"/api/payments/{order_id}/receipt").json
    student.patch("/api/auth/me", {"state": "29", "name": "Somebody Else"})
    monkeypatch.setenv("LMS_TAX_RATE_BASIS_POINTS", "500")
    config.clear_cache()
    shop.sweep()
    assert student.get(f"/api/payments/{order_id}/receipt").json == first


def test_the_sweep_numbers_what_nobody_has_read(shop: Shop, student: Api) -> None:
    order_id = buy(shop, student)
    assert receipt(order_id).gsi2pk is not None
    from functions.payments import sweep_handler

    report = sweep_handler.lambda_handler({}, None)
    assert (report["receipts"], report["deferred"]) == (1, 0)
    assert (receipt(order_id).number, receipt(order_id).gsi2pk) == ("L/26-27/000001", None)
    assert sweep_handler.lambda_handler({}, None)["receipts"] == 0


def test_the_year_is_that_of_the_capture_in_india(shop: Shop, new_user: Callable[..., Api]) -> None:
    shop.time.at = shop.time.at.replace(year=2027, month=3, day=31, hour=18, minute=20)
    old = buy(shop, new_user("student"))
    shop.time.pass_time(minutes=15)
    new = buy(shop, new_user("student"))
    assert ensure_numbered(receipt(new)).number == "L/27-28/000001"
    assert ensure_numbered(receipt(old)).number == "L/26-27/000001"


def test_only_the_payer_and_admins_see_it(shop: Shop, student: Api, new_user: Callable[..., Api], admin: Api) -> None:
    order_id = buy(shop, student)
    for path in ("receipt", "receipt.html"):
        assert Api().get(f"/api/payments/{order_id}/{path}").status == 401
        for other in (new_user("student"), new_user("instructor")):
            refused = other.get(f"/api/payments/{order_id}/{path}")
            assert (refused.status, refused.code) == (404, "order_not_found")
        assert admin.get(f"/api/payments/{order_id}/{path}").status == 200


def test_money_that_goes_back_at_once_was_no_sale(shop: Shop, student: Api, admin: Api) -> None:
    order_id = shop.order(student)["order_id"]
    body = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "a gift"}
    assert admin.post("/api/enrollments/grant", body).status == 201
    shop.pay(order_id)
    shop.deliver()
    assert shop.payment(order_id).reason == "duplicate"
    assert student.get(f"/api/payments/{order_id}/receipt").code == "receipt_not_due"


def test_what_went_back_is_told_beside_and_adds_up_to_the_whole(
    shop: Shop, seller: None, student: Api, admin: Api
) -> None:
    order_id = buy(shop, student)
    for number, amount in enumerate((10_001, 333)):
        body, key = {"reason": "a part", "amount": amount}, {"Idempotency-Key": f"key-{number}"}
        assert admin.post(f"/api/payments/{order_id}/refund", body, headers=key).status == 200
        shop.time.pass_time(hours=1)
        shop.sweep()
    told = student.get(f"/api/payments/{order_id}/receipt").json
    assert [credit["amount"] for credit in told["credits"]] == [10_001, 333]
    assert told["net_amount"] == PRICE - 10_334
    assert admin.post(f"/api/payments/{order_id}/refund", {"reason": "the rest"}).status == 200
    shop.time.pass_time(hours=1)
    shop.sweep()
    told = student.get(f"/api/payments/{order_id}/receipt").json
    assert told["net_amount"] == 0
    assert sum(credit["amount"] for credit in told["credits"]) == PRICE
    for part in ("taxable", "cgst", "sgst", "igst"):
        assert sum(credit["tax"][part] for credit in told["credits"]) == told["tax"][part]
    for credit in told["credits"]:
        tax = credit["tax"]
        assert tax["taxable"] + tax["cgst"] + tax["sgst"] + tax["igst"] == credit["amount"]


def test_the_page_escapes_and_needs_nothing_from_elsewhere(shop: Shop, seller: None, student: Api, admin: Api) -> None:
    stored.change(shop.course, title="<script>alert(1)</script> & ragas")
    student.patch("/api/auth/me", {"name": '"Asha" <b>Rao</b>'})
    order_id = buy(shop, student)
    body, key = {"reason": "a part", "amount": 10_000}, {"Idempotency-Key": "one"}
    admin.post(f"/api/payments/{order_id}/refund", body, headers=key)
    shop.time.pass_time(hours=1)
    shop.sweep()
    page = student.get(f"/api/payments/{order_id}/receipt.html")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "<script" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; ragas" in page.text
    assert "&quot;Asha&quot; &lt;b&gt;Rao&lt;/b&gt;" in page.text
    assert "Lectern &amp; Sons &lt;Learning&gt;" in page.text
    assert re.findall(r"(?:https?:)?//", page.text) == []
    for shown in ("L/26-27/000001", GSTIN, "999293", "₹ 499.00", "₹ 422.88", "CGST 9 %", "₹ 38.06", "₹ 399.00"):
        assert shown in page.text, shown
    assert "Maharashtra (27)" in page.text
    assert "$" not in page.text


@pytest.mark.parametrize(
    ("minor", "shown"), [(100, "1.00"), (12_345_67, "12,345.67"), (1_234_567_890, "1,23,45,678.90")]
)
def test_rupees_are_grouped_as_in_india(minor: int, shown: str) -> None:
    from functions.payments.receipt_page import _money

    assert _money(minor, "INR") == f"₹ {shown}"
    assert _money(1_234_567_890, "USD") == "USD 12,345,678.90"


def pending(number: int) -> Receipt:
    """A stored receipt that waits for its number."""
    order_id = f"order_{number:014d}"
    due = keys.due(order_id, clock.now())
    item = Receipt.build(
        keys.receipt(order_id),
        order_id=order_id,
        payment_id=f"pay_{number:014d}",
        user_id=ids.user(),
        learner_name="Ravi",
        course_id=ids.course(),
        course_title="Ragas",
        amount=PRICE,
        currency="INR",
        captured_at=clock.now(),
        gsi2pk=due.pk,
        gsi2sk=due.sk,
    )
    stored.put(item)
    return item


def test_numbers_have_neither_gap_nor_double_under_32_threads(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of 32 receipts is asked for twice at the same time; on a busy machine that takes its time."""
    monkeypatch.setattr(receipts, "_TIMEOUT_SECONDS", 120)
    waiting = [pending(number) for number in range(32)]
    with ThreadPoolExecutor(32) as pool:
        given = list(pool.map(lambda each: ensure_numbered(each).number, [*waiting, *reversed(waiting)]))
    assert given[:32] == given[:31:-1]
    year = given[0].split("/")[1]
    assert sorted(given[:32]) == [f"L/{year}/{number:06d}" for number in range(1, 33)]
    counter = store.get(ReceiptCounter, keys.receipt_counter(year))
    assert counter is not None
    assert counter.last == 32
    assert max(map(len, given)) <= 16


def test_the_examination_finds_what_is_wrong_with_receipts(
    shop: Shop, seller: None, new_user: Callable[..., Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examine, "PAUSE_SECONDS", 0)
    sound, without, wrong, lost, twice = (buy(shop, new_user("student")) for _ in range(5))
    for order_id in (sound, without, wrong, lost, twice):
        ensure_numbered(receipt(order_id))
    assert examine.check_invariants().breaches == []
    lose(keys.receipt(without))
    tamper(receipt(wrong), taxable=1)
    tamper(receipt(lost), number="L/26-27/000077")
    tamper(receipt(twice), number="L/26-27/000001")
    found = {(each.invariant, each.subject) for each in examine.check_invariants().breaches}
    assert found == {
        ("I15", without),
        ("I15", wrong),
        ("I15", "L/26-27/000001"),
        ("I15", "L/26-27/000002"),
        ("I15", "L/26-27/000004"),
        ("I15", "L/26-27/000005"),
    }


def test_the_examination_finds_a_receipt_that_nobody_numbers(
    shop: Shop, seller: None, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examine, "PAUSE_SECONDS", 0)
    order_id = buy(shop, student)
    shop.time.pass_time(minutes=60)
    assert examine.check_invariants().breaches == []
    shop.time.pass_time(minutes=1)
    found = [(each.invariant, each.subject) for each in examine.check_invariants().breaches]
    assert found == [("I6", order_id)]
    shop.sweep()
    assert examine.check_invariants().breaches == []


@pytest.mark.parametrize("state", ["00", "28", "99", "7", "MH", ""])
def test_a_state_that_is_none_is_refused(student: Api, state: str) -> None:
    refused = student.patch("/api/auth/me", {"state": state})
    assert (refused.status, refused.json["errors"][0]["loc"]) == (422, ["body", "state"])
    assert student.get("/api/auth/me").json["state"] is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LMS_SELLER_GSTIN", "27AAPFU0939F1"),
        ("LMS_SELLER_GSTIN", "00AAPFU0939F1ZV"),
        ("LMS_TAX_RATE_BASIS_POINTS", "18%"),
    ],
)
def test_settings_that_make_no_receipt_are_refused(
    table: str, monkeypatch: pytest.MonkeyPatch, name: str, value: Any
) -> None:
    monkeypatch.setenv(name, value)
    config.clear_cache()
    with pytest.raises(SettingUnusable, match=name):
        config.settings()


def test_a_capture_writes_its_receipt_in_the_same_transaction(shop: Shop, student: Api) -> None:
    """Whatever is in the way of the receipt is in the way of the capture."""
    order_id = shop.order(student)["order_id"]
    shop.pay(order_id)
    stored.put(Receipt.build(keys.receipt(order_id), **dict.fromkeys(("order_id", "payment_id"), order_id), **REST))
    assert {reply.status for reply in shop.deliver("payment.captured")} == {503}
    assert shop.payment(order_id).captured_amount == 0
    assert [step.evidence for step in payments.history(order_id)] == ["order_created"]


REST: dict[str, Any] = {
    "user_id": "u",
    "learner_name": "",
    "course_id": "c",
    "course_title": "",
    "amount": 1,
    "currency": "INR",
    "captured_at": clock.parse("2026-11-23T12:00:00.000Z"),
}
