"""The access control matrix: the roles that may call each route, written independently of the code.

A route that is missing here fails the build.
"""

from typing import Final

PUBLIC: Final = "public"
"""Anyone may call the route; a token is ignored."""
OPEN: Final = "open"
"""Anyone may call the route, but a token must be valid: an authenticated caller may see more."""

_STUDENT: Final = frozenset({"student"})
_INSTRUCTOR: Final = frozenset({"instructor"})
_ADMIN: Final = frozenset({"admin"})
_SIGNED_IN: Final = _STUDENT | _INSTRUCTOR | _ADMIN

Callers = str | frozenset[str]

ALLOWED_CALLERS: Final[dict[str, Callers]] = {
    "POST /api/auth/register": PUBLIC,
    "POST /api/auth/login": PUBLIC,
    "POST /api/auth/refresh_token": PUBLIC,
    "GET /api/auth/refresh_token": PUBLIC,
    "POST /api/auth/logout": PUBLIC,
    "GET /api/auth/logout": PUBLIC,
    "GET /.well-known/jwks.json": PUBLIC,
    "GET /api/auth/me": _SIGNED_IN,
    "PATCH /api/auth/me": _SIGNED_IN,
    "POST /api/auth/me/password": _SIGNED_IN,
    "PUT /api/auth/me/avatar": _SIGNED_IN,
    "DELETE /api/auth/me/avatar": _SIGNED_IN,
    "GET /api/users": _ADMIN,
    "GET /api/users/{user_id}": _ADMIN,
    "PATCH /api/users/{user_id}": _ADMIN,
    "GET /api/courses": PUBLIC,
    "POST /api/courses": _INSTRUCTOR,
    "GET /api/courses/mine": _INSTRUCTOR,
    "GET /api/courses/{course_id}": OPEN,
    "PUT /api/courses/{course_id}": _INSTRUCTOR,
    "DELETE /api/courses/{course_id}": _INSTRUCTOR,
    "POST /api/courses/{course_id}/publish": _INSTRUCTOR,
    "POST /api/courses/{course_id}/unpublish": _INSTRUCTOR,
    "PUT /api/courses/{course_id}/thumbnail": _INSTRUCTOR,
    "PUT /api/courses/{course_id}/outline": _INSTRUCTOR,
    "PATCH /api/courses/{course_id}/moderation": _ADMIN,
    "GET /api/courses/{course_id}/reviews": OPEN,
    "PUT /api/courses/{course_id}/reviews/my": _STUDENT,
    "GET /api/courses/{course_id}/reviews/my": _STUDENT,
    "DELETE /api/courses/{course_id}/reviews/my": _STUDENT,
    "PATCH /api/courses/{course_id}/reviews/{review_id}/moderation": _ADMIN,
    "GET /api/courses/{course_id}/lessons/{lesson_id}": OPEN,
    "GET /api/courses/{course_id}/enrollments": _INSTRUCTOR | _ADMIN,
    "POST /api/sections": _INSTRUCTOR,
    "GET /api/sections/{id}": OPEN,
    "PUT /api/sections/{id}": _INSTRUCTOR,
    "DELETE /api/sections/{id}": _INSTRUCTOR,
    "POST /api/lessons": _INSTRUCTOR,
    "GET /api/lessons/{id}": OPEN,
    "PUT /api/lessons/{id}": _INSTRUCTOR,
    "DELETE /api/lessons/{id}": _INSTRUCTOR,
    "POST /api/media/signature": _SIGNED_IN,
    "POST /api/media/notifications": PUBLIC,
    "POST /api/enrollments": _STUDENT,
    "GET /api/enrollments/my": _STUDENT,
    "GET /api/enrollments/{course_id}": _STUDENT,
    "DELETE /api/enrollments/{course_id}": _STUDENT,
    "PUT /api/enrollments/{course_id}/lessons/{lesson_id}": _STUDENT,
    "GET /api/enrollments/{course_id}/progress": _STUDENT,
    "GET /api/enrollments/{course_id}/timeline": _STUDENT | _ADMIN,
    "POST /api/enrollments/grant": _ADMIN,
    "POST /api/enrollments/revoke": _ADMIN,
    "GET /api/certificates/my": _STUDENT,
    "GET /api/certificates/{certificate_id}": PUBLIC,
    "GET /api/certificates/{certificate_id}/html": PUBLIC,
    "GET /api/certificates/{certificate_id}/pdf": PUBLIC,
    "PATCH /api/certificates/{certificate_id}/revocation": _ADMIN,
    "POST /api/payments/create-order": _STUDENT,
    "POST /api/payments/quote": _STUDENT,
    "POST /api/payments/verify": _STUDENT,
    "POST /api/payments/webhook": PUBLIC,
    "GET /api/payments": _ADMIN,
    "GET /api/payments/my": _SIGNED_IN,
    "GET /api/disputes": _ADMIN,
    "GET /api/payments/refund-requests": _ADMIN,
    "POST /api/payments/{order_id}/refund-request": _SIGNED_IN,
    "DELETE /api/payments/{order_id}/refund-request": _SIGNED_IN,
    "POST /api/payments/{order_id}/refund-request/decision": _ADMIN,
    "GET /api/reports/ledger": _ADMIN,
    "GET /api/reports/month": _ADMIN,
    "GET /api/reports/payouts": _ADMIN,
    "GET /api/reports/payouts/{settlement_id}": _ADMIN,
    "GET /api/reports/gstr1": _ADMIN,
    "POST /api/coupons": _ADMIN,
    "GET /api/coupons": _ADMIN,
    "GET /api/coupons/{code}": _ADMIN,
    "PATCH /api/coupons/{code}": _ADMIN,
    "GET /api/payments/{order_id}": _SIGNED_IN,
    "GET /api/payments/{order_id}/receipt": _SIGNED_IN,
    "GET /api/payments/{order_id}/receipt.html": _SIGNED_IN,
    "GET /api/payments/{order_id}/receipt.pdf": _SIGNED_IN,
    "GET /api/payments/{order_id}/credit-notes/{note_id}/pdf": _SIGNED_IN,
    "POST /api/payments/{order_id}/poll": _ADMIN,
    "GET /api/reconciliation": _ADMIN,
    "POST /api/payments/{order_id}/refund": _ADMIN,
    "POST /api/payments/{order_id}/manual-refunds": _ADMIN,
    "POST /api/payments/{order_id}/accept": _ADMIN,
    "GET /api/dashboard/instructor": _INSTRUCTOR,
    "GET /api/dashboard/instructor/courses/{course_id}": _INSTRUCTOR,
    "GET /api/dashboard/instructor/courses.csv": _INSTRUCTOR,
    "GET /api/dashboard/student": _STUDENT,
    "GET /api/dashboard/admin": _ADMIN,
    "GET /api/dashboard/admin/courses": _ADMIN,
    "GET /api/seller": PUBLIC,
    "GET /api/health": PUBLIC,
    "GET /api/health/ready": PUBLIC,
    "GET /api/openapi.json": PUBLIC,
    "GET /api/docs": PUBLIC,
    "GET /docs/errors": PUBLIC,
}

