"""Scenarios: a sale with a coupon, a partial refund with its credit note, and the reports that list both."""

import secrets
from dataclasses import dataclass
from typing import Any, Final

from cli._demo.client import ApiUser
from cli._demo.courses import NEW_PRICE, DemoCourses
from cli._demo.output import StepFailed
from cli._demo.target import DemoTarget
from cli._demo.users import FakeRazorpayClient

_DISCOUNT: Final = 15_000
COUPON_PRICE: Final = NEW_PRICE - _DISCOUNT
PART_REFUNDED: Final = 10_000


@dataclass
class CouponSale:
    """The sale with the coupon `code`; its other fields are filled in by the steps. `month` is the seller's month."""

    courses: DemoCourses
    admin: ApiUser
    code: str
    order_id: str = ""
    receipt_number: str = ""
    note_number: str = ""
    month: str = ""


def check_coupon(sale: CouponSale, learner: ApiUser, other: ApiUser, razorpay: FakeRazorpayClient) -> None:
    output, admin = learner.output, sale.admin
    order = {"course_id": sale.courses.paid_id, "coupon": sale.code}
    with output.step("an admin creates a coupon of Rs 150 that can be used once"):
        terms = {"discount_kind": "amount", "value": _DISCOUNT, "limit": 1, "courses": [sale.courses.paid_id]}
        admin.post("/api/coupons", {"code": sale.code, **terms}).expect(201, {"code": sale.code, "remaining": 1})
    with output.step("the order has the list price, the discount, and the amount to pay"):
        price = {"list_amount": NEW_PRICE, "discount": _DISCOUNT, "amount": COUPON_PRICE, "coupon": sale.code}
        sale.order_id = learner.post("/api/payments/create-order", order).expect(201, price).value_at("order_id")
    with output.step("the order has claimed the coupon: another learner cannot use it"):
        admin.get(f"/api/coupons/{sale.code}").expect(200, {"used": 1, "remaining": 0})
        other.post("/api/payments/create-order", order).expect(409, {"code": "coupon_exhausted"})
    with output.step("the learner pays the reduced amount"):
        razorpay.pay(sale.order_id, webhooks=True)
        paid = {"payment.captured_amount": COUPON_PRICE, "payment.coupon_state": "redeemed"}
        path = f"/api/payments/{sale.order_id}"
        payment = learner.eventually(path, lambda seen: seen.value_at("payment.status") == "captured")
        payment.expect(200, {**paid, "enrollment.status": "active"})


def check_credit_note(sale: CouponSale, learner: ApiUser, target: DemoTarget) -> None:
    output, path = learner.output, f"/api/payments/{sale.order_id}"
    with output.step("an admin refunds Rs 100: the learner keeps the course"):
        refund = {"amount": PART_REFUNDED, "reason": "a goodwill gesture"}
        key = {"Idempotency-Key": secrets.token_hex(8)}
        sale.admin.call("POST", f"{path}/refund", headers=key, json=refund).expect(200)
        refunded = learner.eventually(path, lambda seen: seen.value_at("payment.refunded_amount") == PART_REFUNDED)
        refunded.expect(200, {"payment.status": "captured", "enrollment.status": "active"})
    with output.step("a sweep numbers the receipt and the credit note"):
        report = target.sweep()
        output.add_line(f"sweep > receipts {report['receipts']}, notes {report['notes']}")
        receipt = learner.eventually(f"{path}/receipt", lambda seen: bool(seen.value_at("credits.0.note.number")))
        amounts = {"amount": COUPON_PRICE, "discount": _DISCOUNT, "net_amount": COUPON_PRICE - PART_REFUNDED}
        receipt.expect(200, {**amounts, "credits.0.amount": PART_REFUNDED, "credits.0.note.type": "credit"})
        sale.receipt_number, sale.month = receipt.value_at("number"), receipt.value_at("credits.0.day")[:7]
        sale.note_number = receipt.value_at("credits.0.note.number")
        _require_parts_of_tax(receipt.value_at("tax"), COUPON_PRICE)
        _require_parts_of_tax(receipt.value_at("credits.0.tax"), PART_REFUNDED)
    with output.step("both are PDF documents"):
        note_id = receipt.value_at("credits.0.note.id")
        for document in ("receipt.pdf", f"credit-notes/{note_id}/pdf"):
            if not learner.get(f"{path}/{document}").expect(200).content.startswith(b"%PDF-"):
                raise StepFailed(f"{document} is not a PDF")


def check_reports(sale: CouponSale) -> None:
    with sale.admin.output.step("GSTR-1 of the month lists the receipt and the credit note"):
        listed: dict[str, int] = {}
        path = f"/api/reports/gstr1?month={sale.month}&limit=100"
        cursor: str | None = ""
        while cursor is not None:
            page = sale.admin.get(f"{path}&cursor={cursor}" if cursor else path).expect(200)
            listed |= {each["number"]: each["amount"] for each in page.value_at("items")}
            cursor = page.value_at("next_cursor")
        found = {number: listed.get(number) for number in (sale.receipt_number, sale.note_number)}
        sale.admin.output.add_line(f"found {found}")
        if found != {sale.receipt_number: COUPON_PRICE, sale.note_number: -PART_REFUNDED}:
            raise StepFailed(f"expected {COUPON_PRICE} and {-PART_REFUNDED}, got {found}")


def _require_parts_of_tax(tax: dict[str, Any] | None, amount: int) -> None:
    """Raises StepFailed unless taxable value and taxes add up to the amount. A seller without a GSTIN has no tax."""
    if tax and tax["taxable"] + tax["cgst"] + tax["sgst"] + tax["igst"] != amount:
        raise StepFailed(f"the parts of {tax} do not add up to {amount}")
