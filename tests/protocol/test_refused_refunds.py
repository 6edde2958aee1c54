"""What the gateway will not give back is told, and tried again under another key."""

from typing import Any

import pytest

from tests.api import Api
from tests.contents import contents
from tests.protocol.returns import lose, name_of
from tests.shop import PRICE, Shop, refund


class TestWhatTheGatewayWillNot:
    def test_a_part_that_failed_is_asked_for_again_under_another_key(
        self, shop: Shop, admin: Api, paid: str, refund_keys: dict[str, Any]
    ) -> None:
        shop.control("PATCH", "settings", {"refunds": "fail"})
        assert refund(admin, paid, 10_000, "click-1").status == 200
        shop.time.pass_time(minutes=1)
        shop.gateway.tick()
        shop.deliver()
        shop.control("PATCH", "settings", {"refunds": "process"})
        shop.time.pass_time(hours=1)
        shop.sweep()
        shop.time.pass_time(hours=1)
        shop.sweep()
        name = name_of(paid, "click-1")
        assert list(refund_keys) == [f"refund-{name}", f"refund-{name}-1"]
        payment = shop.payment(paid)
        assert (payment.status, payment.refunded_amount, payment.gsi2sk) == ("captured", 10_000, None)

    def test_a_part_that_is_refused_is_told_and_no_longer_asked_for(self, shop: Shop, admin: Api, paid: str) -> None:
        """The gateway has given most of it back meanwhile, and its page tells so a moment too late."""
        payment_id = shop.payment(paid).payment_id
        shop.control("POST", "faults", {"kind": "500", "method": "GET", "times": 3})
        shop.control("POST", f"payments/{payment_id}/refund", {"amount": 40_000})
        assert refund(admin, paid, 20_000, "click-1").status == 200
        assert shop.sweep() == {"refund_captured": 1}
        payment = shop.payment(paid)
        assert payment.refund_requests.as_dict() == {}
        assert "greater than amount captured" in payment.refund_refused
        assert refund(admin, paid).json["payment"]["status"] == "refund_pending"

    def test_a_refusal_is_the_answer_to_the_admin(self, shop: Shop, admin: Api, paid: str) -> None:
        lose(shop, shop.payment(paid).payment_id, told=False)
        answer = refund(admin, paid, 10_000, "click-1")
        assert (answer.status, answer.code) == (409, "refund_rejected")
        assert "Nothing of the payment is left" in answer.json["detail"]
        assert shop.payment(paid).refund_requests.as_dict() == {}

    def test_the_whole_goes_on_being_tried_and_the_admin_sees_why_not(self, shop: Shop, admin: Api, paid: str) -> None:
        lose(shop, shop.payment(paid).payment_id, told=False)
        assert refund(admin, paid).json["payment"]["status"] == "refund_pending"
        version = shop.payment(paid).version
        for _ in range(3):
            shop.time.pass_time(minutes=10)
            assert shop.sweep() == {"deferred": 1}
        assert "Nothing of the payment is left" in shop.payment(paid).refund_refused
        assert shop.payment(paid).version == version, "told once"

    @pytest.mark.parametrize(
        ("amount", "days", "code"), [(PRICE - 50, 0, "refund_leaves_too_little"), (None, 181, "refund_too_late")]
    )
    def test_what_could_never_be_done_is_not_promised(
        self, shop: Shop, admin: Api, paid: str, amount: int | None, days: int, code: str
    ) -> None:
        shop.time.pass_time(days=days)
        before = contents()
        answer = refund(admin, paid, amount, "k")
        assert (answer.status, answer.code) == (409, code)
        assert contents() == before

    def test_the_rest_has_a_key_of_its_own_amount(
        self, shop: Shop, admin: Api, paid: str, refund_keys: dict[str, Any]
    ) -> None:
        """The gateway takes a key for one body alone."""
        payment_id = shop.payment(paid).payment_id
        shop.control("POST", f"payments/{payment_id}/refund", {"amount": 10_000})
        refund(admin, paid)
        assert list(refund_keys) == [f"refund-{payment_id}-of-{PRICE - 10_000}"]

    def test_all_that_is_left_under_a_key_again_is_the_same(self, admin: Api, paid: str) -> None:
        first, again = refund(admin, paid, PRICE, "k"), refund(admin, paid, PRICE, "k")
        assert (first.status, again.status, again.json["payment"]["status"]) == (200, 200, "refund_pending")
        assert refund(admin, paid, PRICE - 1_000, "k").code == "idempotency_key_reused"
