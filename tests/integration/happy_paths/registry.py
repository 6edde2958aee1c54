"""Registry and shared data of the normal call of every route."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import pytest

from shared import config
from tests.fixtures.api import Api, Reply
from tests.fixtures.storefront import Storefront

Call = Callable[[], Reply]

PASSWORD = "a long enough phrase"


class RouteContext:
    """Provides one user of each role. The storefront, the projector and the Cloudinary fake start on first use."""

    def __init__(self, fixtures: pytest.FixtureRequest) -> None:
        self._fixtures = fixtures
        self.anyone = Api()
        self.student: Api = fixtures.getfixturevalue("student")
        self.instructor: Api = fixtures.getfixturevalue("instructor")
        self.admin: Api = fixtures.getfixturevalue("admin")

    @cached_property
    def shop(self) -> Storefront:
        """The storefront. It replaces the clock by a fake one, so use it before a test stores anything."""
        shop: Storefront = self._fixtures.getfixturevalue("shop")
        return shop

    def project(self) -> None:
        """Runs the projector until the read models are up to date."""
        self._fixtures.getfixturevalue("run_projector")()

    def accept_refund_requests(self) -> None:
        """The seller accepts learners' requests for refunds for a week."""
        self._fixtures.getfixturevalue("monkeypatch").setenv("LMS_REFUND_WINDOW_DAYS", "7")
        config.clear_cache()

    def media(self) -> None:
        """Starts the Cloudinary fake."""
        self._fixtures.getfixturevalue("media")


@dataclass(frozen=True)
class HappyPath:
    """`prepare` creates the data that the call needs and returns the call. `operations`: the DynamoDB calls that the
    call makes, in order."""

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
