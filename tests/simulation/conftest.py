"""The product on a stage: no engine, no sockets."""

from collections.abc import Iterator

import pytest

from local.simulation.stage import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as entered:
        yield entered
