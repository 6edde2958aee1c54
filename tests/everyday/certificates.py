"""Certificates, and who looks at them."""

from shared.db import keys, store
from shared.db.entities import Outline
from tests.everyday.enrollments import enrolled
from tests.everyday.world import Call, World, everyday


def certified(world: World) -> str:
    """The path of the certificate of a course that the student completed."""
    course = enrolled(world)
    outline = store.get(Outline, keys.outline(course.course_id))
    assert outline
    for lesson_id in outline.lesson_ids():
        path = f"/api/enrollments/{course.course_id}/lessons/{lesson_id}"
        assert world.student.put(path, {"completed": True}).status == 200
    enrollment = world.student.get(f"/api/enrollments/{course.course_id}").json
    return f"/api/certificates/{enrollment['certificate_id']}"


@everyday("GET /api/certificates/my", "Query", "BatchGetItem")
def list_own(world: World) -> Call:
    certified(world)
    return lambda: world.student.get("/api/certificates/my")


@everyday("GET /api/certificates/{certificate_id}", "GetItem", "GetItem")
def verify(world: World) -> Call:
    path = certified(world)
    return lambda: world.anyone.get(path)


@everyday("GET /api/certificates/{certificate_id}/html", "GetItem", "GetItem")
def page(world: World) -> Call:
    path = certified(world)
    return lambda: world.anyone.get(f"{path}/html")


@everyday("GET /api/certificates/{certificate_id}/pdf", "GetItem", "GetItem")
def pdf(world: World) -> Call:
    path = certified(world)
    return lambda: world.anyone.get(f"{path}/pdf")


@everyday("PATCH /api/certificates/{certificate_id}/revocation", "GetItem", "GetItem", "TransactWriteItems")
def revoke(world: World) -> Call:
    path = certified(world)
    body = {"revoked": True, "reason": "Somebody else did it"}
    return lambda: world.admin.patch(f"{path}/revocation", body)
