"""Learners request refunds and take requests back; admins decide, also at the same moment."""

from functools import partial

from shared.db.entities import Payment
from shared.db.payments.learner_requests import learner_request
from shared.domain.lifecycle import PaymentStatus
from tests.simulation.actions.scheduled_functions import run_sweep
from tests.simulation.initial_data import Learner
from tests.simulation.promises import DecisionPromise, LearnerRequestPromise
from tests.simulation.session import SimulationSession

_PAUSES = (0.0, 1.0, 600.0, 40_000.0)


def ask_for_refund(session: SimulationSession) -> None:
    """A learner requests a refund of a captured payment, perhaps twice at once; another learner does, and must not find
    it. The learner may take the request back, and an admin decides about it sooner or later."""
    rng, scheduler, captured = session.random, session.environment.scheduler, captured_payments(session)
    if not captured:
        return
    payment = rng.choice(captured)
    order_id, learner = payment.order_id, _learner_of(session, payment)
    if rng.random() < 0.2:
        _ask_for_another_learners(session, learner, order_id)
    if rng.random() < 0.2:
        scheduler.spawn(f"{learner.name} again", partial(_ask, session, learner, order_id), 0)
    if not _ask(session, learner, order_id):
        return
    if rng.random() < 0.6:
        scheduler.spawn("admin", partial(decide_on_request, session), rng.choice(_PAUSES))
    if rng.random() < 0.25:
        session.wait(rng.choice(_PAUSES))
        take_back(session, learner, order_id)


def take_back(session: SimulationSession, learner: Learner, order_id: str) -> None:
    reply = session.call_with_retries("DELETE", f"/api/payments/{order_id}/refund-request", token=learner.token)
    if reply and reply.ok:
        session.play("refund request withdrawn", order_id)
        _promise(session, order_id, reply.body)


def decide_on_request(session: SimulationSession) -> None:
    """Approve or decline an open request; sometimes while another admin decides, the learner takes it back and asks
    again with another reason, or a sweep begins just before Razorpay is asked."""
    rng, open_ones = session.random, requested_payments(session)
    if not open_ones:
        return
    payment, scheduler = rng.choice(open_ones), session.environment.scheduler
    order_id = payment.order_id
    if session.mode.sweep and rng.random() < 0.3:
        sweeps = partial(scheduler.spawn, "sweep", partial(run_sweep, session))
        session.environment.on_next_request[f"POST /v1/payments/{payment.payment_id}/refund"] = sweeps
    if rng.random() < 0.3:
        scheduler.spawn("another admin", partial(_decide, session, payment), rng.choice((0, 1)))
    learner = _learner_of(session, payment)
    if rng.random() < 0.2:
        scheduler.spawn(f"{learner.name} withdraws", partial(_ask_anew, session, learner, order_id), rng.choice((0, 1)))
    _decide(session, payment)


def _ask_anew(session: SimulationSession, learner: Learner, order_id: str) -> None:
    take_back(session, learner, order_id)
    _ask(session, learner, order_id)


def requested_payments(session: SimulationSession) -> list[Payment]:
    """The payments with an open request."""
    return [each for each in captured_payments(session) if (request := learner_request(each)) and request.is_open]


def _learner_of(session: SimulationSession, payment: Payment) -> Learner:
    return next(each for each in session.data.learners if each.user_id == payment.user_id)


def captured_payments(session: SimulationSession) -> list[Payment]:
    """The payments of which a refund may be requested."""
    stored = [session.environment.entities.get_shared(raw) for raw in session.environment.table.items.values()]
    return [item for item in stored if isinstance(item, Payment) and item.status is PaymentStatus.CAPTURED]


def _ask(session: SimulationSession, learner: Learner, order_id: str) -> bool:
    body = {"reason": f"not for me, {session.random.getrandbits(40)}"}
    reply = session.call_with_retries("POST", f"/api/payments/{order_id}/refund-request", body, token=learner.token)
    outcome = "no answer" if reply is None else reply.body.get("code", "accepted")
    session.play(f"refund request by a learner: {outcome}", order_id)
    if reply is None or not reply.ok:
        return False
    _promise(session, order_id, reply.body)
    return True


def _ask_for_another_learners(session: SimulationSession, learner: Learner, order_id: str) -> None:
    others = [each for each in session.data.learners if each is not learner]
    for other in others[:1]:
        body = {"reason": "mine now"}
        reply = session.call_with_retries("POST", f"/api/payments/{order_id}/refund-request", body, token=other.token)
        if reply and reply.status != 404:
            session.unexpected_responses.append(f"I14 another learner's refund request of {order_id}: {reply.status}")


def _promise(session: SimulationSession, order_id: str, body: dict[str, dict[str, dict[str, str]]]) -> None:
    request = body["payment"]["learner_request"]
    session.promises.append(LearnerRequestPromise(order_id, request["reason"], request["state"], session.now))


def _decide(session: SimulationSession, payment: Payment) -> None:
    """An admin decides about the request of `payment`, as they have read it."""
    order_id, request = payment.order_id, learner_request(payment)
    assert request
    decision = session.random.choice(("approve", "approve", "decline"))
    note = f"decided {session.random.getrandbits(40)}"
    reply = session.call_with_retries(
        "POST",
        f"/api/payments/{order_id}/refund-request/decision",
        {"number": request.number, "decision": decision, "note": note},
        token=session.data.admin_token,
    )
    outcome = "no answer" if reply is None else reply.body.get("code", "done")
    session.play(f"{decision} of a refund request: {outcome}", order_id)
    if reply and reply.ok:
        session.promises.append(DecisionPromise(order_id, request.reason, note, decision == "approve", session.now))
