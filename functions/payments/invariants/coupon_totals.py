"""I19 of one coupon, or of one use of it, read by keys in constant memory. An item that cannot be read is a breach of
I17, and ends the check of its coupon only."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from functions.payments.invariants.confirmation import confirmed
from functions.payments.invariants.ledger import Breach, CouponUser, Ledger, build_ledger
from functions.payments.invariants.rules.coupons import check_uses, total_breaches
from functions.payments.invariants.rules.readability import check_readable
from shared import clock
from shared.db.entities import EnrollmentEvent
from shared.db.payments import coupons, learner_records
from shared.db.payments.learner_records import Records, UnreadableItem
from shared.db.table import keys, store
from shared.db.table.unreadable_items import READ_ERRORS


def find_wrong_totals(codes: Iterable[str]) -> list[Breach]:
    """I19: what is taken from the limit of each coupon is what its learners use. One Query of its partition, more for
    thousands of learners. Raises StoreUnavailable."""
    return [breach for code in codes for breach in confirmed(partial(_checked, code, _wrong_total))]


def _checked(code: str, find: Callable[[str], list[Breach]]) -> list[Breach]:
    """The breaches that `find` returns, or that the coupon cannot be checked."""
    try:
        return find(code)
    except READ_ERRORS as error:
        return [Breach("I17", code, f"the coupon cannot be checked: {type(error).__name__}: {error}")]


def _wrong_total(code: str) -> list[Breach]:
    """Also every use that cannot be read: then there is no total."""
    uses, unreadable = 0, list[UnreadableItem]()
    for use in coupons.uses_of(code):
        if isinstance(use, UnreadableItem):
            unreadable.append(use)
        else:
            uses += use.uses
    if unreadable:
        return list(check_readable(Ledger(clock.now(), unreadable=unreadable)))
    coupon = coupons.get(code)
    return list(total_breaches(coupon, uses)) if coupon else []


def find_wrong_uses(code: str) -> Iterator[Breach]:
    """I19: the uses of each learner of the coupon. It reads every order of each of them, so only a command may call it.
    Raises StoreUnavailable."""
    for use in coupons.uses_of(code):
        if not isinstance(use, UnreadableItem):
            yield from confirmed(partial(_checked, code, partial(_wrong_uses, use.user_id)))


def _wrong_uses(user_id: str, code: str) -> list[Breach]:
    order_ids = [order_id for listed in learner_records.list_keys(user_id).orders.values() for order_id in listed]
    records = Records()
    records.add(store.get_many_raw([keys.payment(order_id) for order_id in sorted(order_ids)]))
    history = keys.enrollment_event(user_id, "", 0).sk.partition("#")[0]
    records.add(store.query_all_raw(keys.user(user_id).pk, sk=EnrollmentEvent.sk.startswith(history)))
    records.add(store.get_many_raw([keys.coupon_use(code, user_id)]))
    ledger = build_ledger(records.items, clock.now())
    subject = str(CouponUser(code, user_id))
    return [breach for breach in check_uses(ledger) if breach.subject == subject]