ROLE_CHECK_ONLY: Final = frozenset(
    {
        "GET /api/users/{user_id}",
        "PATCH /api/users/{user_id}",
        "PATCH /api/courses/{course_id}/moderation",
        "PATCH /api/courses/{course_id}/reviews/{review_id}/moderation",
        "POST /api/payments/{order_id}/poll",
        "POST /api/payments/{order_id}/refund",
        "POST /api/payments/{order_id}/manual-refunds",
        "POST /api/payments/{order_id}/accept",
        "POST /api/payments/{order_id}/refund-request/decision",
        "PATCH /api/certificates/{certificate_id}/revocation",
        "GET /api/coupons/{code}",
        "PATCH /api/coupons/{code}",
        "GET /api/reports/payouts/{settlement_id}",
    }
)
"""Routes with an id in the path for which the role is the only check, because admins own nothing."""

UNGUESSABLE_ID_ROUTES: Final = frozenset(
    {
        "GET /api/certificates/{certificate_id}",
        "GET /api/certificates/{certificate_id}/html",
        "GET /api/certificates/{certificate_id}/pdf",
    }
)
"""Routes to resources that anyone with the id may read. The id cannot be guessed."""

FOREIGN_IDS: Final[dict[str, list[tuple[str, str, str]]]] = {
    "GET /api/courses/{course_id}": [
        ("anonymous", "/api/courses/{draft}", "course_not_found"),
        ("student", "/api/courses/{draft}", "course_not_found"),
        ("instructor", "/api/courses/{draft}", "course_not_found"),
        ("student", "/api/courses/{hidden}", "course_not_found"),
    ],
    "PUT /api/courses/{course_id}": [
        ("instructor", "/api/courses/{draft}", "course_not_found"),
        ("instructor", "/api/courses/{course}", "course_not_found"),
    ],
    "DELETE /api/courses/{course_id}": [("instructor", "/api/courses/{draft}", "course_not_found")],
    "POST /api/courses/{course_id}/publish": [("instructor", "/api/courses/{draft}/publish", "course_not_found")],
    "POST /api/courses/{course_id}/unpublish": [("instructor", "/api/courses/{course}/unpublish", "course_not_found")],
    "PUT /api/courses/{course_id}/thumbnail": [("instructor", "/api/courses/{draft}/thumbnail", "course_not_found")],
    "PUT /api/courses/{course_id}/outline": [("instructor", "/api/courses/{draft}/outline", "course_not_found")],
    "GET /api/courses/{course_id}/enrollments": [
        ("instructor", "/api/courses/{course}/enrollments", "course_not_found")
    ],
    "GET /api/courses/{course_id}/reviews": [
        ("anonymous", "/api/courses/{draft}/reviews", "course_not_found"),
        ("student", "/api/courses/{hidden}/reviews", "course_not_found"),
        ("instructor", "/api/courses/{draft}/reviews", "course_not_found"),
    ],
    "PUT /api/courses/{course_id}/reviews/my": [
        ("student", "/api/courses/{course}/reviews/my", "enrollment_not_found")
    ],
    "GET /api/courses/{course_id}/reviews/my": [("student", "/api/courses/{course}/reviews/my", "review_not_found")],
    "DELETE /api/courses/{course_id}/reviews/my": [("student", "/api/courses/{course}/reviews/my", "review_not_found")],
    "GET /api/courses/{course_id}/lessons/{lesson_id}": [
        ("anonymous", "/api/courses/{draft}/lessons/{draft_lesson}", "course_not_found"),
        ("student", "/api/courses/{draft}/lessons/{draft_lesson}", "course_not_found"),
        ("instructor", "/api/courses/{draft}/lessons/{draft_lesson}", "course_not_found"),
        ("student", "/api/courses/{course}/lessons/{draft_lesson}", "lesson_not_found"),
    ],
    "GET /api/sections/{id}": [
        ("anonymous", "/api/sections/{draft}", "course_not_found"),
        ("student", "/api/sections/{draft}", "course_not_found"),
        ("instructor", "/api/sections/{draft}", "course_not_found"),
    ],
    "PUT /api/sections/{id}": [("instructor", "/api/sections/{draft_section}", "section_not_found")],
    "DELETE /api/sections/{id}": [("instructor", "/api/sections/{draft_section}", "section_not_found")],
    "GET /api/lessons/{id}": [
        ("anonymous", "/api/lessons/{draft_section}", "course_not_found"),
        ("student", "/api/lessons/{draft_section}", "course_not_found"),
        ("instructor", "/api/lessons/{draft_section}", "course_not_found"),
    ],
    "PUT /api/lessons/{id}": [("instructor", "/api/lessons/{draft_lesson}", "lesson_not_found")],
    "DELETE /api/lessons/{id}": [("instructor", "/api/lessons/{draft_lesson}", "lesson_not_found")],
    "GET /api/dashboard/instructor/courses/{course_id}": [
        ("instructor", "/api/dashboard/instructor/courses/{course}", "course_not_found")
    ],
    "GET /api/enrollments/{course_id}": [("student", "/api/enrollments/{course}", "enrollment_not_found")],
    "DELETE /api/enrollments/{course_id}": [("student", "/api/enrollments/{course}", "enrollment_not_found")],
    "PUT /api/enrollments/{course_id}/lessons/{lesson_id}": [
        ("student", "/api/enrollments/{course}/lessons/{lesson}", "enrollment_not_found"),
    ],
    "GET /api/enrollments/{course_id}/progress": [
        ("student", "/api/enrollments/{course}/progress", "enrollment_not_found")
    ],
    "GET /api/enrollments/{course_id}/timeline": [
        ("student", "/api/enrollments/{course}/timeline", "enrollment_not_found"),
        ("student", "/api/enrollments/{course}/timeline?user_id={owner}", "enrollment_not_found"),
    ],
    "GET /api/payments/{order_id}": [
        ("student", "/api/payments/{order}", "order_not_found"),
        ("instructor", "/api/payments/{order}", "order_not_found"),
    ],
    "POST /api/payments/{order_id}/refund-request": [
        ("student", "/api/payments/{order}/refund-request", "order_not_found"),
        ("instructor", "/api/payments/{order}/refund-request", "order_not_found"),
    ],
    "DELETE /api/payments/{order_id}/refund-request": [
        ("student", "/api/payments/{order}/refund-request", "order_not_found"),
        ("instructor", "/api/payments/{order}/refund-request", "order_not_found"),
    ],
    "GET /api/payments/{order_id}/receipt": [
        ("student", "/api/payments/{order}/receipt", "order_not_found"),
        ("instructor", "/api/payments/{order}/receipt", "order_not_found"),
    ],
    "GET /api/payments/{order_id}/receipt.html": [
        ("student", "/api/payments/{order}/receipt.html", "order_not_found"),
        ("instructor", "/api/payments/{order}/receipt.html", "order_not_found"),
    ],
    "GET /api/payments/{order_id}/receipt.pdf": [
        ("student", "/api/payments/{order}/receipt.pdf", "order_not_found"),
        ("instructor", "/api/payments/{order}/receipt.pdf", "order_not_found"),
    ],
    "GET /api/payments/{order_id}/credit-notes/{note_id}/pdf": [
        ("student", "/api/payments/{order}/credit-notes/3/pdf", "order_not_found"),
        ("instructor", "/api/payments/{order}/credit-notes/3/pdf", "order_not_found"),
    ],
}
"""Calls of routes with the id of a resource that belongs to another user: (caller, path, error code of the 404)."""
