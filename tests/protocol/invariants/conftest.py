"""A check of the invariants never waits here."""

import pytest

from functions.payments.invariants import confirmation


@pytest.fixture(autouse=True)
def no_confirmation_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmation, "PAUSE_SECONDS", 0)
