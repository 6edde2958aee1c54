"""The product in a sandbox: no database engine, no sockets."""

from collections.abc import Iterator

import pytest

from tests.simulation.runtime.sandbox import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as entered:
        yield entered
