"""The settings of the differences from an order's amount that are accepted."""

import pytest

from shared import config
from shared.config import SettingUnusable, settings
from shared.settlement.rules.amount_rules import DEFAULT_POLICY, AmountPolicy
from shared.settlement.settle import amount_policy
from tests.conftest import reset_settings


def test_amount_policy_without_settings_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LMS_ACCEPT_FEE_ON_TOP", raising=False)
    monkeypatch.delenv("LMS_ACCEPT_OFFERS_UP_TO_PERCENT", raising=False)
    config.clear_cache()
    assert amount_policy() == DEFAULT_POLICY
    reset_settings()


def test_amount_policy_follows_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMS_ACCEPT_FEE_ON_TOP", "no")
    monkeypatch.setenv("LMS_ACCEPT_OFFERS_UP_TO_PERCENT", "100")
    config.clear_cache()
    assert amount_policy() == AmountPolicy(accepts_fee_on_top=False, max_offer_percent=100)
    reset_settings()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("LMS_ACCEPT_FEE_ON_TOP", "", "LMS_ACCEPT_FEE_ON_TOP must be one of yes, no, not ''"),
        ("LMS_ACCEPT_FEE_ON_TOP", "true", "LMS_ACCEPT_FEE_ON_TOP must be one of yes, no, not 'true'"),
        (
            "LMS_ACCEPT_OFFERS_UP_TO_PERCENT",
            "101",
            "LMS_ACCEPT_OFFERS_UP_TO_PERCENT must be a whole number from 0 to 100, not '101'",
        ),
        (
            "LMS_ACCEPT_OFFERS_UP_TO_PERCENT",
            "-1",
            "LMS_ACCEPT_OFFERS_UP_TO_PERCENT must be a whole number from 0 to 100, not '-1'",
        ),
    ],
)
def test_amount_setting_with_unusable_value_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(name, value)
    config.clear_cache()
    with pytest.raises(SettingUnusable, match=message):
        settings()
    monkeypatch.undo()
    reset_settings()
