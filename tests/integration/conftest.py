"""Fixtures of the tests over a real engine."""

from collections.abc import Iterator

import pytest

from infra import call_log
from local.cloudinary import FakeCloudinarySettings, RunningFakeCloudinary, serve
from shared import config
from tests.conftest import SETTINGS
from tests.fixtures.gateway_pauses import skip_gateway_pauses  # noqa: F401 (fixture of every test)
from tests.fixtures.ledger_consistency import ledger_inconsistencies, settle_all
from tests.fixtures.storefront import Storefront
from tests.fixtures.table_call_recorder import recorded_calls


@pytest.fixture(autouse=True)
def enforce_privileges() -> Iterator[None]:
    """Fails a test in which a function makes a DynamoDB call that infra/privileges.py does not grant to it."""
    with recorded_calls() as calls_by_function:
        yield
    for function, calls in calls_by_function.items():
        not_granted = [call for call in dict.fromkeys(calls) if not call_log.is_granted(function, call)]
        assert not not_granted, f"infra/privileges.py does not grant these calls to {function}: add them there"


@pytest.fixture
def consistent_ledgers(shop: Storefront) -> Iterator[None]:
    """Checks the ledgers after a test: every invariant holds. It then redelivers all webhooks, runs the sweep until
    everything is settled, and compares both ledgers."""
    yield
    assert ledger_inconsistencies(shop.gateway, settled=False) == []
    shop.control("DELETE", "faults")
    settle_all(shop)
    assert ledger_inconsistencies(shop.gateway) == []


@pytest.fixture
def media(
    table: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RunningFakeCloudinary]:
    """The Cloudinary fake that the code under test uploads to."""
    settings = FakeCloudinarySettings(
        cloud_name=SETTINGS["LMS_CLOUDINARY_CLOUD_NAME"],
        api_key=SETTINGS["LMS_CLOUDINARY_API_KEY"],
        api_secret=SETTINGS["LMS_CLOUDINARY_API_SECRET"],
        directory=tmp_path_factory.mktemp("media"),
    )
    with serve(settings) as running:
        monkeypatch.setenv("LMS_CLOUDINARY_UPLOAD_BASE_URL", running.url)
        monkeypatch.setenv("LMS_CLOUDINARY_DELIVERY_BASE_URL", running.url)
        config.clear_cache()
        yield running
