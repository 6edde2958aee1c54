import pytest

from tests.fixtures.api import Api
from tests.fixtures.storefront import Storefront
from tests.protocol.holds.held_payment import HeldPayment


@pytest.fixture
def held(shop: Storefront, student: Api) -> HeldPayment:
    return HeldPayment.of(shop, student)
