"""Path patterns, route keys and access levels."""

import pytest

from shared.domain.lifecycle import Role
from shared.http.route import Access, Route, path_pattern


@pytest.mark.parametrize(
    ("path", "requested", "parameters"),
    [
        ("/api/courses/{course_id}", "/api/courses/crs_1", {"course_id": "crs_1"}),
        ("/api/courses/{course_id}", "/api/courses/", None),
        ("/api/courses/{course_id}", "/api/courses", None),
        ("/api/courses/{course_id}", "/api/courses/a/b", None),
        ("/api/courses/{course_id}", "/api/courses/a/", None),
        ("/api/courses/{course_id}", "//api/courses/a", None),
        ("/api/courses/{course_id}", "/API/courses/a", None),
        ("/api/courses/{course_id}", "/api/courses/%2F", {"course_id": "%2F"}),
        ("/api/courses/{course_id}", "/api/courses/" + "a" * 128, {"course_id": "a" * 128}),
        ("/api/courses/{course_id}", "/api/courses/" + "a" * 129, None),
        ("/a/{x}/b/{y}", "/a/1/b/2", {"x": "1", "y": "2"}),
        ("/a/{x}/b/{y}", "/a/1/c/2", None),
        ("/.well-known/jwks.json", "/.well-known/jwks.json", {}),
        ("/.well-known/jwks.json", "/xwell-known/jwksxjson", None),
        ("/a/{x}.html", "/a/1.html", {"x": "1"}),
    ],
)
def test_route_pattern_parameter_matches_one_segment_and_rest_is_literal(
    path: str, requested: str, parameters: dict[str, str] | None
) -> None:
    match = path_pattern(path).fullmatch(requested)
    assert (match.groupdict() if match else None) == parameters


def test_route_key_and_summary_come_from_path_and_docstring() -> None:
    def endpoint(_: object) -> None:
        """Reads a thing.

        Slowly."""

    def undocumented(_: object) -> None: ...

    assert Route("GET", "/things/{id}", Access.ANYONE, endpoint).key == "GET /things/{id}"
    assert Route("GET", "/things", Access.ANYONE, endpoint).summary == "Reads a thing."
    assert Route("GET", "/things", Access.ANYONE, undocumented).summary == "undocumented"


def test_access_levels_name_distinct_role_sets() -> None:
    assert [each for each in Access if not each.needs_token] == [Access.ANYONE, Access.OPTIONAL]
    assert Access.SIGNED_IN.value == frozenset(Role)
    assert len({each.value for each in Access}) == len(list(Access)), "two names with one value would be one member"
