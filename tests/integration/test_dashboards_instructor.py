"""GET /api/dashboard/instructor."""

from collections.abc import Callable

from shared import ids
from shared.lifecycle import CourseStatus, EnrollmentStatus
from tests import stored
from tests.api import Api
from tests.roundtrips import roundtrips

Project = Callable[[], int]


def test_one_who_has_nothing_sees_zeros(instructor: Api, project: Project) -> None:
    project()
    reply = instructor.get("/api/dashboard/instructor")
    assert reply.status == 200
    assert reply.json == {
        "total_courses": 0,
        "published_courses": 0,
        "draft_courses": 0,
        "archived_courses": 0,
        "hidden_courses": 0,
        "total_enrollments": 0,
        "enrollments": {"pending": 0, "active": 0, "completed": 0, "cancelled": 0},
        "active_students": 0,
        "completions": 0,
        "completion_rate": 0,
        "revenue": [],
        "courses": [],
    }


def test_every_figure(instructor: Api, project: Project) -> None:
    mine = instructor.user_id
    first = stored.course(mine, title="First", amount=49900)
    second = stored.course(mine, title="Second", hidden=True)
    stored.course(mine, title="Third", status=CourseStatus.DRAFT, published_at=None)
    others = stored.course()
    people = [ids.user() for _ in range(4)]
    for person, status in zip(people, EnrollmentStatus, strict=True):
        stored.enrollment(person, first, status)
    stored.enrollment(people[1], second)
    stored.enrollment(people[0], others)
    stored.payment(people[1], first, 49900)
    stored.payment(people[2], first, 49900, refunded_amount=900)
    stored.payment(people[3], first, 20000, currency="USD", refunded_amount=20000)
    stored.payment(people[0], others, 100)
    project()
    with roundtrips() as calls:
        reply = instructor.get("/api/dashboard/instructor").json
    assert calls.counts == {"Query": 1}
    courses = reply.pop("courses")
    assert reply == {
        "total_courses": 3,
        "published_courses": 2,
        "draft_courses": 1,
        "archived_courses": 0,
        "hidden_courses": 1,
        "total_enrollments": 3,
        "enrollments": {"pending": 1, "active": 2, "completed": 1, "cancelled": 1},
        "active_students": 2,
        "completions": 1,
        "completion_rate": 33,
        "revenue": [{"amount": 98900, "currency": "INR"}, {"amount": 0, "currency": "USD"}],
    }
    assert [(each["title"], each["status"], each["hidden"]) for each in courses] == [
        ("First", "published", False),
        ("Second", "published", True),
        ("Third", "draft", False),
    ]
    assert courses[0] == {
        "id": first.course_id,
        "title": "First",
        "status": "published",
        "hidden": False,
        "enrollments": {"pending": 1, "active": 1, "completed": 1, "cancelled": 1},
        "completion_rate": 50,
        "revenue": [{"amount": 98900, "currency": "INR"}, {"amount": 0, "currency": "USD"}],
    }
    assert courses[1]["enrollments"] == {"pending": 0, "active": 1, "completed": 0, "cancelled": 0}


def test_titles_and_states_follow_the_course(instructor: Api, project: Project) -> None:
    course = stored.course(instructor.user_id, title="Before", status=CourseStatus.DRAFT, published_at=None)
    gone = stored.course(instructor.user_id, status=CourseStatus.DRAFT, published_at=None)
    project()
    stored.change(course, title="After", status=CourseStatus.PUBLISHED)
    stored.remove(gone)
    project()
    seen = instructor.get("/api/dashboard/instructor").json
    assert [(each["title"], each["status"]) for each in seen["courses"]] == [("After", "published")]
    assert (seen["total_courses"], seen["published_courses"], seen["draft_courses"]) == (1, 1, 0)


def test_students_are_distinct_people_and_leave_with_their_last_course(instructor: Api, project: Project) -> None:
    courses = [stored.course(instructor.user_id) for _ in range(2)]
    person = ids.user()
    enrollments = [stored.enrollment(person, course, EnrollmentStatus.PENDING) for course in courses]
    counts = []
    steps = [
        (0, EnrollmentStatus.ACTIVE),
        (1, EnrollmentStatus.ACTIVE),
        (0, EnrollmentStatus.COMPLETED),
        (0, EnrollmentStatus.CANCELLED),
        (1, EnrollmentStatus.CANCELLED),
        (0, EnrollmentStatus.ACTIVE),
    ]
    for which, status in steps:
        stored.change(enrollments[which], status=status)
        project()
        counts.append(instructor.get("/api/dashboard/instructor").json["active_students"])
    assert counts == [1, 1, 1, 1, 0, 1]


def test_only_instructors_see_it(anyone: Api, student: Api, admin: Api) -> None:
    assert anyone.get("/api/dashboard/instructor").status == 401
    assert student.get("/api/dashboard/instructor").status == 403
    assert admin.get("/api/dashboard/instructor").status == 403
