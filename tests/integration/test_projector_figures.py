"""What the projector counts."""

from collections.abc import Callable

from shared import ids
from shared.db import keys, store
from shared.db.entities import CourseFigures, InstructorTotals
from shared.lifecycle import EnrollmentStatus
from tests import stored

Project = Callable[[], int]


def test_an_enrollment_moves_through_the_figures(project: Project) -> None:
    course = stored.course()
    student = ids.user()
    enrollment = stored.enrollment(student, course, EnrollmentStatus.PENDING)
    project()
    totals = store.get(InstructorTotals, keys.instructor_totals(course.instructor_id))
    assert totals is not None
    assert (totals.pending, totals.active, totals.students, totals.published) == (1, 0, 0, 1)
    stored.change(enrollment, status=EnrollmentStatus.ACTIVE)
    project()
    totals = store.get(InstructorTotals, keys.instructor_totals(course.instructor_id))
    assert totals is not None
    assert (totals.pending, totals.active, totals.students) == (0, 1, 1)
    figures = store.get(CourseFigures, keys.course_figures(course.course_id))
    assert figures is not None
    assert figures.enrollment_count == 1
