"""Converts entities of the gateway to transactions on the account. Amounts in minor units.

https://razorpay.com/docs/api/settlements/fetch-recon/ documents the members of a settled transaction. In its examples
the credit of a payment is its amount less the fee, the fee contains the tax, and a transfer debits its amount plus the
fee. That a deduction for a dispute is an adjustment that names the dispute is unverified: the page has no example.
"""

from datetime import UTC, datetime
from typing import Any, Final

from functions.payments.razorpay_evidence import MalformedPayload
from shared.domain.account_ledger import AccountTransaction, LedgerKind
from shared.gateways.razorpay import Json

_KINDS: Final = {"payment": LedgerKind.PAYMENT, "refund": LedgerKind.REFUND, "transfer": LedgerKind.TRANSFER}
_DEBITS: Final = (LedgerKind.REFUND, LedgerKind.TRANSFER)
_MAX_AMOUNT: Final = 10**15
_MAX_TEXT: Final = 200
_MAX_TIME: Final = 253_402_300_799
"""The last second of the year 9999, in unix seconds."""
_SETTLEMENT_CURRENCY: Final = "INR"
"""Razorpay settles in INR only: https://razorpay.com/docs/api/settlements/ ."""
_NO_TRANSFER: Final = "failed"
"""The status of a settlement whose money returned to the account. The others are `created` and `processed`."""


def from_recon(entry: Json) -> AccountTransaction:
    """A settled transaction. A type that is not documented is an adjustment: whatever moves the balance is recorded.

    Raises MalformedPayload (a member of the wrong form), KeyError (a missing one)."""
    kind = _KINDS.get(entry["type"], LedgerKind.ADJUSTMENT)
    if kind is LedgerKind.ADJUSTMENT and entry.get("dispute_id"):
        kind = LedgerKind.DISPUTE
    entity_id, net = _text(entry["entity_id"]), _amount(entry["credit"]) - _amount(entry["debit"])
    fee, tax = _deducted_fee(entry, kind, net)
    return AccountTransaction(
        entity_id=entity_id,
        kind=kind,
        net=net,
        fee=fee,
        tax=tax,
        currency=_text(entry["currency"]),
        at=_time(entry["created_at"]),
        payment_id=entity_id if kind is LedgerKind.PAYMENT else _text_or_none(entry.get("payment_id")),
        order_id=_text_or_none(entry.get("order_id")),
        dispute_id=_text_or_none(entry.get("dispute_id")),
        settlement_id=_text_or_none(entry.get("settlement_id")) if entry.get("settled", True) else None,
        description=_text_or_none(entry.get("description")),
    )


def _deducted_fee(entry: Json, kind: LedgerKind, net: int) -> tuple[int, int]:
    """The fee that the transaction takes from the balance, and the tax in it. Where credit and amount are equal, as for
    an account that is invoiced for its fees, the fee is paid otherwise: 0."""
    fee, tax = _amount(entry.get("fee") or 0), _amount(entry.get("tax") or 0)
    gross = -_amount(entry["amount"]) if kind in _DEBITS else _amount(entry["amount"])
    is_deducted = kind in _KINDS.values() and gross - net == fee and tax <= fee
    return (fee, tax) if is_deducted else (0, 0)


def from_payment(payment: Json) -> AccountTransaction | None:
    """The transaction of a captured payment that may not be settled yet; None if it was not captured.

    Raises MalformedPayload, KeyError."""
    if not payment.get("captured"):
        return None
    fee, tax = _amount(payment.get("fee") or 0), _amount(payment.get("tax") or 0)
    return AccountTransaction(
        entity_id=_text(payment["id"]),
        kind=LedgerKind.PAYMENT,
        net=_amount(payment["amount"]) - fee,
        fee=fee,
        tax=tax,
        currency=_text(payment["currency"]),
        at=_time(payment["created_at"]),
        payment_id=payment["id"],
        order_id=_text_or_none(payment.get("order_id")),
    )


def from_refund(refund: Json) -> AccountTransaction:
    """The transaction of a refund that may not be settled yet. Raises MalformedPayload, KeyError."""
    return AccountTransaction(
        entity_id=_text(refund["id"]),
        kind=LedgerKind.REFUND,
        net=-_amount(refund["amount"]),
        currency=_text(refund["currency"]),
        at=_time(refund["created_at"]),
        payment_id=_text(refund["payment_id"]),
    )


def from_settlement(settlement: Json) -> AccountTransaction:
    """A transfer to the bank account; of 0 if it failed. Raises MalformedPayload, KeyError."""
    settlement_id, status = _text(settlement["id"]), _text(settlement["status"])
    return AccountTransaction(
        entity_id=settlement_id,
        kind=LedgerKind.SETTLEMENT,
        net=0 if status == _NO_TRANSFER else -_amount(settlement["amount"]),
        currency=_SETTLEMENT_CURRENCY,
        at=_time(settlement["created_at"]),
        settlement_id=settlement_id,
        utr=_text_or_none(settlement.get("utr")),
        status=status,
    )


def _amount(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= _MAX_AMOUNT:
        raise MalformedPayload
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise MalformedPayload
    return value[:_MAX_TEXT]


def _text_or_none(value: Any) -> str | None:
    return _text(value) if value else None


def _time(seconds: Any) -> datetime:
    if type(seconds) is not int or not 0 <= seconds <= _MAX_TIME:
        raise MalformedPayload
    return datetime.fromtimestamp(seconds, UTC)
