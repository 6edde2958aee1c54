"""Routes as data: one list serves the dispatcher, the OpenAPI document, the role matrix and the infrastructure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from pydantic import BaseModel

from shared.domain.lifecycle import Role
from shared.errors import DomainError
from shared.http.request import Request

Endpoint = Callable[[Request[Any, Any]], Any]


class Access(Enum):
    """Who may call a route. ANYONE does not look at a token; OPTIONAL reads one when it is there."""

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


@dataclass(frozen=True)
class Route:
    """One route: how it is called, who may, what goes in and out, and how it can refuse."""

    method: str
    path: str
    access: Access
    endpoint: Endpoint
    status: int = 200
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    response: Any = None
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
        """As API Gateway writes it: `GET /api/courses/{course_id}`."""
        return f"{self.method} {self.path}"


_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_SEGMENT: Final = r"(?P<\1>[^/]{1,128})"


def path_pattern(path: str) -> re.Pattern[str]:
    """`/api/courses/{course_id}` as an expression with named groups; a parameter is one segment of 1 to 128 characters:
    what is longer is no id, and could not be a key."""
    segments = (_PARAMETER.sub(_SEGMENT, part) if "{" in part else re.escape(part) for part in path.split("/"))
    return re.compile("/".join(segments))
