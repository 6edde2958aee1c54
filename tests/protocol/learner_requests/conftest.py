"""A seller who accepts requests for a week, and whose admins decide."""

import pytest

from functions.payments.invariants import confirmation
from tests.protocol.learner_requests.request_actions import set_terms


@pytest.fixture(autouse=True)
def terms(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmation, "PAUSE_SECONDS", 0)
    set_terms(monkeypatch)
