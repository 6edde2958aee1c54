"""The product's own timelines in the log of a history that failed."""

from typing import Any

from tests.load.http_histories.history.history import History


def log_timelines(history: History) -> None:
    """Append the steps of each learner in each course to the log."""
    for number, learner in enumerate(history.learners):
        for course in history.courses:
            path = f"/api/enrollments/{course.course_id}/timeline?user_id={learner.user_id}"
            reply = history.admin.call("GET", path)
            if reply is not None and reply.ok:
                history.log.append(f"timeline of learner {number} in {course.course_id}")
                history.log += [_line(event) for event in reply.body["items"]]


def _line(event: dict[str, Any]) -> str:
    shown = {name: value for name, value in event.items() if value not in (None, []) and name not in ("at", "subject")}
    for name in ("currency", "amount", "note"):
        shown.pop(name, None)
    return f"{event['at']} {event['subject']} {shown}"
