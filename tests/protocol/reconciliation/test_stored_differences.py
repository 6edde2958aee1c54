"""The differences that are stored for an admin: what they say, and when they are written and deleted."""

import pytest

from functions.payments.reconciliation.open_differences import (
    OpenDifferences,
    current_differences,
    differences_on_hold,
)
from shared.db.payments import reconciliation_state
from shared.domain.reconciliation import Difference, DifferenceKind
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.fake_clock import FakeClock
from tests.fixtures.storefront import PRICE, Storefront

ORDER_ID = "order_AAAAAAAAAAAAAA"
DIFFERENCE = Difference(DifferenceKind.AMOUNT_MISMATCH, ORDER_ID, "pay_A", "2 INR captured", "1 INR captured")


class TestOpenDifferences:
    pytestmark = pytest.mark.usefixtures("table", "fake_clock")

    def test_replace_deletes_only_the_difference_that_is_gone(self) -> None:
        other = Difference(DifferenceKind.AMOUNT_MISMATCH, ORDER_ID, "pay_B", "4 INR captured", "3 INR captured")
        OpenDifferences().add([DIFFERENCE, other])
        OpenDifferences().replace(ORDER_ID, [other])
        assert [each.difference for each in reconciliation_state.list_open()] == [other]

    def test_difference_that_was_gone_is_stored_again(self) -> None:
        differences = OpenDifferences()
        differences.add([DIFFERENCE])
        differences.replace(ORDER_ID, [])
        assert reconciliation_state.list_open() == []
        differences.add([DIFFERENCE])
        assert [each.difference for each in reconciliation_state.list_open()] == [DIFFERENCE]


class TestSaveDifference:
    pytestmark = pytest.mark.usefixtures("table")

    def test_save_difference_again_keeps_its_time(self, fake_clock: FakeClock) -> None:
        found_at = fake_clock.now()
        reconciliation_state.save_difference(DIFFERENCE, found_at)
        fake_clock.advance(hours=1)
        reconciliation_state.save_difference(DIFFERENCE, fake_clock.now())
        assert [each.found_at for each in reconciliation_state.list_open()] == [found_at]

    @pytest.mark.parametrize(
        ("gateway", "local"), [("3 INR captured", "1 INR captured"), ("2 INR captured", "0 INR captured")]
    )
    def test_save_difference_of_which_one_side_changed_replaces_it(
        self, fake_clock: FakeClock, gateway: str, local: str
    ) -> None:
        changed = Difference(DIFFERENCE.kind, ORDER_ID, DIFFERENCE.entity_id, gateway, local)
        reconciliation_state.save_difference(DIFFERENCE, fake_clock.now())
        fake_clock.advance(hours=1)
        reconciliation_state.save_difference(changed, fake_clock.now())
        stored = [(each.difference, each.found_at) for each in reconciliation_state.list_open()]
        assert stored == [(changed, fake_clock.now())]

    def test_save_difference_of_another_kind_or_entity_keeps_the_first(self, fake_clock: FakeClock) -> None:
        others = [
            Difference(DifferenceKind.REFUND_MISMATCH, ORDER_ID, "pay_A", "2 INR captured", "1 INR captured"),
            Difference(DifferenceKind.AMOUNT_MISMATCH, ORDER_ID, "pay_B", "2 INR captured", "1 INR captured"),
        ]
        for each in (DIFFERENCE, *others):
            reconciliation_state.save_difference(each, fake_clock.now())
        assert {each.difference for each in reconciliation_state.list_open()} == {DIFFERENCE, *others}


class TestTexts:
    def test_current_differences_of_unrecorded_capture_name_our_status(self, shop: Storefront, student: Api) -> None:
        order_id = shop.create_order(student)["order_id"]
        payment_id = shop.pay(order_id)["razorpay_payment_id"]
        assert current_differences(shop.payment(order_id)) == [
            Difference(
                DifferenceKind.NOT_CAPTURED_LOCALLY,
                order_id,
                payment_id,
                f"{PRICE} INR captured",
                "nothing (pending)",
            )
        ]

    def test_differences_on_hold_of_unexplained_amount(self, shop: Storefront, student: Api) -> None:
        order_id = shop.create_order(student)["order_id"]
        payment_id = shop.pay(order_id, amount=PRICE - 1)["razorpay_payment_id"]
        shop.deliver()
        assert list(differences_on_hold(shop.payment(order_id))) == [
            Difference(
                DifferenceKind.AMOUNT_UNEXPLAINED,
                order_id,
                payment_id,
                f"{PRICE - 1} INR captured",
                f"on hold, an order of {PRICE} INR",
            )
        ]

    def test_differences_on_hold_of_unknown_learner(self, shop: Storefront) -> None:
        notes = {"stage": "local", "user_id": "usr_01J00000000000000000000001", "course_id": shop.course.course_id}
        order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
        payment_id = shop.pay(order_id)["razorpay_payment_id"]
        shop.deliver()
        [held] = differences_on_hold(shop.payment(order_id))
        assert (held.kind, held.entity_id) == (DifferenceKind.LEARNER_OR_COURSE_UNKNOWN, payment_id)
