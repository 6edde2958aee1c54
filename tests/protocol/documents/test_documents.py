"""Receipts and notes as PDF: what they say, who may read them, and the errors of documents that do not exist."""

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from shared import config
from shared.db.entities import Receipt
from shared.db.payments.documents import receipts
from tests.fixtures.api import Api, Reply
from tests.fixtures.corruption import tamper
from tests.fixtures.notes import put_note
from tests.fixtures.storefront import PRICE, Storefront, refund

GSTIN = "27AAPFU0939F1ZV"
TAX = {"taxable": 42_372, "cgst": 3_814, "sgst": 3_814, "igst": 0}
"""Of ₹ 500.00 with 18 %."""


@pytest.fixture
def seller(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registered seller in Maharashtra."""
    monkeypatch.setenv("LMS_SELLER_NAME", "Lectern & Sons <Learning>")
    monkeypatch.setenv("LMS_SELLER_GSTIN", GSTIN)
    monkeypatch.setenv("LMS_SELLER_ADDRESS", "12 MG Road\nPune 411001")
    config.clear_cache()


def buy(shop: Storefront, learner: Api) -> str:
    order_id: str = shop.create_order(learner, state="27")["order_id"]
    shop.pay(order_id)
    shop.deliver()
    return order_id


def stored_receipt(order_id: str) -> Receipt:
    found = receipts.get(order_id)
    assert found
    return found


def lines_of(reply: Reply) -> list[str]:
    """The lines of the only page."""
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/pdf")
    [page] = PdfReader(io.BytesIO(reply.text.encode("latin-1"))).pages
    return [line.strip() for line in page.extract_text().splitlines()]


def fonts_of(reply: Reply) -> set[str]:
    [page] = PdfReader(io.BytesIO(reply.text.encode("latin-1"))).pages
    resources: Any = page["/Resources"]
    return {font.get_object()["/BaseFont"].partition("+")[2] for font in resources["/Font"].values()}


class TestReceiptPdf:
    @pytest.mark.usefixtures("seller")
    def test_receipt_pdf_of_registered_seller_is_a_tax_invoice(self, shop: Storefront, student: Api) -> None:
        order_id = buy(shop, student)
        shop.clock.advance(minutes=5)
        shop.sweep()
        reply = student.get(f"/api/payments/{order_id}/receipt.pdf")
        assert reply.headers["Content-Disposition"] == 'inline; filename="L-26-27-000001.pdf"'
        assert reply.headers["Cache-Control"] == "no-store"
        lines = lines_of(reply)
        name = stored_receipt(order_id).learner_name
        payment_id = shop.payment(order_id).payment_id
        for expected in (
            *("Tax invoice", "L/26-27/000001", "23 November 2026", "Lectern & Sons <Learning>", "12 MG Road"),
            *("Pune 411001", f"GSTIN {GSTIN}", name, "Maharashtra (27)", order_id, payment_id),
            *("Ragas for beginners", "999293", "CGST 9 %", "SGST 9 %", "₹ 422.88", "₹ 38.06", "₹ 499.00", "Paid"),
        ):
            assert any(expected in line for line in lines), (expected, lines)

    def test_receipt_pdf_without_gstin_has_no_tax(self, shop: Storefront, student: Api) -> None:
        order_id = buy(shop, student)
        text = " ".join(lines_of(student.get(f"/api/payments/{order_id}/receipt.pdf")))
        assert "Receipt" in text
        assert not any(word in text for word in ("Tax", "GST", "SAC", "Taxable", "reverse"))

    def test_receipt_pdf_before_the_sweep_assigns_the_number(self, shop: Storefront, student: Api) -> None:
        order_id = buy(shop, student)
        assert stored_receipt(order_id).number is None
        assert "L/26-27/000001" in " ".join(lines_of(student.get(f"/api/payments/{order_id}/receipt.pdf")))
        assert stored_receipt(order_id).number == "L/26-27/000001"

    @pytest.mark.usefixtures("seller")
    def test_receipt_pdf_of_a_firm_names_the_firm_and_the_learner(self, shop: Storefront, student: Api) -> None:
        order_id = buy(shop, student)
        student.get(f"/api/payments/{order_id}/receipt")
        firm = {"buyer_gstin": "29AAGCB7383J1Z4", "buyer_name": "Veena Strings", "buyer_address": "7 Hill Road\nMysuru"}
        tamper(stored_receipt(order_id), **firm)
        lines = lines_of(student.get(f"/api/payments/{order_id}/receipt.pdf"))
        text = " ".join(lines)
        assert all(value in text for value in ("29AAGCB7383J1Z4", "Veena Strings", "7 Hill Road Mysuru", "Learner"))
        assert "?" not in text

    @pytest.mark.usefixtures("seller")
    @pytest.mark.parametrize(
        ("address", "count"),
        [("a\n" * 149 + "a", 1), ("W" * 300, 2), ("\n".join(["Wing W"] * 10), 1)],
        ids=["many lines", "wide", "ten lines"],
    )
    def test_receipt_pdf_of_a_firm_with_a_long_address_is_not_cut_off(
        self, shop: Storefront, student: Api, address: str, count: int
    ) -> None:
        """Earlier versions accepted any number of lines."""
        order_id = buy(shop, student)
        student.get(f"/api/payments/{order_id}/receipt")
        name = "W" * 120 if count == 2 else "Veena Strings"
        tamper(stored_receipt(order_id), buyer_gstin="29AAGCB7383J1Z4", buyer_name=name, buyer_address=address)
        reply = student.get(f"/api/payments/{order_id}/receipt.pdf")
        pages = PdfReader(io.BytesIO(reply.text.encode("latin-1"))).pages
        assert len(pages) == count
        heights: list[float] = []
        for page in pages:
            page.extract_text(visitor_text=lambda text, _, tm, *__: heights.append(tm[5]) if text.strip() else None)
        assert min(heights) > 30
        last = " ".join(pages[-1].extract_text().split())
        for value in ("L/26-27/000001", "₹ 422.88", "₹ 38.06", "Paid ₹ 499.00", "needs no signature"):
            assert value in last, (value, last)

    def test_receipt_pdf_of_a_discounted_sale_states_list_price_and_discount(
        self, shop: Storefront, student: Api
    ) -> None:
        order_id = buy(shop, student)
        path = f"/api/payments/{order_id}/receipt.pdf"
        assert not any(word in " ".join(lines_of(student.get(path))) for word in ("List price", "Discount"))
        tamper(stored_receipt(order_id), list_amount=99_900, discount=50_000)
        text = " ".join(lines_of(student.get(path)))
        assert "List price ₹ 999.00" in text
        assert "Discount -₹ 500.00" in text

    @pytest.mark.usefixtures("seller")
    def test_receipt_pdf_is_the_same_after_a_refund(self, shop: Storefront, student: Api) -> None:
        order_id = buy(shop, student)
        first = student.get(f"/api/payments/{order_id}/receipt.pdf").text
        put_note(order_id, 4, shop.clock.now())
        shop.clock.advance(days=30)
        assert student.get(f"/api/payments/{order_id}/receipt.pdf").text == first

    @pytest.mark.parametrize(
        ("name", "font"), [("क्षितिज विद्यार्थी", "NotoSansDevanagari"), ("கிருஷ்ணமூர்த்தி", "NotoSansTamil")]
    )
    def test_receipt_pdf_prints_names_in_indian_scripts(
        self, shop: Storefront, student: Api, name: str, font: str
    ) -> None:
        order_id = buy(shop, student)
        student.get(f"/api/payments/{order_id}/receipt")
        tamper(stored_receipt(order_id), learner_name=name)
        reply = student.get(f"/api/payments/{order_id}/receipt.pdf")
        assert fonts_of(reply) == {"NotoSans", font}
        assert "?" not in " ".join(lines_of(reply))

    def test_receipt_pdf_prints_a_question_mark_for_each_character_without_a_font(
        self, shop: Storefront, student: Api
    ) -> None:
        order_id = buy(shop, student)
        student.get(f"/api/payments/{order_id}/receipt")
        tamper(stored_receipt(order_id), learner_name="王 Ravi")
        assert "? Ravi" in " ".join(lines_of(student.get(f"/api/payments/{order_id}/receipt.pdf")))

    @pytest.mark.parametrize("title", ["W" * 120, "क्षि " * 24, "a long word " * 10])
    @pytest.mark.usefixtures("seller")
    def test_receipt_pdf_of_any_title_and_amount_is_one_page(self, shop: Storefront, student: Api, title: str) -> None:
        order_id = buy(shop, student)
        student.get(f"/api/payments/{order_id}/receipt")
        tamper(stored_receipt(order_id), course_title=title, amount=99_99_99_999_99, taxable=84_74_57_626_29)
        text = " ".join(lines_of(student.get(f"/api/payments/{order_id}/receipt.pdf")))
        assert text.count("₹ 99,99,99,999.99") == 2, "in the row, on one line, and below it"

    def test_receipt_pdf_before_capture_returns_409_receipt_not_due(self, shop: Storefront, student: Api) -> None:
        order_id = shop.create_order(student)["order_id"]
        reply = student.get(f"/api/payments/{order_id}/receipt.pdf")
        assert (reply.status, reply.code) == (409, "receipt_not_due")


class TestNotePdf:
    ISSUED = datetime.fromisoformat("2027-04-01T18:40:00Z")
    """00:10 on 2 April in India."""

    @pytest.mark.parametrize(
        ("note_type", "title", "total"),
        [("credit", "Credit note", "Credited"), ("debit", "Debit note", "Charged again")],
    )
    @pytest.mark.usefixtures("seller")
    def test_note_pdf_names_its_invoice_and_its_tax(
        self, shop: Storefront, student: Api, note_type: str, title: str, total: str
    ) -> None:
        order_id = buy(shop, student)
        student.get(f"/api/payments/{order_id}/receipt")
        put_note(order_id, 5, self.ISSUED, note_type=note_type, number="C/27-28/000007", amount=50_000, **TAX)
        reply = student.get(f"/api/payments/{order_id}/credit-notes/5/pdf")
        assert reply.headers["Content-Disposition"] == 'inline; filename="C-27-28-000007.pdf"'
        text = " ".join(lines_of(reply))
        for expected in (
            *(title, "C/27-28/000007", "2 April 2027", "Tax invoice", "L/26-27/000001", "23 November 2026"),
            *(f"GSTIN {GSTIN}", "Maharashtra (27)", "₹ 423.72", "₹ 38.14", "₹ 500.00", total),
        ):
            assert expected in text, (expected, text)
        assert "Refunded on" not in text

    @pytest.mark.usefixtures("seller")
    def test_note_pdf_of_a_partial_refund_is_named_by_the_receipt(
        self, shop: Storefront, student: Api, admin: Api
    ) -> None:
        order_id = buy(shop, student)
        assert refund(admin, order_id, 10_000, "part").status == 200
        shop.clock.advance(hours=1)
        shop.sweep()  # writes the note
        shop.sweep()  # numbers it
        [credit] = student.get(f"/api/payments/{order_id}/receipt").json["credits"]
        note, tax = credit["note"], credit["tax"]
        reply = student.get(f"/api/payments/{order_id}/credit-notes/{note['id']}/pdf")
        text = " ".join(lines_of(reply))
        assert (note["number"], tax["taxable"], tax["cgst"], tax["sgst"]) == ("C/26-27/000001", 8_474, 763, 763)
        assert all(each in text for each in ("Credit note", "C/26-27/000001", "₹ 84.74", "₹ 7.63", "₹ 100.00"))

    def test_note_pdf_written_later_states_the_day_of_the_refund(self, shop: Storefront, student: Api) -> None:
        order_id = buy(shop, student)
        student.get(f"/api/payments/{order_id}/receipt")
        put_note(order_id, 5, self.ISSUED, refunded_at=self.ISSUED - timedelta(days=90))
        text = " ".join(lines_of(student.get(f"/api/payments/{order_id}/credit-notes/5/pdf")))
        assert "Refunded on" in text
        assert "2 January 2027" in text
        assert "Taxable" not in text

    def test_note_pdf_without_number_returns_409_note_not_due(self, shop: Storefront, student: Api) -> None:
        order_id = buy(shop, student)
        put_note(order_id, 5, self.ISSUED, number=None)
        reply = student.get(f"/api/payments/{order_id}/credit-notes/5/pdf")
        assert (reply.status, reply.code) == (409, "note_not_due")

    @pytest.mark.parametrize("note_id", ["6", "x", "0005", "1234567", "-5", "²", "%20"])
    def test_note_pdf_of_another_id_returns_404_note_not_found(
        self, shop: Storefront, student: Api, note_id: str
    ) -> None:
        order_id = buy(shop, student)
        put_note(order_id, 5, self.ISSUED)
        reply = student.get(f"/api/payments/{order_id}/credit-notes/{note_id}/pdf")
        assert (reply.status, reply.code) == (404, "note_not_found")

    def test_note_pdf_of_another_learner_returns_404_order_not_found(
        self, shop: Storefront, student: Api, admin: Api, new_user: Any
    ) -> None:
        order_id = buy(shop, student)
        student.get(f"/api/payments/{order_id}/receipt")
        put_note(order_id, 5, self.ISSUED)
        path = f"/api/payments/{order_id}/credit-notes/5/pdf"
        reply = new_user("student").get(path)
        assert (reply.status, reply.code) == (404, "order_not_found")
        assert admin.get(path).status == 200
        assert PRICE == 49_900
