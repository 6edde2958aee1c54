"""I17: every stored item of the ledger can be read, and is found."""

from collections.abc import Iterator

from functions.payments.invariants.ledger import Breach, Ledger
from shared.db.entities import Payment
from shared.db.table import keys


def check_readable(ledger: Ledger) -> Iterator[Breach]:
    """I17. This version of the code can read every item."""
    for item in ledger.unreadable:
        yield Breach("I17", f"{item.pk} {item.sk}", f"cannot be read: {item.error}")


def check_listed(ledger: Ledger) -> Iterator[Breach]:
    """I17. The index lists each payment and each certificate under its learner; otherwise neither the learner nor the
    check of one learner would find it."""
    for order_id, payment in ledger.payments.items():
        if not is_listed(payment):
            yield Breach("I17", order_id, "is not listed under its payer")
    for certificate_id, certificate in ledger.certificates.items():
        if certificate.listing != keys.certificate_listing(
            certificate.user_id, certificate.completed_at, certificate_id
        ):
            yield Breach("I17", certificate_id, "is not listed under its learner")


def is_listed(payment: Payment) -> bool:
    """Whether the index lists the payment under its payer."""
    return payment.listing == keys.payer_listing(payment.user_id, payment.created_at, payment.order_id)
