"""The listings of payments, enrollments and disputes: their own items only, in order, page by page."""

from datetime import timedelta
from typing import Any

import pytest

from cli._payment_matrix import NOW, make_payment
from shared.db.enrollments import certificates, enrollments
from shared.db.enrollments.enrollments import new_enrollment
from shared.db.entities import Review
from shared.db.payments import disputes, payments
from shared.db.table import keys
from shared.db.table.base import Item
from shared.db.table.store import Listing, StartKey
from shared.domain.captures import Dispute, DisputeStatus
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus
from tests.fixtures import rows
from tests.protocol.transactions.written_items import course_item

pytestmark = pytest.mark.usefixtures("table")


def in_minutes(number: int) -> Any:
    return NOW + timedelta(minutes=number)


def pages(list_page: Any, limit: int) -> list[list[Any]]:
    """The items of every page; fails after ten, so that no fault makes it endless."""
    found: list[list[Any]] = []
    start: StartKey = None
    for _ in range(10):
        page: Listing[Item] = list_page(limit, start)
        found.append(page.items)
        start = page.next_key
        if start is None:
            return found
    raise AssertionError(found)


def put_payment(number: int, user_id: str = "usr_1") -> None:
    order_id = f"order_{number}"
    listing = keys.payer_listing(user_id, in_minutes(number), order_id)
    key = keys.payment(order_id)
    payment = make_payment(PaymentStatus.PENDING, order_id=order_id, gsi1pk=listing.pk, gsi1sk=listing.sk)
    payment.pk, payment.sk = key.pk, key.sk
    rows.put(payment)


def test_payments_of_a_learner_are_listed_newest_first_page_by_page() -> None:
    for number in (2, 1, 3):
        put_payment(number)
    put_payment(4, "usr_2")
    enrollment = new_enrollment("usr_1", "Ravi", "crs_1", "usr_2", NOW)
    rows.put(certificates.new_certificate(enrollment, course_item(), "Ravi", "Lectern", NOW))
    listed = pages(lambda limit, start: payments.list_by_user("usr_1", limit, start), 2)
    assert [[payment.order_id for payment in page] for page in listed] == [["order_3", "order_2"], ["order_1"]]


def put_enrollment(number: int, course_id: str = "crs_1") -> None:
    enrollment = new_enrollment(f"usr_{number}", "Ravi", course_id, "usr_9", in_minutes(number))
    enrollment.status = EnrollmentStatus.ACTIVE
    rows.put(enrollment)


def test_enrollments_of_a_course_are_listed_oldest_first_page_by_page() -> None:
    for number in (2, 1, 3):
        put_enrollment(number)
    put_enrollment(4, "crs_2")
    listing = keys.review_listing("crs_1", "rev_1")
    review = Review.build(
        keys.review("usr_1", "crs_1"),
        review_id="rev_1",
        user_id="usr_1",
        user_name="Ravi",
        course_id="crs_1",
        rating=5,
        text="",
        version=1,
        created_at=NOW,
        updated_at=NOW,
        gsi1pk=listing.pk,
        gsi1sk=listing.sk,
    )
    rows.put(review)
    listed = pages(lambda limit, start: enrollments.list_by_course("crs_1", limit, start), 2)
    assert [[each.user_id for each in page] for page in listed] == [["usr_1", "usr_2"], ["usr_3"]]


def put_dispute(number: int, status: DisputeStatus, respond_by: Any = None) -> None:
    payment = make_payment(PaymentStatus.CAPTURED)
    dispute = Dispute(100, "INR", status, respond_by=respond_by)
    rows.put(disputes.new_record(payment, "pay_1", f"disp_{number}", dispute, in_minutes(number)))


@pytest.fixture
def five_disputes(table: str) -> None:
    put_dispute(1, DisputeStatus.WON)
    put_dispute(2, DisputeStatus.OPEN, in_minutes(90))
    put_dispute(3, DisputeStatus.UNDER_REVIEW)
    put_dispute(4, DisputeStatus.OPEN, in_minutes(60))
    put_dispute(5, DisputeStatus.LOST)


@pytest.mark.usefixtures("five_disputes")
class TestDisputes:
    def test_disputes_are_listed_by_deadline_then_the_latest_ended_ones(self) -> None:
        listed = pages(lambda limit, start: disputes.list_all(None, limit, start), 2)
        assert [[each.dispute_id for each in page] for page in listed] == [
            ["disp_4", "disp_2"],
            ["disp_3", "disp_5"],
            ["disp_1"],
        ]

    def test_disputes_of_one_status_are_listed_alone(self) -> None:
        listed = pages(lambda limit, start: disputes.list_all(DisputeStatus.OPEN, limit, start), 10)
        assert [[each.dispute_id for each in page] for page in listed] == [["disp_4", "disp_2"]]

    def test_open_disputes_are_those_that_have_not_ended(self) -> None:
        assert [each.dispute_id for each in disputes.list_open()] == ["disp_4", "disp_2", "disp_3"]

    def test_dispute_is_read_by_its_id(self) -> None:
        found = disputes.get("disp_5")
        assert found
        assert (found.status, found.respond_by, found.updated_at) == ("lost", None, in_minutes(5))
        assert disputes.get("disp_9") is None
