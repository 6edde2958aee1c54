"""Changes of access: granted or revoked by an admin, or given up by the learner."""

from tests.simulation.initial_data import Learner
from tests.simulation.session import SimulationSession


def grant_access(session: SimulationSession, learner: Learner, course_id: str) -> None:
    _change_access(session, "/api/enrollments/grant", learner, course_id)


def revoke_access(session: SimulationSession, learner: Learner, course_id: str) -> None:
    _change_access(session, "/api/enrollments/revoke", learner, course_id)


def withdraw_from_course(session: SimulationSession, learner: Learner, course_id: str) -> None:
    """The learner withdraws."""
    session.call_with_retries("DELETE", f"/api/enrollments/{course_id}", token=learner.token)


def _change_access(session: SimulationSession, path: str, learner: Learner, course_id: str) -> None:
    body = {"user_id": learner.user_id, "course_id": course_id, "reason": "support"}
    session.call_with_retries("POST", path, body, token=session.data.admin_token)
