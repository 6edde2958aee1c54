"""The admin edits coupons, the instructor sets sale prices, and a coupon is lost for a while."""

from datetime import timedelta
from typing import Any, Final

from shared import clock
from shared.db.table import keys
from tests.simulation.actions import learner_actions
from tests.simulation.initial_data import COUPONS, Learner
from tests.simulation.session import SimulationSession

_LOST: Final = "LOST_COUPON#"
"""The partition that keeps a lost coupon, in the table itself: an older table that is restored contains it too."""


def edit_coupon(session: SimulationSession) -> None:
    """Change the value, the window or the limits of a coupon, or deactivate it and activate it again."""
    rng, code = session.random, session.random.choice(list(COUPONS))
    now = clock.now()
    changes: dict[str, Any] = rng.choice(
        (
            {"per_learner": rng.choice((1, 2, 5))},
            {"limit": rng.choice((1, 2, 5))} if "limit" in COUPONS[code] else {"minimum": 20_000},
            {"value": rng.choice((5, 15, 50))} if COUPONS[code]["value"] != 100 else {"per_learner": 3},
            {"valid_until": clock.text(now + timedelta(seconds=rng.choice((1, 600, 4_000))))},
            {"active": False},
        )
    )
    reply = _patch(session, code, changes)
    if reply:
        session.play("coupon edited", code, ", ".join(changes))
    session.wait(rng.choice((1, 100, 4_000)))
    _patch(session, code, {"active": True, "valid_until": None, "minimum": None})


def _patch(session: SimulationSession, code: str, changes: dict[str, Any]) -> bool:
    """Whether the product accepted the edit."""
    path = f"/api/coupons/{code}"
    reply = session.call_with_retries("PATCH", path, changes, token=session.data.admin_token)
    return bool(reply and reply.ok)


def change_sale(session: SimulationSession, course_id: str) -> None:
    """Set a sale price that begins at once or soon, and perhaps end it early."""
    rng, now = session.random, clock.now()
    starts_at = now + timedelta(seconds=rng.choice((0, 1, 600)))
    sale = {
        "amount": rng.choice((0, 9_900, 15_000)),
        "from": clock.text(starts_at),
        "until": clock.text(starts_at + timedelta(seconds=rng.choice((60, 4_000, 100_000)))),
    }
    path = f"/api/courses/{course_id}"
    reply = session.call_with_retries("PUT", path, {"sale": sale}, token=session.data.instructor_token)
    if reply and reply.ok:
        session.play("sale price set", course_id)
    session.wait(rng.choice((1, 100, 4_000)))
    if rng.random() < 0.5:
        session.call_with_retries("PUT", path, {"sale": None}, token=session.data.instructor_token)


def lose_coupon(session: SimulationSession, learner: Learner, course_id: str) -> None:
    """A coupon is deleted by hand while an order with it is paid late or expires, and put back."""
    code = session.random.choice(("LAST-ONE", "A-FEW", "A-FEW"))
    order = learner_actions.create_order(session, learner, course_id, code)
    if session.random.random() < 0.3:
        session.wait(2_000)
    coupon = keys.coupon(code)
    raw = session.environment.table.items.get((coupon.pk, coupon.sk))
    if order is None or raw is None:
        return
    kept = {"pk": {"S": f"{_LOST}{code}"}, "sk": {"S": "COUPON"}, "kind": {"S": "lost_coupon"}, "coupon": {"M": raw}}
    _write(session, {"PutRequest": {"Item": kept}})
    _write(session, {"DeleteRequest": {"Key": {"pk": raw["pk"], "sk": raw["sk"]}}})
    session.play("coupon lost", code)
    if session.random.random() < 0.6:
        learner_actions.wait_until_order_expires(session, order)
        session.wait(session.random.choice((1, 600)))
    learner_actions.pay_soon_or_late(session, learner, order)
    session.wait(session.random.choice((1, 600, 4_000)))
    put_back_coupons(session)


def put_back_coupons(session: SimulationSession) -> None:
    """An operator puts every lost coupon back."""
    for (pk, _), kept in list(session.environment.table.items.items()):
        if pk.startswith(_LOST):
            _write(session, {"PutRequest": {"Item": kept["coupon"]["M"]}})
            _write(session, {"DeleteRequest": {"Key": {"pk": kept["pk"], "sk": kept["sk"]}}})


def _write(session: SimulationSession, request: dict[str, Any]) -> None:
    session.environment.table.call("BatchWriteItem", {"RequestItems": {"simulation": [request]}})
