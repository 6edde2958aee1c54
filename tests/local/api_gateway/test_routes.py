"""The choice of the route for a request."""

import itertools

import pytest

from local.api_gateway.routes import Route, RouteTable

PATHS = [
    "/api/courses",
    "/api/courses/mine",
    "/api/courses/{course_id}",
    "/api/courses/{course_id}/lessons/{lesson_id}",
    "/api/courses/{course_id}/lessons/first",
    "/api/enrollments/{course_id}/{anything}",
    "/api/enrollments/my/summary",
]


@pytest.mark.parametrize(
    ("path", "key", "values"),
    [
        ("/api/courses", "GET /api/courses", {}),
        ("/api/courses/mine", "GET /api/courses/mine", {}),
        ("/api/courses/crs_1", "GET /api/courses/{course_id}", {"course_id": "crs_1"}),
        ("/api/courses/a b", "GET /api/courses/{course_id}", {"course_id": "a b"}),
        ("/api/courses/c/lessons/first", "GET /api/courses/{course_id}/lessons/first", {"course_id": "c"}),
        (
            "/api/courses/c/lessons/l",
            "GET /api/courses/{course_id}/lessons/{lesson_id}",
            {"course_id": "c", "lesson_id": "l"},
        ),
        ("/api/enrollments/my/summary", "GET /api/enrollments/my/summary", {}),
        ("/api/enrollments/my/x", "GET /api/enrollments/{course_id}/{anything}", {"course_id": "my", "anything": "x"}),
    ],
)
def test_routes_find_prefers_most_specific_route_in_any_order(path: str, key: str, values: dict[str, str]) -> None:
    for order in itertools.islice(itertools.permutations(PATHS), 0, 5040, 97):
        found = RouteTable(Route("GET", pattern, pattern) for pattern in order).find("GET", path)
        assert found is not None
        assert (found[0].key, found[1]) == (key, values)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/courses"),
        ("GET", "/api/courses/"),
        ("GET", "/api/course"),
        ("GET", "/api/courses/c/lessons"),
        ("GET", "/api/courses/c/lessons/"),
        ("GET", "//api/courses"),
        ("get", "/api/courses"),
    ],
)
def test_routes_find_without_match_returns_none(method: str, path: str) -> None:
    assert RouteTable(Route("GET", pattern, pattern) for pattern in PATHS).find(method, path) is None


def test_routes_with_ambiguous_paths_raise_value_error() -> None:
    with pytest.raises(ValueError, match=r"the same to API Gateway: GET /api/\{a\}/x and GET /api/\{b\}/x"):
        RouteTable([Route("GET", "/api/{a}/x", 1), Route("GET", "/api/{b}/x", 2)])


def test_routes_keys_are_sorted_method_and_path() -> None:
    routes = RouteTable([Route("PUT", "/api/b/{id}", 1), Route("GET", "/api/a", 2)])
    assert routes.keys() == ("GET /api/a", "PUT /api/b/{id}")
