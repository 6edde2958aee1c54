"""Changes of access: granted or revoked by an admin, or given up by the learner."""

from tests.simulation.initial_data import Learner
from tests.simulation.promises import AccessPromise
from tests.simulation.session import SimulationSession


def grant_access(session: SimulationSession, learner: Learner, course_id: str) -> None:
    _change_access(session, "grant", learner, course_id)


def revoke_access(session: SimulationSession, learner: Learner, course_id: str) -> None:
    _change_access(session, "revoke", learner, course_id)


def withdraw_from_course(session: SimulationSession, learner: Learner, course_id: str) -> None:
    """The learner withdraws."""
    session.call_with_retries("DELETE", f"/api/enrollments/{course_id}", token=learner.token)


def _change_access(session: SimulationSession, what: str, learner: Learner, course_id: str) -> None:
    """An accepted request is a promise."""
    body = {"user_id": learner.user_id, "course_id": course_id, "reason": "support"}
    path = f"/api/enrollments/{what}"
    reply = session.call_with_retries("POST", path, body, token=session.data.admin_token)
    if reply and reply.ok:
        session.promises.append(AccessPromise(learner.user_id, course_id, what == "grant", session.now))
