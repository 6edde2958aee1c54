"""Secrets of a deployed function: read from Secrets Manager, cached for five minutes."""

import pytest
import time_machine

from shared import config
from shared.config import SettingUnusable
from shared.secrets import Secret, secret
from tests.fixtures.fake_aws import fake_aws, put_secret  # noqa: F401 (a fixture)

NAME = "lectern/dev/payments"


@pytest.fixture(autouse=True)
def deployed(fake_aws: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811 (the fixture)
    """The settings of a deployed function: the name of its secret, and no secret in the environment."""
    for name in Secret:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LMS_SECRET_NAME", NAME)
    config.clear_cache()


def test_secret_is_read_from_the_named_secret() -> None:
    put_secret(NAME, {"LMS_RAZORPAY_KEY_SECRET": "key"})
    assert secret(Secret.RAZORPAY_KEY_SECRET) == "key"


def test_secret_in_the_environment_takes_precedence(monkeypatch: pytest.MonkeyPatch) -> None:
    put_secret(NAME, {"LMS_RAZORPAY_KEY_SECRET": "key"})
    monkeypatch.setenv("LMS_RAZORPAY_KEY_SECRET", "local")
    assert secret(Secret.RAZORPAY_KEY_SECRET) == "local"


def test_secret_rotated_value_is_read_after_five_minutes() -> None:
    with time_machine.travel("2026-11-23 12:00:00 +0000", tick=False) as traveller:
        put_secret(NAME, {"LMS_CURSOR_KEY": "old"})
        assert secret(Secret.CURSOR_KEY) == "old"
        put_secret(NAME, {"LMS_CURSOR_KEY": "new"})
        traveller.shift(299)
        assert secret(Secret.CURSOR_KEY) == "old"
        traveller.shift(2)
        assert secret(Secret.CURSOR_KEY) == "new"


@pytest.mark.parametrize("stored", [{}, {"LMS_CURSOR_KEY": " "}, ["LMS_CURSOR_KEY"]])
def test_secret_missing_empty_or_not_an_object_raises_setting_unusable(stored: object) -> None:
    put_secret(NAME, stored)
    with pytest.raises(SettingUnusable):
        secret(Secret.CURSOR_KEY)
