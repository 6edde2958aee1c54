"""What the normal calls of all routes have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import pytest

from tests.fixtures.api import Api, Reply
from tests.fixtures.storefront import Storefront

Call = Callable[[], Reply]

PASSWORD = "a long enough phrase"


class RouteContext:
    """One person of each role; a shop, a projector and a place for pictures for those who ask for them."""

    def __init__(self, fixtures: pytest.FixtureRequest) -> None:
        self._fixtures = fixtures
        self.anyone = Api()
        self.student: Api = fixtures.getfixturevalue("student")
        self.instructor: Api = fixtures.getfixturevalue("instructor")
        self.admin: Api = fixtures.getfixturevalue("admin")

    @cached_property
    def shop(self) -> Storefront:
        """Asked for before anything is stored: from here on time stands still."""
        shop: Storefront = self._fixtures.getfixturevalue("shop")
        return shop

    def project(self) -> None:
        """Lets the read models catch up."""
        self._fixtures.getfixturevalue("run_projector")()

    def media(self) -> None:
        """Starts the stand-in that keeps pictures."""
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
