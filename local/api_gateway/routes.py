"""Find the route for a request as an HTTP API does: the most specific one wins, whatever the order of definition."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol


class RouteLike(Protocol):
    """A route as a resolver lists it: `.method` "GET", `.path` "/api/courses/{course_id}"."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    target: Any

    @property
    def key(self) -> str:
        """API Gateway's name for the route: "GET /api/courses/{course_id}"."""
        return f"{self.method} {self.path}"

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """The values of the path's parameters, or None when the path is another one."""
        own = self.path.split("/")
        if len(own) != len(segments):
            return None
        values: dict[str, str] = {}
        for pattern, segment in zip(own, segments, strict=True):
            if _is_parameter(pattern):
                if not segment:
                    return None
                values[pattern[1:-1]] = segment
            elif pattern != segment:
                return None
        return values


class RouteTable:
    """All routes of all functions. Raises ValueError when two routes cannot be told apart."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = sorted(routes, key=_specificity)
        seen: dict[str, Route] = {}
        for route in self._routes:
            shape = f"{route.method} " + "/".join("{}" if _is_parameter(s) else s for s in route.path.split("/"))
            if shape in seen:
                raise ValueError(f"two routes are the same to API Gateway: {seen[shape].key} and {route.key}")
            seen[shape] = route

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route for an already decoded path, with its parameters' values."""
        segments = path.split("/")
        for route in self._routes:
            if route.method == method and (values := route.match(segments)) is not None:
                return route, values
        return None

    def keys(self) -> tuple[str, ...]:
        """Every route's key, sorted: what the deployed API must have too."""
        return tuple(sorted(route.key for route in self._routes))


def _is_parameter(segment: str) -> bool:
    return segment.startswith("{") and segment.endswith("}")


def _specificity(route: Route) -> list[bool]:
    """Static before parameter, compared from the left."""
    return [_is_parameter(segment) for segment in route.path.split("/")]
