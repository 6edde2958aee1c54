"""The product in the local stack, inside this process."""

import os
import sys
from collections.abc import Iterator

import httpx
import pytest

from functions import manifest
from local.stack import Stack
from shared import config


@pytest.fixture
def stack() -> Iterator[Stack]:
    running = Stack(user_settings={"LMS_ORDER_WINDOW_SECONDS": "8"})
    running.start()
    yield running
    running.stop()


def test_stack_serves_the_products_handlers(stack: Stack) -> None:
    nowhere = httpx.get(f"{stack.url}/api/nowhere")
    assert (nowhere.status_code, nowhere.headers["content-type"]) == (404, "application/problem+json")
    assert nowhere.json()["code"] == "not_found"
    registered = httpx.post(
        f"{stack.url}/api/auth/register",
        json={"name": "Asha", "email": "asha@example.com", "password": "correct horse battery", "role": "student"},
    )
    assert (registered.status_code, registered.json()["user"]["email"]) == (201, "asha@example.com")


def test_stack_restart_and_stop_restore_settings_and_modules() -> None:
    environment = dict(os.environ)
    modules = {name: module for name, module in sys.modules.items() if name.startswith(("functions", "shared"))}
    stack = Stack(user_settings={})
    for _ in range(2):
        stack.start()
        assert sys.modules["shared.config"] is not config
        assert config.settings().public_url == stack.url
        stack.stop()
    assert dict(os.environ) == environment
    assert {name: module for name, module in sys.modules.items() if name.startswith(("functions", "shared"))} == modules
    assert config.settings().public_url == "http://127.0.0.1:8000"
    config.clear_cache()


def test_stack_loads_every_handler_of_the_manifest(stack: Stack) -> None:
    for module in (*manifest.HTTP, manifest.STREAM, manifest.SWEEP, manifest.RECONCILE):
        assert callable(sys.modules[module].lambda_handler)


@pytest.mark.parametrize(
    ("user_settings", "message"),
    [
        (
            {"LMS_ORDER_WINDOW_SECONDS": "soon"},
            "LMS_ORDER_WINDOW_SECONDS must be a whole number from 1 to 604800, not 'soon'",
        ),
        ({"LMS_LOCAL_SWEEP_SECONDS": "0"}, "LMS_LOCAL_SWEEP_SECONDS must be a whole number from 1 to 86400, not '0'"),
        (
            {"LMS_RAZORPAY_KEY_ID": "rzp_test_mine"},
            "LMS_RAZORPAY_KEY_SECRET is not set, but LMS_RAZORPAY_KEY_ID is: set both, or neither to use the fake",
        ),
        (
            {"LMS_DYNAMODB_ENDPOINT": "http://127.0.0.1:9"},
            "LMS_DYNAMODB_ENDPOINT: no database answers at http://127.0.0.1:9",
        ),
        (
            {"LMS_DYNAMODB_ENDPOINT": "127.0.0.1:9"},
            "LMS_DYNAMODB_ENDPOINT must start with http:// or https://, not '127.0.0.1:9'",
        ),
    ],
)
def test_stack_with_unusable_setting_raises_and_restores_environment(
    user_settings: dict[str, str], message: str
) -> None:
    environment = dict(os.environ)
    with pytest.raises(config.SettingUnusable) as raised:
        Stack(user_settings=user_settings).start()
    assert str(raised.value) == message
    assert dict(os.environ) == environment
