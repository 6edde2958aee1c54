"""Every test gets its own table in a real engine; one engine runs per test process. LMS_TEST_ENGINE names another
engine, or `memory` for a table in memory."""

import os
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import settings as properties

from local.dynamodb.engine import TABLE_DEFINITION, Engine, aws_client
from local.dynamodb.engines import ENGINE_STARTERS
from local.razorpay import Clock, FakeRazorpay, FakeRazorpaySettings
from local.razorpay.api.adapter import InProcessAdapter
from local.stream_poller import StreamPoller
from shared import clock, config, ids
from shared.db.auth import revocations
from shared.db.entities import User
from shared.db.table import base, keys
from shared.db.table.transaction import Transaction
from shared.domain.lifecycle import Role, UserStatus
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.browser import browser, pytest_collection_modifyitems  # noqa: F401 (fixture and hook of every test)
from tests.fixtures.fake_clock import FakeClock
from tests.fixtures.jwt_keys import PRIVATE_JWK, PUBLIC_JWKS, access_token
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import Storefront, put_published_course

SETTINGS = {
    "AWS_REGION": "ap-south-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "LMS_STAGE": "local",
    "LMS_LOG_LEVEL": "WARNING",
    "LMS_TABLE_NAME": "none",
    "LMS_PUBLIC_URL": "http://127.0.0.1:8000",
    "LMS_CORS_ORIGINS": "https://app.example.com",
    "LMS_RAZORPAY_BASE_URL": "http://127.0.0.1:9",
    "LMS_RAZORPAY_KEY_ID": "rzp_test_lectern0000001",
    "LMS_RAZORPAY_KEY_SECRET": "test-key-secret",
    "LMS_RAZORPAY_WEBHOOK_SECRET": "test-webhook-secret",
    "LMS_CLOUDINARY_CLOUD_NAME": "lectern-test",
    "LMS_CLOUDINARY_API_KEY": "100000000000001",
    "LMS_CLOUDINARY_API_SECRET": "test-cloudinary-secret",
    "LMS_CLOUDINARY_UPLOAD_BASE_URL": "http://127.0.0.1:9",
    "LMS_CLOUDINARY_DELIVERY_BASE_URL": "http://127.0.0.1:9",
    "LMS_JWT_PRIVATE_KEY": PRIVATE_JWK,
    "LMS_JWT_PUBLIC_KEYS": PUBLIC_JWKS,
    "LMS_REFRESH_KEY": "test-refresh-key-of-at-least-32-bytes",
    "LMS_CURSOR_KEY": "test-cursor-key-of-at-least-32-bytes",
}
os.environ.update(SETTINGS)

LONG_LIVED_CLAIMS: dict[str, Any] = {
    "iat": datetime(2026, 1, 1, tzinfo=UTC).timestamp(),
    "exp": datetime(2036, 1, 1, tzinfo=UTC).timestamp(),
}
"""Claims of the fixtures' tokens. Tests advance the clock by days, so the tokens stay valid for years."""

# A busy machine makes any example slow, so property tests have no deadline.
properties.register_profile("here", deadline=None)
properties.load_profile("here")


@pytest.fixture(scope="session")
def ministack() -> Iterator[Engine]:
    """The embedded engine. It serves streams and queues also when another engine holds the table."""
    running = ENGINE_STARTERS["ministack"]()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """The DynamoDB engine that LMS_TEST_ENGINE names; ministack by default. For `memory` there is none: a test that
    needs one is skipped."""
    name = os.environ.get("LMS_TEST_ENGINE", "ministack")
    if name == "memory":
        pytest.skip("needs an engine")
    if name == "ministack":
        yield request.getfixturevalue(name)
        return
    running = ENGINE_STARTERS[name]()
    yield running
    running.stop()


_product_clients: dict[str, Any] = {}
_admin_clients: dict[str, Any] = {}
"""Clients by engine. Creating a client takes longer than creating a table, so each is created once."""


