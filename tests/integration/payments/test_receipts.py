"""Receipts: numbered once and without gaps, with the included tax, and with refunds as credits."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.payments.invariants import check, confirmation
from functions.payments.receipts.receipt_service import ensure_numbered
from shared import clock, config, ids
from shared.config import SettingUnusable
from shared.db.entities import Receipt, ReceiptCounter
from shared.db.payments import payments
from shared.db.payments.documents import number_series, receipts
from shared.db.payments.documents.number_series import RECEIPTS
from shared.db.table import keys, store
from shared.db.table.retry import HOT_ITEM
from shared.errors import StoreUnavailable
from tests.fixtures import rows
from tests.fixtures.api import Api
from tests.fixtures.corruption import delete_item, tamper
from tests.fixtures.storefront import PRICE, Storefront

GSTIN = "27AAPFU0939F1ZV"


@pytest.fixture
def seller(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registered seller in Maharashtra."""
    monkeypatch.setenv("LMS_SELLER_NAME", "Lectern & Sons <Learning>")
    monkeypatch.setenv("LMS_SELLER_GSTIN", GSTIN)
    monkeypatch.setenv("LMS_SELLER_ADDRESS", "12 MG Road\nPune 411001")
    config.clear_cache()


def buy(shop: Storefront, learner: Api, state: str | None = None) -> str:
    order_id: str = shop.create_order(learner, state=state)["order_id"]
    shop.verify(learner, shop.pay(order_id))
    shop.deliver()
    return order_id


def stored_receipt(order_id: str) -> Receipt:
    found = receipts.get(order_id)
    assert found
    return found


