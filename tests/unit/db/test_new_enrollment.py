"""The enrollment to which the first changes of a learner are applied."""

from cli._payment_matrix import NOW
from shared.db.enrollments.enrollments import new_enrollment


def test_new_enrollment_is_pending_with_version_0() -> None:
    assert new_enrollment("usr_1", "Ravi", "crs_1", "usr_2", NOW).attribute_values == {
        "pk": "USER#usr_1",
        "sk": "ENROLLMENT#crs_1",
        "kind": "enrollment",
        "user_id": "usr_1",
        "user_name": "Ravi",
        "course_id": "crs_1",
        "instructor_id": "usr_2",
        "status": "pending",
        "version": 0,
        "created_at": NOW,
        "updated_at": NOW,
        "gsi1pk": "COURSE#crs_1",
        "gsi1sk": "ENROLLMENT#2026-11-23T12:00:00.000Z#usr_1",
    }
