"""Errors that every function can return. A domain adds its own in functions/<domain>/errors.py.

    DomainError                    the class has status, code and title; the instance has detail
    ├── BadRequest                 400  bad_request
    │   ├── JsonInvalid                 json_invalid
    │   └── CursorInvalid               cursor_invalid
    ├── Unauthenticated            401  unauthenticated
    ├── Forbidden                  403  forbidden
    │   └── NotEnrolled                 not_enrolled
    ├── NotFound                   404  not_found
    │   ├── CourseNotFound              course_not_found
    │   ├── LessonNotFound              lesson_not_found
    │   ├── EnrollmentNotFound          enrollment_not_found
    │   └── UserNotFound                user_not_found
    ├── MethodNotAllowed           405  method_not_allowed
    ├── Conflict                   409  conflict (most errors of the domains are subclasses)
    │   └── IdempotencyInProgress       idempotency_in_progress
    ├── PreconditionFailed         412  precondition_failed
    ├── BodyTooLarge               413  body_too_large
    ├── UnsupportedMediaType       415  unsupported_media_type
    ├── Invalid                    422  invalid
    │   └── IdempotencyKeyReused        idempotency_key_reused
    ├── TooManyRequests            429  too_many_requests, with Retry-After
    ├── InternalError              500  internal_error
    └── Unavailable                503  unavailable, with Retry-After
        ├── StoreUnavailable            store_unavailable
        └── GatewayUnavailable          gateway_unavailable
            └── GatewayBusy             gateway_busy

A code belongs to one class and has one title; `detail` describes the particular case. shared/http renders an error as
application/problem+json (RFC 9457). docs/errors.md and GET /docs/errors list all codes.
"""

from typing import Any, ClassVar


class DomainError(Exception):
    """Base of all errors; a subclass sets `status`, a stable `code`, and a `title`. The request changed nothing unless
    the class says otherwise. `detail` defaults to the title."""

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[str]

    def __init__(
        self,
        detail: str = "",
        *,
        headers: dict[str, str] | None = None,
        errors: list[dict[str, Any]] | None = None,
    ) -> None:
        self.detail = detail or self.title
        self.headers = headers or {}
        self.errors = errors
        super().__init__(self.detail)


class BadRequest(DomainError):
    status = 400
    code = "bad_request"
    title = "The request is malformed"


class JsonInvalid(BadRequest):
    code = "json_invalid"
    title = "The body is not valid JSON"


class CursorInvalid(BadRequest):
    code = "cursor_invalid"
    title = "The cursor does not belong to this list"


class Unauthenticated(DomainError):
    status = 401
    code = "unauthenticated"
    title = "Sign in first: the access token is missing, expired or invalid"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(DomainError):
    status = 403
    code = "forbidden"
    title = "Your role does not allow this"


class NotEnrolled(Forbidden):
    code = "not_enrolled"
    title = "An active or completed enrollment in this course is required"


class NotFound(DomainError):
    """404. Also for a resource whose existence the caller may not learn."""

    status = 404
    code = "not_found"
    title = "Not found, or not available to you"


class CourseNotFound(NotFound):
    code = "course_not_found"
    title = "Course not found, or not available to you"


class LessonNotFound(NotFound):
    code = "lesson_not_found"
    title = "Lesson not found, or not available to you"


class EnrollmentNotFound(NotFound):
    code = "enrollment_not_found"
    title = "There is no enrollment in this course"


class UserNotFound(NotFound):
    code = "user_not_found"
    title = "User not found"


class MethodNotAllowed(DomainError):
    status = 405
    code = "method_not_allowed"
    title = "This path does not support this method"


class Conflict(DomainError):
    status = 409
    code = "conflict"
    title = "The resource changed in the meantime, or its state does not allow this"


class PreconditionFailed(DomainError):
    status = 412
    code = "precondition_failed"
    title = "The resource was changed by another request: read it again"


class BodyTooLarge(DomainError):
    status = 413
    code = "body_too_large"
    title = "The body is too large"


class UnsupportedMediaType(DomainError):
    status = 415
    code = "unsupported_media_type"
    title = "This route does not accept this content type"


class Invalid(DomainError):
    """422. `errors` holds one `{loc, msg, type}` per invalid value; `loc` is the path to the value."""

    status = 422
    code = "invalid"
    title = "Some values are invalid"


class IdempotencyKeyReused(Invalid):
    code = "idempotency_key_reused"
    title = "This Idempotency-Key was used with a different request"


class IdempotencyInProgress(Conflict):
    code = "idempotency_in_progress"
    title = "The first request with this Idempotency-Key is still running"


class TooManyRequests(DomainError):
    """429. Carries Retry-After in seconds."""

    status = 429
    code = "too_many_requests"
    title = "Too many attempts: try again later"

    def __init__(self, retry_after: int, detail: str = "") -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class InternalError(DomainError):
    """500: an unexpected exception. The request may have had an effect. The client gets the trace id, but no message
    and no stack trace."""

    status = 500
    code = "internal_error"
    title = "Internal error: the outcome of the request is unknown"


class Unavailable(DomainError):
    """503. Either nothing was done or the outcome is unknown; the same request may be sent again after `retry_after`
    seconds, which the response states as Retry-After."""

    status = 503
    code = "unavailable"
    title = "A service that we depend on does not respond: try again"

    def __init__(self, detail: str = "", retry_after: int = 2) -> None:
        self.retry_after = retry_after
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class StoreUnavailable(Unavailable):
    code = "store_unavailable"
    title = "The database does not respond: try again"


class GatewayUnavailable(Unavailable):
    code = "gateway_unavailable"
    title = "The payment gateway does not respond: try again"


class GatewayBusy(GatewayUnavailable):
    code = "gateway_busy"
    title = "The payment gateway rejected the call because of its rate limit: try again"
