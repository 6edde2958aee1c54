"""What Razorpay reports about one order: its payments, as evidence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from functions.payments import razorpay_evidence
from functions.payments.polling.settling_order import Returned, in_settling_order
from shared.db.entities import Payment
from shared.db.payments.payment_attributes import extra_captures, primary_capture
from shared.domain.captures import Refunds, RefundStatus
from shared.domain.lifecycle import PaymentStatus
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected, Json
from shared.settlement.balances import EVER_CAPTURED, sum_by_status
from shared.settlement.evidence import AuthorizationVoided, Authorized, Captured, PollCompleted
from shared.settlement.rules.amount_rules import AmountCheck, check_amount
from shared.settlement.settle import amount_policy


@dataclass(frozen=True)
class GatewayOrder:
    """The payments of an order at Razorpay. `captured` is in the order in which it is applied: unexplained amounts
    first, and of the accepted ones the sale, as `in_settling_order` says. `refunded_amounts` maps the id of each
    captured payment to its `amount_refunded`, None when Razorpay states none. `unfinished` are the ids of the
    attempts that prove nothing yet. `completed` ends the poll."""

    captured: list[Captured]
    voided: list[AuthorizationVoided]
    authorized: list[Authorized]
    refunded_amounts: dict[str, int | None]
    unfinished: frozenset[str]
    completed: PollCompleted

    def is_paid(self, payment: Payment) -> bool:
        """Whether the order is recorded as captured, or a payment of an accepted amount was captured that is not an
        extra capture to be refunded."""
        refunded = {key for key, capture in extra_captures(payment).items() if not capture.on_hold}
        accepted = (_check(payment, each).is_accepted and each.payment_id not in refunded for each in self.captured)
        return payment.status in EVER_CAPTURED or any(accepted)

    def authorization_to_capture(self, payment: Payment) -> Authorized | None:
        """The authorization of an accepted amount; None when the order is paid."""
        if self.is_paid(payment):
            return None
        return next((each for each in self.authorized if _check(payment, each).is_accepted), None)

    def mismatched_authorizations(self, payment: Payment) -> list[Authorized]:
        return [each for each in self.authorized if _check(payment, each) is AmountCheck.UNEXPLAINED]

    def has_deciding_authorization(self, payment: Payment) -> bool:
        """Whether an authorization decides about the order, so that it is neither empty nor void: one of the order's
        amount, of an amount that a rule accepts, or of an unexplained amount (it is noted as mismatched, and lapses).
        One whose fee is unknown keeps only an access that a checkout has granted: the order may expire meanwhile, and
        its capture grants the course again."""
        if payment.status is PaymentStatus.AUTHORIZED:
            return bool(self.authorized)
        return any(_check(payment, each) is not AmountCheck.FEE_UNKNOWN for each in self.authorized)

    def is_void(self, payment_id: str) -> bool:
        """Whether an attempt that was authorized is neither captured nor unfinished. The caller knows that Razorpay
        reports it as authorized no more."""
        return payment_id not in self.refunded_amounts and payment_id not in self.unfinished

    def payments_with_unrecorded_refunds(self, payment: Payment) -> list[str]:
        """The ids of the captured payments whose refunds at Razorpay are not all recorded: one is pending here, or the
        refunded amount differs."""
        refunds_of = _recorded_refunds(payment)
        return [
            payment_id
            for payment_id, refunded_amount in self.refunded_amounts.items()
            if not _are_recorded(refunds_of.get(payment_id, {}), refunded_amount)
        ]


def _check(payment: Payment, evidence: Authorized | Captured) -> AmountCheck:
    """Compares the amount with the order's, by the policy of the settings."""
    return check_amount(payment, evidence, amount_policy())


def fetch_gateway_order(payment: Payment, listed: list[Json] | None = None) -> GatewayOrder:
    """Fetches the payments of the order, unless they are `listed`. Raises GatewayUnavailable, GatewayRejected."""
    listed = razorpay.fetch_payments_of(payment.order_id) if listed is None else listed
    entities = _fetch_authorized(payment, listed)
    evidence = {entity["id"]: razorpay_evidence.from_payment(entity) for entity in entities}
    reported = [each for of_payment in evidence.values() for each in of_payment]
    captured = [each for each in reported if isinstance(each, Captured)]
    authorized = [each for each in reported if isinstance(each, Authorized)]
    authorized_ids = frozenset(each.payment_id for each in authorized)
    with_evidence = frozenset(payment_id for payment_id, of_payment in evidence.items() if of_payment)
    refunded = {entity["id"]: entity.get("amount_refunded") for entity in entities}
    return GatewayOrder(
        in_settling_order(payment, captured, _returned_of(payment, captured, refunded)),
        [each for each in reported if isinstance(each, AuthorizationVoided)],
        authorized,
        {capture.payment_id: refunded[capture.payment_id] for capture in captured},
        frozenset(evidence) - with_evidence,
        PollCompleted(authorized_ids, with_evidence - authorized_ids),
    )


def _returned_of(
    payment: Payment, captured: list[Captured], refunded: Mapping[str, int | None]
) -> Callable[[Captured], Returned]:
    """What was refunded of each capture. Whether a refund names a request matters only while none of several captures
    is known as the sale, so it is fetched only then. Raises GatewayUnavailable, GatewayRejected."""
    is_sale_open = payment.status not in EVER_CAPTURED and len(captured) > 1

    def returned(capture: Captured) -> Returned:
        amount = refunded[capture.payment_id] or 0
        is_all, is_any = amount >= capture.amount, amount > 0
        is_looked_up = is_sale_open and is_any and not is_all
        return Returned(is_all, is_any, is_looked_up and _names_request(capture.payment_id))

    return returned


def _names_request(payment_id: str) -> bool:
    return any(map(razorpay_evidence.request_key_of, razorpay.fetch_refunds_of(payment_id)))


def _fetch_authorized(payment: Payment, listed: list[Json]) -> list[Json]:
    """The listed payments, and the one that is authorized here. The list may lag behind: where it does not contain that
    payment, or shows it in an earlier status, the payment itself is fetched. It is left out when Razorpay rejects its
    id. Raises GatewayUnavailable."""
    authorized_id = payment.payment_id if payment.status is PaymentStatus.AUTHORIZED else None
    known = any(each["id"] == authorized_id and razorpay_evidence.from_payment(each) for each in listed)
    if authorized_id is None or known:
        return listed
    others = [each for each in listed if each["id"] != authorized_id]
    try:
        return [*others, razorpay.fetch_payment(authorized_id)]
    except GatewayRejected:
        return others


def _recorded_refunds(payment: Payment) -> dict[str, Refunds]:
    """The refunds of each recorded capture, by payment id."""
    primary = {payment.payment_id: primary_capture(payment)} if payment.status in EVER_CAPTURED else {}
    return {payment_id: capture.refunds for payment_id, capture in {**primary, **extra_captures(payment)}.items()}


def _are_recorded(refunds: Refunds, refunded_amount: int | None) -> bool:
    is_pending = any(refund.status.is_pending for refund in refunds.values())
    return not is_pending and sum_by_status(refunds, RefundStatus.PROCESSED) == refunded_amount
