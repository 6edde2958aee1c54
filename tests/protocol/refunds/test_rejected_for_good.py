"""A refund request that Razorpay rejects for good is closed, kept, and shown; it is not tried again."""

from collections.abc import Callable

import pytest

from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.emitted_metrics import emitted_metrics
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.protocol.refund_actions import process_refunds, record_manual_refund, shown_requests, waiting_metrics
from tests.protocol.stored_state import breaches, ledger_totals, next_poll_at

TOO_LARGE = "400 BAD_REQUEST_ERROR: The refund amount provided is greater than amount captured"
REJECTED = {"amount": 20_000, "status": "rejected", "refund_id": None, "failed": 0, "rejection": TOO_LARGE}


@pytest.fixture
def mostly_refunded_order_id(shop: Storefront, admin: Api, paid_order_id: str) -> str:
    """A payment that was refunded in Razorpay's dashboard but for 9,900 paise, which Razorpay did not tell when a
    refund of 20,000 was promised."""
    shop.control("POST", f"payments/{shop.payment(paid_order_id).payment_id}/refund", {"amount": 40_000})
    shop.control("POST", "faults", {"kind": "500", "method": "GET", "times": 3})
    assert refund(admin, paid_order_id, 20_000, "click-1").status == 200
    return paid_order_id


def test_f70_request_rejected_for_good_by_a_sweep_is_closed_kept_shown_and_409_on_request(
    shop: Storefront,
    student: Api,
    admin: Api,
    mostly_refunded_order_id: str,
    gateway_calls: list[str],
    project: Callable[[], int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    emitted_metrics(capsys)
    assert shop.sweep() == {"recorded": 1}
    assert emitted_metrics(capsys)["refunds", "refunds_rejected"] == 1
    assert shown_requests(admin, mostly_refunded_order_id) == [REJECTED]
    project()
    [listed] = admin.get("/api/payments").json["items"]
    assert [each["status"] for each in listed["refund_requests"]] == ["rejected"]
    assert shop.states(student, mostly_refunded_order_id) == ("captured", "active")

    gateway_calls.clear()
    again = refund(admin, mostly_refunded_order_id, 20_000, "click-1")
    assert (again.status, again.code, again.json["detail"]) == (409, "refund_rejected", TOO_LARGE)
    assert gateway_calls == []
    process_refunds(shop)
    shop.clock.advance(days=2)
    assert shop.sweep() == {}
    assert waiting_metrics(project, capsys) == (0, 0), "a closed request does not wait"
    assert next_poll_at(shop.payment(mostly_refunded_order_id)) is None
    assert (ledger_totals(shop, mostly_refunded_order_id), breaches()) == ((PRICE, 40_000), [])


class TestClosedRequest:
    def test_closed_request_blocks_no_other(self, shop: Storefront, admin: Api, mostly_refunded_order_id: str) -> None:
        shop.sweep()
        assert refund(admin, mostly_refunded_order_id).json["payment"]["status"] == "refund_pending"
        assert [each.amount for each in shop.gateway.ledger.refunds.values()] == [40_000, 9_900]
        assert shown_requests(admin, mostly_refunded_order_id) == [REJECTED]

    def test_request_rejected_at_once_returns_409_and_is_kept(
        self, shop: Storefront, admin: Api, paid_order_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Razorpay's list of refunds lags behind."""
        shop.control("POST", f"payments/{shop.payment(paid_order_id).payment_id}/refund", {"amount": 40_000})
        monkeypatch.setattr(razorpay, "fetch_refunds_of", lambda _: [])
        answer = refund(admin, paid_order_id, 20_000, "click-1")
        assert (answer.status, answer.code, answer.json["detail"]) == (409, "refund_rejected", TOO_LARGE)
        assert shown_requests(admin, paid_order_id) == [REJECTED]
        assert shop.payment(paid_order_id).status == "captured"

    def test_full_refund_rejected_for_good_still_waits_until_it_is_made_manually(
        self,
        shop: Storefront,
        student: Api,
        admin: Api,
        paid_order_id: str,
        project: Callable[[], int],
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """The access has ended, so the amount is due to the learner, in whatever way."""
        shop.control("POST", "faults", {"kind": "drop", "path": ".*/refund", "method": "POST"})
        assert refund(admin, paid_order_id).json["payment"]["status"] == "refund_pending"
        shop.clock.advance(days=183)
        assert shop.sweep() == {"recorded": 1}
        assert "older than 6 months" in shop.payment(paid_order_id).refund_refused
        assert waiting_metrics(project, capsys) == (1, 183 * 24)
        assert refund(admin, paid_order_id).code == "refund_too_late"
        assert record_manual_refund(admin, paid_order_id).json["payment"]["status"] == "refunded"
        assert waiting_metrics(project, capsys) == (0, 0)
        assert (shop.states(student, paid_order_id), breaches()) == (("refunded", "cancelled"), [])

    def test_request_that_grew_too_old_is_closed_and_can_be_refunded_manually(
        self, shop: Storefront, admin: Api, paid_order_id: str
    ) -> None:
        shop.control("POST", "faults", {"kind": "drop", "path": ".*/refund", "method": "POST"})
        refund(admin, paid_order_id, PRICE - 100, "click-1")
        shop.clock.advance(days=183)
        assert shop.sweep() == {"recorded": 1}
        assert [each["status"] for each in shown_requests(admin, paid_order_id)] == ["rejected"]
        assert record_manual_refund(admin, paid_order_id, PRICE - 100).status == 200
        assert shop.payment(paid_order_id).refunded_amount == PRICE - 100

    def test_learner_sees_no_requests(self, student: Api, mostly_refunded_order_id: str) -> None:
        shown = student.get(f"/api/payments/{mostly_refunded_order_id}").json["payment"]
        assert not {"refund_requests", "refund_error", "unresolved_payments"} & shown.keys()
