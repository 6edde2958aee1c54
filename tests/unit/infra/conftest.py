"""Fixtures for the commands that operate on a deployed stage: a fake AWS account with the secrets of stage dev."""

import pytest

from infra import put_secrets
from infra.secret_store import SecretStore
from tests.fixtures.fake_aws import fake_aws  # noqa: F401 (a fixture)

CREDENTIALS = {
    "LMS_RAZORPAY_KEY_ID": "rzp_test_x",
    "LMS_RAZORPAY_KEY_SECRET": "key",
    "LMS_RAZORPAY_WEBHOOK_SECRET": "hook",
    "LMS_CLOUDINARY_CLOUD_NAME": "cloud",
    "LMS_CLOUDINARY_API_KEY": "1",
    "LMS_CLOUDINARY_API_SECRET": "media",
}


@pytest.fixture
def empty_store(fake_aws: None) -> SecretStore:  # noqa: F811 (the fixture)
    return SecretStore("dev")


@pytest.fixture
def store(empty_store: SecretStore) -> SecretStore:
    """The store after the first `put_secrets dev`."""
    put_secrets.write_secrets(empty_store, "dev", CREDENTIALS)
    return empty_store
