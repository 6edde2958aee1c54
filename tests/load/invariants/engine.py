"""The product over a table of its own: the source of the copied purchase, and the table that holds the copies."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from os import environ
from typing import Final
from unittest.mock import patch

from local.dynamodb.engine import TABLE_DEFINITION, Engine, aws_client, start_engine
from local.stream_poller import StreamPoller
from shared import clock, ids
from shared.domain.lifecycle import Role
from tests.conftest import SETTINGS, connect_new_gateway
from tests.fixtures.api import Api
from tests.fixtures.fake_clock import FakeClock
from tests.fixtures.jwt_keys import access_token
from tests.fixtures.settings_caches import clear_settings_caches
from tests.fixtures.storefront import Storefront, put_published_course
from tests.load.invariants.sales import Purchase, buy_once
from tests.simulation.initial_data import write_user

TABLE_NAME: Final = "invariants"


def product_settings(endpoint: str) -> dict[str, str]:
    """The environment of a process that is the product over a table at this endpoint."""
    return {**SETTINGS, "LMS_TABLE_NAME": TABLE_NAME, "LMS_DYNAMODB_ENDPOINT": endpoint}


@contextmanager
def _product_over(engine: Engine) -> Iterator[None]:
    """Inside the block this process is the product, with an empty table in the engine."""
    with closing(aws_client("dynamodb", engine.endpoint)) as dynamodb:
        dynamodb.create_table(TableName=TABLE_NAME, **TABLE_DEFINITION)
    with patch.dict(environ, product_settings(engine.endpoint)):
        clear_settings_caches()
        yield
    clear_settings_caches()


def real_purchase() -> Purchase:
    """One purchase, made with the real handlers on an engine of its own."""
    engine, now = start_engine(), FakeClock()
    try:
        with _product_over(engine), clock.override(now.now):
            from functions.dashboards import projector_handler

            shop = Storefront(connect_new_gateway(now), now, put_published_course(ids.user()))
            user_id = ids.user()
            write_user(user_id, Role.STUDENT)
            learner = Api(access_token(user_id, "student", exp=2_082_758_400, iat=1_767_225_600), user_id)
            poller = StreamPoller(engine.endpoint, TABLE_NAME, projector_handler.lambda_handler)
            purchase = buy_once(shop, learner, poller.drain)
            poller.stop()
            return purchase
    finally:
        engine.stop()
