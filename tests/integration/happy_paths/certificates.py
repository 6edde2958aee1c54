"""Normal calls of the certificate routes."""

from shared.db.entities import Outline
from shared.db.table import keys, store
from tests.integration.happy_paths.enrollments import enroll_in_free_course
from tests.integration.happy_paths.registry import Call, RouteContext, happy_path


def issued_certificate_path(context: RouteContext) -> str:
    """The path of the certificate of a course that the student completed."""
    course = enroll_in_free_course(context)
    outline = store.get(Outline, keys.outline(course.course_id))
    assert outline
    for lesson_id in outline.lesson_ids():
        path = f"/api/enrollments/{course.course_id}/lessons/{lesson_id}"
        assert context.student.put(path, {"completed": True}).status == 200
    enrollment = context.student.get(f"/api/enrollments/{course.course_id}").json
    return f"/api/certificates/{enrollment['certificate_id']}"


@happy_path("GET /api/certificates/my", "Query", "BatchGetItem")
def list_own(context: RouteContext) -> Call:
    issued_certificate_path(context)
    return lambda: context.student.get("/api/certificates/my")


@happy_path("GET /api/certificates/{certificate_id}", "GetItem", "GetItem")
def verify(context: RouteContext) -> Call:
    path = issued_certificate_path(context)
    return lambda: context.anyone.get(path)


@happy_path("GET /api/certificates/{certificate_id}/html", "GetItem", "GetItem")
def page(context: RouteContext) -> Call:
    path = issued_certificate_path(context)
    return lambda: context.anyone.get(f"{path}/html")


@happy_path("GET /api/certificates/{certificate_id}/pdf", "GetItem", "GetItem")
def pdf(context: RouteContext) -> Call:
    path = issued_certificate_path(context)
    return lambda: context.anyone.get(f"{path}/pdf")


@happy_path("PATCH /api/certificates/{certificate_id}/revocation", "GetItem", "GetItem", "TransactWriteItems")
def revoke(context: RouteContext) -> Call:
    path = issued_certificate_path(context)
    body = {"revoked": True, "reason": "Completed by another person"}
    return lambda: context.admin.patch(f"{path}/revocation", body)
