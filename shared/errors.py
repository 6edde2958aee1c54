"""The refusals every function can give. Each domain adds its own beside its service.

    DomainError                    status, code and title are the class's; detail is the instance's
    ├── Unauthenticated            401  unauthenticated
    ├── Forbidden                  403  forbidden
    ├── NotFound                   404  not_found
    ├── MethodNotAllowed           405  method_not_allowed
    ├── PreconditionFailed         412  precondition_failed
    ├── BodyTooLarge               413  body_too_large
    ├── UnsupportedMediaType       415  unsupported_media_type
    ├── BadRequest                 400  bad_request (and cursor_invalid, json_invalid …)
    ├── Invalid                    422  invalid
    ├── Conflict                   409  conflict (domains subclass it)
    ├── TooManyRequests            429  too_many_requests
    └── Unavailable                503  unavailable, with Retry-After
        ├── StoreUnavailable            store_unavailable
        └── GatewayUnavailable          gateway_unavailable
            └── GatewayBusy             gateway_busy

An error is a fact about what was asked, rendered once as application/problem+json (RFC 9457) by shared/http.
"""

from typing import Any, ClassVar


class DomainError(Exception):
    """A refusal with a stable `code`. Nothing has changed when one is raised, unless its class says otherwise."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    title: ClassVar[str] = "The request cannot be served"

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
    title = "The request is malformed"


class JsonInvalid(BadRequest):
    code = "json_invalid"
    title = "The body is not valid JSON"


class CursorInvalid(BadRequest):
    code = "cursor_invalid"
    title = "The cursor was not made for this list"


class Unauthenticated(DomainError):
    status = 401
    code = "unauthenticated"
    title = "Sign in first: the access token is missing, expired or not valid"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(DomainError):
    status = 403
    code = "forbidden"
    title = "Your role may not do this"


class NotFound(DomainError):
    status = 404
    code = "not_found"
    title = "There is nothing here that you may see"


class MethodNotAllowed(DomainError):
    status = 405
    code = "method_not_allowed"
    title = "This path does not answer to that method"


class Conflict(DomainError):
    status = 409
    code = "conflict"
    title = "The thing changed meanwhile, or does not allow this"


class PreconditionFailed(DomainError):
    status = 412
    code = "precondition_failed"
    title = "The thing was changed by somebody else: read it again"


class BodyTooLarge(DomainError):
    status = 413
    code = "body_too_large"
    title = "The body is too large"


class UnsupportedMediaType(DomainError):
    status = 415
    code = "unsupported_media_type"
    title = "The content type is not one this route takes"


class Invalid(DomainError):
    """422. `errors` holds one `{loc, msg, type}` per fault; `loc` is the path to the value."""

    status = 422
    code = "invalid"
    title = "Some values are not valid"


class IdempotencyKeyReused(Invalid):
    code = "idempotency_key_reused"
    title = "This Idempotency-Key was used with another request"


class IdempotencyInProgress(Conflict):
    code = "idempotency_in_progress"
    title = "The first request with this Idempotency-Key is still running"


class TooManyRequests(DomainError):
    """429. Carries Retry-After in seconds."""

    status = 429
    code = "too_many_requests"
    title = "Too many attempts: wait a while"

    def __init__(self, retry_after: int, detail: str = "") -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class Unavailable(DomainError):
    """503. The outcome is unknown or nothing was done; the same request may be sent again after Retry-After seconds."""

    status = 503
    code = "unavailable"
    title = "A part we depend on does not answer: try again"

    def __init__(self, detail: str = "", retry_after: int = 2) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class StoreUnavailable(Unavailable):
    code = "store_unavailable"
    title = "The database does not answer: try again"


class GatewayUnavailable(Unavailable):
    code = "gateway_unavailable"
    title = "The payment gateway does not answer: try again"


class GatewayBusy(GatewayUnavailable):
    code = "gateway_busy"
    title = "The payment gateway has too much to do, and did nothing: try again"
