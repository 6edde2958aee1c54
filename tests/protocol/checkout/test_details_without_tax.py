"""A seller without a GSTIN issues no tax invoice, but stores the buyer's details and prints them: a wrong one is
refused all the same. Only the State may be missing."""

from typing import Any

import pytest

from shared.db.entities import User
from shared.db.table import keys, store
from tests.fixtures.api import Api
from tests.fixtures.corruption import tamper
from tests.fixtures.storefront import Storefront
from tests.fixtures.table_snapshot import snapshot

FIRM = {"name": "Kaveri Labs", "address": "4 Residency Road\nBengaluru 560025"}
GSTIN = "29AAGCB7383J1Z4"


@pytest.mark.parametrize(
    ("details", "code", "field"),
    [
        ({"state": "00"}, "state_unknown", "state"),
        ({"gstin": "29AAGCB7383J1Z5", "firm": FIRM}, "gstin_invalid", "gstin"),
        ({"gstin": GSTIN, "firm": FIRM, "state": "27"}, "state_not_of_gstin", "state"),
        ({"gstin": GSTIN}, "firm_required", "firm"),
        ({"state": "29", "firm": FIRM}, "gstin_required", "gstin"),
    ],
)
def test_create_order_of_untaxed_sale_with_invalid_buyer_returns_422_and_changes_nothing(
    shop: Storefront, student: Api, details: dict[str, Any], code: str, field: str
) -> None:
    before = snapshot()
    reply = shop.request_order(student, **details)
    assert (reply.status, reply.code) == (422, code)
    assert [(error["loc"], error["type"]) for error in reply.json["errors"]] == [(["body", field], code)]
    assert (snapshot(), shop.gateway_order_ids()) == (before, [])


@pytest.mark.parametrize(
    ("profile", "buyer"),
    [
        ({"state": None}, (None, None)),
        ({"state": "27"}, ("27", None)),
        ({"gstin": GSTIN, "firm_name": FIRM["name"], "firm_address": FIRM["address"]}, ("29", GSTIN)),
    ],
)
def test_create_order_of_untaxed_sale_needs_no_details(
    shop: Storefront, student: Api, profile: dict[str, str | None], buyer: tuple[str | None, str | None]
) -> None:
    """Whatever the profile says."""
    user = store.get(User, keys.user(student.user_id))
    tamper(user, **profile)
    payment = shop.payment(shop.create_order(student)["order_id"])
    assert (payment.buyer_state, payment.buyer_gstin) == buyer
