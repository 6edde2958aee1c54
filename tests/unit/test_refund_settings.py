"""The settings of refunds that learners request."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from shared import config
from shared.config import SettingUnusable, settings
from shared.domain.learner_requests import RefundTerms
from shared.settlement.settle import refund_terms
from tests.conftest import reset_settings


@pytest.fixture(autouse=True)
def restored_settings() -> Iterator[None]:
    yield
    reset_settings()


def test_refund_settings_by_default_accept_no_requests() -> None:
    assert refund_terms() == RefundTerms(timedelta(0), 30, by_rule=False)


def test_refund_settings_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMS_REFUND_WINDOW_DAYS", "90")
    monkeypatch.setenv("LMS_REFUND_PROGRESS_LIMIT", "100")
    monkeypatch.setenv("LMS_REFUND_APPROVAL", "rule")
    config.clear_cache()
    assert refund_terms() == RefundTerms(timedelta(days=90), 100, by_rule=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LMS_REFUND_WINDOW_DAYS", "91"),
        ("LMS_REFUND_WINDOW_DAYS", "-1"),
        ("LMS_REFUND_WINDOW_DAYS", "a week"),
        ("LMS_REFUND_PROGRESS_LIMIT", "101"),
        ("LMS_REFUND_APPROVAL", "nobody"),
    ],
)
def test_unusable_refund_settings_are_rejected(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    config.clear_cache()
    with pytest.raises(SettingUnusable, match=name):
        settings()
