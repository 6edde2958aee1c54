"""Routes as data. The dispatcher, the OpenAPI document, the access-control tests and the infrastructure read them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypedDict

from pydantic import BaseModel

from shared.domain.lifecycle import Role
from shared.errors import DomainError
from shared.http.request import Request

Endpoint = Callable[[Request[Any, Any]], Any]


class Access(Enum):
    """The roles that may call a route. ANYONE ignores a token; OPTIONAL verifies one if it is present."""

    ANYONE = frozenset[Role]()
    OPTIONAL = "optional"
    SIGNED_IN = frozenset(Role)
    STUDENT = frozenset({Role.STUDENT})
    INSTRUCTOR = frozenset({Role.INSTRUCTOR})
    INSTRUCTOR_OR_ADMIN = frozenset({Role.INSTRUCTOR, Role.ADMIN})
    STUDENT_OR_ADMIN = frozenset({Role.STUDENT, Role.ADMIN})
    ADMIN = frozenset({Role.ADMIN})

    @property
    def needs_token(self) -> bool:
        return self not in (Access.ANYONE, Access.OPTIONAL)


class RouteOptions(TypedDict, total=False):
    """The optional fields of Route, as keywords of `App.route`."""

    status: int
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    response: Any
    response_200: Any
    guard: Callable[[Request[Any, Any]], Any] | None
    creates: bool
    media_type: str
    body_limit: int
    body_optional: bool
    errors: tuple[type[DomainError], ...]


@dataclass(frozen=True)
class Route:
    """One route: method and path, access, endpoint, schemas of request and response, and the errors it can return.

    `guard` runs before the body is read; its result is `request.guard_result`. `creates` enables Idempotency-Key.
    `response_200` is the schema of a 200 of a route whose `status` is another: what was asked for exists already.
    `body_limit` is in bytes."""

    method: str
    path: str
    access: Access
    endpoint: Endpoint
    status: int = 200
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    response: Any = None
    response_200: Any = None
    guard: Callable[[Request[Any, Any]], Any] | None = None
    creates: bool = False
    media_type: str = "application/json"
    body_limit: int = 262_144
    body_optional: bool = False
    errors: tuple[type[DomainError], ...] = ()

    @property
    def summary(self) -> str:
        return (self.endpoint.__doc__ or self.endpoint.__name__).strip().partition("\n")[0]

    @property
    def key(self) -> str:
        """The route key as API Gateway writes it: `GET /api/courses/{course_id}`."""
        return f"{self.method} {self.path}"


_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_SEGMENT: Final = r"(?P<\1>[^/]{1,128})"


def path_pattern(path: str) -> re.Pattern[str]:
    """`/api/courses/{course_id}` as a regular expression with named groups. A parameter matches one segment of 1 to 128
    characters: no id is longer."""
    segments = (_PARAMETER.sub(_SEGMENT, part) if "{" in part else re.escape(part) for part in path.split("/"))
    return re.compile("/".join(segments))
