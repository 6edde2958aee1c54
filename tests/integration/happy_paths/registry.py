"""Registry and shared data of the normal call of every route."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import pytest

from tests.fixtures.api import Api, Reply
from tests.fixtures.storefront import Storefront

Call = Callable[[], Reply]

PASSWORD = "a long enough phrase"


class RouteContext:
    """One user of each role; storefront, projector and Cloudinary fake are started on first use."""

    def __init__(self, fixtures: pytest.FixtureRequest) -> None:
        self._fixtures = fixtures
        self.anyone = Api()
        self.student: Api = fixtures.getfixturevalue("student")
        self.instructor: Api = fixtures.getfixturevalue("instructor")
        self.admin: Api = fixtures.getfixturevalue("admin")

    @cached_property
    def shop(self) -> Storefront:
        """The storefront. Request it before anything is stored: the clock stops from here on."""
        shop: Storefront = self._fixtures.getfixturevalue("shop")
        return shop

    def project(self) -> None:
        """Lets the read models catch up."""
        self._fixtures.getfixturevalue("run_projector")()

    def media(self) -> None:
        """Starts the Cloudinary fake."""
        self._fixtures.getfixturevalue("media")


@dataclass(frozen=True)
class HappyPath:
    """`prepare` does what must have happened before, and gives the call. `operations` are the DynamoDB calls it makes,
    in their order."""

    prepare: Callable[[RouteContext], Call]
    operations: tuple[str, ...]


HAPPY_PATHS: dict[str, HappyPath] = {}


def happy_path(
    route: str, *operations: str
) -> Callable[[Callable[[RouteContext], Call]], Callable[[RouteContext], Call]]:
    """Registers the normal call of `route`."""

    def register(prepare: Callable[[RouteContext], Call]) -> Callable[[RouteContext], Call]:
        assert route not in HAPPY_PATHS, route
        HAPPY_PATHS[route] = HappyPath(prepare, operations)
        return prepare

    return register


def multipart_form(data: bytes) -> tuple[bytes, dict[str, str]]:
    """A multipart body with one file, and its headers."""
    head = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n\r\n'
    return head + data + b"\r\n--cut--\r\n", {"Content-Type": "multipart/form-data; boundary=cut"}