def test_receipt_before_capture_returns_409_receipt_not_due(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.verify(student, shop.pay(order_id))
    for path in ("receipt", "receipt.html"):
        response = student.get(f"/api/payments/{order_id}/{path}")
        assert (response.status, response.code) == (409, "receipt_not_due")
    assert receipts.get(order_id) is None
    shop.deliver()
    assert student.get(f"/api/payments/{order_id}/receipt").json["number"] == "L/26-27/000001"


def test_receipt_of_seller_without_gstin_has_no_tax(shop: Storefront, student: Api) -> None:
    order_id = buy(shop, student)
    receipt = student.get(f"/api/payments/{order_id}/receipt")
    assert receipt.status == 200
    assert receipt.headers["Cache-Control"] == "no-store"
    name = student.get("/api/auth/me").json["name"]
    assert receipt.json == {
        "id": order_id,
        "number": "L/26-27/000001",
        "title": "Receipt",
        "order_id": order_id,
        "payment_id": shop.payment(order_id).payment_id,
        "issued_at": "2026-11-23T12:00:00.000Z",
        "day": "2026-11-23",
        "seller": {"name": "Lectern", "address": "", "gstin": None},
        "learner": {
            "name": name,
            "state": None,
            "state_name": None,
            "state_assumed": False,
            "gstin": None,
            "firm_name": None,
            "firm_address": None,
        },
        "course_id": shop.course.course_id,
        "course_title": "Ragas for beginners",
        "list_amount": None,
        "discount": 0,
        "coupon": None,
        "coupon_discount": None,
        "amount": PRICE,
        "currency": "INR",
        "tax": None,
        "credits": [],
        "net_amount": PRICE,
    }


@pytest.mark.parametrize(
    ("state", "parts"),
    [
        ("27", {"cgst": 3_806, "sgst": 3_806, "igst": 0}),
        ("29", {"cgst": 0, "sgst": 0, "igst": 7_612}),
    ],
)
def test_receipt_splits_included_gst_by_learner_state(
    shop: Storefront, seller: None, student: Api, state: str, parts: dict[str, int]
) -> None:
    assert student.patch("/api/auth/me", {"state": state}).json["state"] == state
    receipt = student.get(f"/api/payments/{buy(shop, student)}/receipt").json
    assert receipt["title"] == "Tax invoice"
    assert receipt["tax"] == {"sac": "999293", "rate_basis_points": 1800, "taxable": 42_288, **parts}
    assert receipt["seller"] == {
        "name": "Lectern & Sons <Learning>",
        "address": "12 MG Road\nPune 411001",
        "gstin": GSTIN,
    }
    assert receipt["learner"]["state"] == state


def test_receipt_is_immutable_once_numbered(
    shop: Storefront, seller: None, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = buy(shop, student, "27")
    first = student.get(f"/api/payments/{order_id}/receipt").json
    student.patch("/api/auth/me", {"state": "29", "name": "Somebody Else"})
    monkeypatch.setenv("LMS_TAX_RATE_BASIS_POINTS", "500")
    config.clear_cache()
    shop.sweep()
    assert student.get(f"/api/payments/{order_id}/receipt").json == first


def test_sweep_assigns_number_to_unread_receipt(shop: Storefront, student: Api) -> None:
    order_id = buy(shop, student)
    assert stored_receipt(order_id).gsi2pk is not None
    from functions.payments import sweep_handler

    report = sweep_handler.lambda_handler({}, None)
    assert (report["receipts"], report["deferred"]) == (1, 0)
    assert (stored_receipt(order_id).number, stored_receipt(order_id).gsi2pk) == ("L/26-27/000001", None)
    assert sweep_handler.lambda_handler({}, None)["receipts"] == 0


def test_receipt_number_uses_indian_financial_year_of_capture(shop: Storefront, new_user: Callable[..., Api]) -> None:
    shop.clock.current_time = shop.clock.current_time.replace(year=2027, month=3, day=31, hour=18, minute=20)
    old = buy(shop, new_user("student"))
    shop.clock.advance(minutes=15)
    new = buy(shop, new_user("student"))
    assert ensure_numbered(stored_receipt(new)).number == "L/27-28/000001"
    assert ensure_numbered(stored_receipt(old)).number == "L/26-27/000001"


def test_receipt_is_visible_to_payer_and_admin_only(
    shop: Storefront, student: Api, new_user: Callable[..., Api], admin: Api
) -> None:
    order_id = buy(shop, student)
    for path in ("receipt", "receipt.html"):
        assert Api().get(f"/api/payments/{order_id}/{path}").status == 401
        for other in (new_user("student"), new_user("instructor")):
            response = other.get(f"/api/payments/{order_id}/{path}")
            assert (response.status, response.code) == (404, "order_not_found")
        assert admin.get(f"/api/payments/{order_id}/{path}").status == 200


def test_receipt_for_immediately_refunded_capture_returns_409(shop: Storefront, student: Api, admin: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    body = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "a gift"}
    assert admin.post("/api/enrollments/grant", body).status == 201
    shop.pay(order_id)
    shop.deliver()
    assert shop.payment(order_id).reason == "duplicate"
    assert student.get(f"/api/payments/{order_id}/receipt").code == "receipt_not_due"


def test_receipt_refund_credits_with_tax_add_up_to_the_full_amount(
    shop: Storefront, seller: None, student: Api, admin: Api
) -> None:
    order_id = buy(shop, student, "27")
    for number, amount in enumerate((10_001, 333)):
        body, key = {"reason": "a part", "amount": amount}, {"Idempotency-Key": f"key-{number}"}
        assert admin.post(f"/api/payments/{order_id}/refund", body, headers=key).status == 200
        shop.clock.advance(hours=1)
        shop.sweep()
    receipt = student.get(f"/api/payments/{order_id}/receipt").json
    assert [credit["amount"] for credit in receipt["credits"]] == [10_001, 333]
    assert receipt["net_amount"] == PRICE - 10_334
    assert admin.post(f"/api/payments/{order_id}/refund", {"reason": "the rest"}).status == 200
    shop.clock.advance(hours=1)
    shop.sweep()
    receipt = student.get(f"/api/payments/{order_id}/receipt").json
    assert receipt["net_amount"] == 0
    assert sum(credit["amount"] for credit in receipt["credits"]) == PRICE
    for part in ("taxable", "cgst", "sgst", "igst"):
        assert sum(credit["tax"][part] for credit in receipt["credits"]) == receipt["tax"][part]
    for credit in receipt["credits"]:
        tax = credit["tax"]
        assert tax["taxable"] + tax["cgst"] + tax["sgst"] + tax["igst"] == credit["amount"]


def test_receipt_page_escapes_content_and_loads_no_external_resource(
    shop: Storefront, seller: None, student: Api, admin: Api
) -> None:
    rows.update(shop.course, title="<script>alert(1)</script> & ragas")
    student.patch("/api/auth/me", {"name": '"Asha" <b>Rao</b>'})
    order_id = buy(shop, student, "27")
    body, key = {"reason": "a part", "amount": 10_000}, {"Idempotency-Key": "one"}
    admin.post(f"/api/payments/{order_id}/refund", body, headers=key)
    shop.clock.advance(hours=1)
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
    assert "Tax is not payable on reverse charge." in page.text
    assert "$" not in page.text


@pytest.mark.parametrize(
    ("minor", "shown"), [(100, "1.00"), (12_345_67, "12,345.67"), (1_234_567_890, "1,23,45,678.90")]
)
def test_receipt_page_formats_inr_with_indian_digit_grouping(minor: int, shown: str) -> None:
    from functions.payments.receipts.receipt_text import money

    assert money(minor, "INR") == f"₹ {shown}"
    assert money(1_234_567_890, "USD") == "USD 12,345,678.90"


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [(1_234_567, "JPY", "JPY 1,234,567"), (-500, "JPY", "\N{MINUS SIGN}JPY 500"), (1_234_567, "KWD", "KWD 1,234.567")],
)
def test_receipt_page_formats_currencies_of_0_and_3_decimal_places(minor: int, currency: str, shown: str) -> None:
    from functions.payments.receipts.receipt_text import money

    assert money(minor, currency) == shown


def store_unnumbered_receipt(number: int) -> Receipt:
    """A stored receipt without a number."""
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
    rows.put(item)
    return item


def test_receipt_numbers_under_32_threads_have_no_gap_and_no_duplicate(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of 32 receipts is requested twice at the same time, which is slow on a busy machine."""
    monkeypatch.setattr(number_series, "HOT_ITEM", replace(HOT_ITEM, timeout_seconds=120))
    waiting = [store_unnumbered_receipt(number) for number in range(32)]
    with ThreadPoolExecutor(32) as pool:
        numbers = list(pool.map(lambda each: ensure_numbered(each).number, [*waiting, *reversed(waiting)]))
    assert numbers[:32] == numbers[:31:-1]
    year = numbers[0].split("/")[1]
    assert sorted(numbers[:32]) == [f"L/{year}/{number:06d}" for number in range(1, 33)]
    counter = store.get(ReceiptCounter, keys.receipt_counter(year))
    assert counter is not None
    assert counter.last == 32
    assert max(map(len, numbers)) <= 16


def test_voided_receipt_numbers_are_skipped_once_per_restore_and_stay_unused(
    shop: Storefront, seller: None, new_user: Callable[..., Api]
) -> None:
    before, after, later = (buy(shop, new_user("student"), "27") for _ in range(3))
    assert ensure_numbered(stored_receipt(before)).number == "L/26-27/000001"
    restored_to, now = shop.clock.now() - timedelta(hours=1), shop.clock.now()
    voided = number_series.void_numbers(RECEIPTS, "26-27", 40, restored_to, now)
    assert (voided.first, voided.last) == (2, 41)
    shop.clock.advance(minutes=5)
    assert number_series.void_numbers(RECEIPTS, "26-27", 70, restored_to, shop.clock.now()) == voided
    assert ensure_numbered(stored_receipt(after)).number == "L/26-27/000042"
    again = number_series.void_numbers(RECEIPTS, "26-27", 3, now, shop.clock.now())
    assert (again.first, again.last) == (43, 45)
    assert ensure_numbered(stored_receipt(later)).number == "L/26-27/000046"
    counters = number_series.counters(RECEIPTS, ["25-26", "26-27"])
    assert {year: number_series.voided(counter) for year, counter in counters.items()} == {"26-27": [voided, again]}
    assert check.check_invariants().breaches == []


def test_voided_receipt_numbers_of_year_without_receipts_begin_at_one(shop: Storefront) -> None:
    voided = number_series.void_numbers(RECEIPTS, "27-28", 5, shop.clock.now(), shop.clock.now())
    assert (voided.first, voided.last, number_series.counters(RECEIPTS, ["27-28"])["27-28"].last) == (1, 5, 5)


def test_i15_receipt_with_a_voided_number_is_reported(
    shop: Storefront, seller: None, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirmation, "PAUSE_SECONDS", 0)
    order_id = buy(shop, student, "27")
    number_series.void_numbers(RECEIPTS, "26-27", 3, shop.clock.now(), shop.clock.now())
    tamper(ensure_numbered(stored_receipt(order_id)), number="L/26-27/000002")
    assert [str(each) for each in check.check_invariants().breaches] == [
        "I15 L/26-27/000002: voided, but on a receipt",
        "I15 L/26-27/000004: assigned, but on no receipt",
    ]


def test_i15_missing_altered_lost_and_duplicate_receipts_are_reported(
    shop: Storefront, seller: None, new_user: Callable[..., Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirmation, "PAUSE_SECONDS", 0)
    sound, without, wrong, lost, twice = (buy(shop, new_user("student"), "27") for _ in range(5))
    for order_id in (sound, without, wrong, lost, twice):
        ensure_numbered(stored_receipt(order_id))
    assert check.check_invariants().breaches == []
    delete_item(keys.receipt(without))
    tamper(stored_receipt(wrong), taxable=1)
    tamper(stored_receipt(lost), number="L/26-27/000077")
    tamper(stored_receipt(twice), number="L/26-27/000001")
    found = {(each.invariant, each.subject) for each in check.check_invariants().breaches}
    assert found == {
        ("I15", without),
        ("I15", wrong),
        ("I15", "L/26-27/000001"),
        ("I15", "L/26-27/000002"),
        ("I15", "L/26-27/000004"),
        ("I15", "L/26-27/000005"),
    }


def test_i6_receipt_unnumbered_for_over_an_hour_is_reported(
    shop: Storefront, seller: None, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirmation, "PAUSE_SECONDS", 0)
    order_id = buy(shop, student, "27")
    shop.clock.advance(minutes=60)
    assert check.check_invariants().breaches == []
    shop.clock.advance(minutes=1)
    found = [(each.invariant, each.subject) for each in check.check_invariants().breaches]
    assert found == [("I6", order_id)]
    shop.sweep()
    assert check.check_invariants().breaches == []


@pytest.mark.parametrize("state", ["00", "28", "99", "7", "MH", ""])
def test_profile_with_invalid_state_code_returns_422(student: Api, state: str) -> None:
    response = student.patch("/api/auth/me", {"state": state})
    assert (response.status, response.json["errors"][0]["loc"]) == (422, ["body", "state"])
    assert student.get("/api/auth/me").json["state"] is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LMS_SELLER_GSTIN", "27AAPFU0939F1"),
        ("LMS_SELLER_GSTIN", "00AAPFU0939F1ZV"),
        ("LMS_SELLER_GSTIN", "27AAPFU0939F1ZW"),
        ("LMS_TAX_RATE_BASIS_POINTS", "18%"),
    ],
)
def test_settings_with_invalid_gstin_or_tax_rate_are_rejected(
    table: str, monkeypatch: pytest.MonkeyPatch, name: str, value: Any
) -> None:
    monkeypatch.setenv(name, value)
    config.clear_cache()
    with pytest.raises(SettingUnusable, match=name):
        config.settings()


def test_capture_and_receipt_are_written_in_one_transaction(shop: Storefront, student: Api) -> None:
    """An error of the receipt's write prevents the capture, too."""
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    rows.put(
        Receipt.build(
            keys.receipt(order_id), **dict.fromkeys(("order_id", "payment_id"), order_id), **OTHER_RECEIPT_ATTRIBUTES
        )
    )
    assert {reply.status for reply in shop.deliver("payment.captured")} == {503}
    assert shop.payment(order_id).captured_amount == 0
    assert [step.evidence for step in payments.history(order_id)] == ["order_created"]


OTHER_RECEIPT_ATTRIBUTES: dict[str, Any] = {
    "user_id": "u",
    "learner_name": "",
    "course_id": "c",
    "course_title": "",
    "amount": 1,
    "currency": "INR",
    "captured_at": clock.parse("2026-11-23T12:00:00.000Z"),
}


def test_last_numbers_of_a_table_are_read_by_its_name(shop: Storefront, table: str) -> None:
    number_series.void_numbers(RECEIPTS, "26-27", 40, shop.clock.now(), shop.clock.now())
    assert number_series.last_numbers_of(table, RECEIPTS, ["25-26", "26-27"]) == {"26-27": 40}


def test_last_numbers_of_an_unknown_table_raise_store_unavailable(shop: Storefront) -> None:
    with pytest.raises(StoreUnavailable) as raised:
        number_series.last_numbers_of("lectern-lost", RECEIPTS, ["26-27"])
    assert raised.value.detail == "the table lectern-lost cannot be read"
