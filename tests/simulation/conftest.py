"""The product on a stage: no engine, no sockets."""

from collections.abc import Iterator

import pytest

from local.simulation.stage import Stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as entered:
        yield entered