@pytest.fixture
def table(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a fresh, empty table that the code under test uses."""
    if os.environ.get("LMS_TEST_ENGINE") == "memory":
        yield from memory_table(MemoryDynamoDb(lambda: clock.now().timestamp()), monkeypatch)
        return
    engine: Engine = request.getfixturevalue("engine")
    name = f"t{uuid.uuid4().hex}"
    if engine.endpoint not in _admin_clients:
        _admin_clients[engine.endpoint] = aws_client("dynamodb", engine.endpoint)
    _admin_clients[engine.endpoint].create_table(TableName=name, **TABLE_DEFINITION)
    monkeypatch.setenv("LMS_TABLE_NAME", name)
    monkeypatch.setenv("LMS_DYNAMODB_ENDPOINT", engine.endpoint)
    reset_settings()
    connection = base.table().connection
    if engine.endpoint not in _product_clients:
        _product_clients[engine.endpoint] = connection.client
    connection._client = _product_clients[engine.endpoint]
    yield name
    reset_settings()


def memory_table(dynamodb: MemoryDynamoDb, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a table in memory, which the code under test uses until the generator is continued."""
    monkeypatch.setenv("LMS_TABLE_NAME", "memory")
    monkeypatch.setenv("LMS_DYNAMODB_ENDPOINT", "http://127.0.0.1:9")
    reset_settings()
    connection: Any = base.table().connection
    connection._client = dynamodb
    yield "memory"
    reset_settings()


def reset_settings() -> None:
    """Clears the cached settings, table connection and revocations, so that the environment is read again."""
    config.clear_cache()
    base.table.cache_clear()
    revocations.clear_cache()


@pytest.fixture
def anonymous(table: str) -> Api:
    return Api()


@pytest.fixture
def new_user(table: str) -> Callable[..., Api]:
    """`new_user("student", name=…)`: a stored user with that role, and a client signed in as it."""

    def make(role: str, name: str = "") -> Api:
        user_id, now = ids.user(), clock.now()
        name = name or f"{role.title()} {user_id[-4:]}"
        listing = keys.role_listing(role, now, user_id)
        transaction = Transaction()
        transaction.put(
            "user",
            User.build(
                keys.user(user_id),
                user_id=user_id,
                email=f"{user_id.lower()}@example.com",
                name=name,
                role=Role(role),
                status=UserStatus.ACTIVE,
                password_hash="-",
                created_at=now,
                updated_at=now,
                gsi1pk=listing.pk,
                gsi1sk=listing.sk,
            ),
        )
        assert not transaction.commit()
        return Api(access_token(user_id, role, name=name, **LONG_LIVED_CLAIMS), user_id)

    return make


@pytest.fixture
def student(new_user: Callable[..., Api]) -> Api:
    return new_user("student")


@pytest.fixture
def instructor(new_user: Callable[..., Api]) -> Api:
    return new_user("instructor")


@pytest.fixture
def admin(new_user: Callable[..., Api]) -> Api:
    return new_user("admin")


@pytest.fixture
def run_projector(engine: Engine, table: str) -> Iterator[Callable[[], int]]:
    """`run_projector()` feeds the table's stream to the projector until it is empty; returns the number of records."""
    from functions.dashboards import projector_handler

    poller = StreamPoller(engine.endpoint, table, projector_handler.lambda_handler)
    yield poller.drain
    poller.stop()


@pytest.fixture
def fake_clock() -> Iterator[FakeClock]:
    """The clock stands at 2026-11-23 12:00 UTC until the test advances it."""
    stopped_clock = FakeClock()
    with clock.override(stopped_clock.now):
        yield stopped_clock


@pytest.fixture
def shop(table: str, fake_clock: FakeClock) -> Iterator[Storefront]:
    """A published course at Rs 499 and a Razorpay fake. Webhooks wait until the test delivers them."""
    razorpay._client.cache_clear()
    yield Storefront(connect_new_gateway(fake_clock), fake_clock, put_published_course(ids.user()))
    razorpay._razorpay().session.close()
    razorpay._client.cache_clear()


def connect_new_gateway(time: FakeClock) -> FakeRazorpay:
    """Creates an empty Razorpay fake and connects the product to it."""
    gateway = FakeRazorpay(
        FakeRazorpaySettings(
            key_id=SETTINGS["LMS_RAZORPAY_KEY_ID"],
            key_secret=SETTINGS["LMS_RAZORPAY_KEY_SECRET"],
            webhook_secret=SETTINGS["LMS_RAZORPAY_WEBHOOK_SECRET"],
        ),
        Clock(time.seconds),
    )
    razorpay._razorpay().session.mount("http://", InProcessAdapter(gateway))
    return gateway
