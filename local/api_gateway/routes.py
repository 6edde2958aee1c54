"""Match a request to a route as an HTTP API does: the most specific route wins, in any order of definition."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol


class RouteLike(Protocol):
    """A route of a Powertools resolver: `.method` "GET", `.path` "/api/courses/{course_id}"."""

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
        """The values of the path parameters, or None when the path does not match."""
        patterns = self.path.split("/")
        if len(patterns) != len(segments):
            return None
        values: dict[str, str] = {}
        for pattern, segment in zip(patterns, segments, strict=True):
            if _is_parameter(pattern):
                if not segment:
                    return None
                values[pattern[1:-1]] = segment
            elif pattern != segment:
                return None
        return values


class RouteTable:
    """All routes of all functions. Raises ValueError when two routes differ only in parameter names."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = sorted(routes, key=_specificity)
        seen: dict[str, Route] = {}
        for route in self._routes:
            shape = f"{route.method} " + "/".join("{}" if _is_parameter(s) else s for s in route.path.split("/"))
            if shape in seen:
                raise ValueError(f"two routes are the same to API Gateway: {seen[shape].key} and {route.key}")
            seen[shape] = route

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route for a decoded path and the values of its parameters; None when no route matches."""
        segments = path.split("/")
        for route in self._routes:
            if route.method == method and (values := route.match(segments)) is not None:
                return route, values
        return None

    def keys(self) -> tuple[str, ...]:
        """The keys of all routes, sorted; the deployed API must have the same."""
        return tuple(sorted(route.key for route in self._routes))


def _is_parameter(segment: str) -> bool:
    return segment.startswith("{") and segment.endswith("}")


def _specificity(route: Route) -> list[bool]:
    """Sort key: static segments before parameters, compared from the left."""
    return [_is_parameter(segment) for segment in route.path.split("/")]
