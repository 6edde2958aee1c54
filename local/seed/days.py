"""Create the demo data day by day: offers, visits of students, refunds and disputes."""

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Final

import httpx

from local.seed.admin import EMAIL
from local.seed.api_client import SeedClient, SeedError, register_or_sign_in, sign_in
from local.seed.offers import DemoCoupon, DemoSale, begin_sale, create_coupon, end_coupon
from local.seed.payment_driver import PaymentDriver
from local.seed.reversals import reverse
from local.seed.student_activity import PublishedCourse, run_visit
from local.seed.timeline import Timeline
from local.seed.users import DemoReversal, DemoUser

_SECONDS_FOR_REFUNDS: Final = 2.0
"""The fake Razorpay processes a refund after a second."""


@dataclass(frozen=True)
class DemoPlan:
    """What the students, the admin and the instructors do, and on which day."""

    students: list[DemoUser]
    coupons: list[DemoCoupon]
    sales: list[DemoSale]

    def days(self) -> list[int]:
        """The days on which something happens, in days ago, the oldest first. The last one is today."""
        found = {0} | {sale.days_ago for sale in self.sales}
        for coupon in self.coupons:
            found |= {coupon.days_ago, coupon.ended_days_ago or 0}
        for student in self.students:
            for enrollment in student.enrollments:
                found |= {enrollment.days_ago, enrollment.reversal.days_ago if enrollment.reversal else 0}
        return sorted(found, reverse=True)

    def visitors(self, days_ago: int) -> list[DemoUser]:
        return [student for student in self.students if student.enrollments_of(days_ago)]

    def reversals(self, days_ago: int) -> Iterator[tuple[DemoUser, str, DemoReversal]]:
        """(student, slug of the course, reversal)."""
        for student in self.students:
            for enrollment in student.enrollments:
                if enrollment.reversal and enrollment.reversal.days_ago == days_ago:
                    yield student, enrollment.course, enrollment.reversal


@dataclass(frozen=True)
class DemoDays:
    """Runs `plan` on the instance behind `http`. `courses` and the e-mail addresses of their `instructors` are by slug.
    Without `payments` nothing is sold."""

    http: httpx.Client
    pool: Executor
    plan: DemoPlan
    courses: dict[str, PublishedCourse]
    instructors: dict[str, str]
    payments: PaymentDriver | None
    timeline: Timeline

    def run(self) -> None:
        """Raises SeedError."""
        self._finish_payments()  # of orders that an interrupted run has paid
        for days_ago in self.plan.days():
            self.timeline.begin_day(days_ago)
            if self.payments:
                self._change_offers(days_ago)
            list(self.pool.map(partial(self._visit, days_ago=days_ago), self.plan.visitors(days_ago)))
            if self.payments:
                self._reverse_payments(days_ago, self.payments)
            self._finish_payments()
            self.timeline.end_day()

    def _change_offers(self, days_ago: int) -> None:
        created = [coupon for coupon in self.plan.coupons if coupon.days_ago == days_ago]
        ended = [coupon for coupon in self.plan.coupons if coupon.ended_days_ago == days_ago]
        if created or ended:
            admin = sign_in(self.http, EMAIL)
            for coupon in created:
                create_coupon(coupon, admin)
            for coupon in ended:
                end_coupon(coupon, admin, self.timeline)
        for sale in self.plan.sales:
            if sale.days_ago == days_ago:
                instructor = sign_in(self.http, self.instructors[sale.course])
                begin_sale(sale, self.courses[sale.course], instructor, self.timeline)

    def _visit(self, student: DemoUser, days_ago: int) -> None:
        client = self._register(student) if days_ago == student.first_visit else sign_in(self.http, student.email)
        run_visit(student, client, days_ago, self.courses, self.payments)

    def _register(self, student: DemoUser) -> SeedClient:
        client = register_or_sign_in(self.http, student)
        if student.profile:
            client.call("PATCH", "/api/auth/me", json=student.profile)
        return client

    def _reverse_payments(self, days_ago: int, payments: PaymentDriver) -> None:
        reversals = list(self.plan.reversals(days_ago))
        if not reversals:
            return
        admin = sign_in(self.http, EMAIL)
        for student, slug, reversal in reversals:
            reverse(reversal, self.courses[slug].id, sign_in(self.http, student.email), admin, payments)

    def _finish_payments(self) -> None:
        if self.payments is None:
            return
        self.timeline.let_pass(_SECONDS_FOR_REFUNDS)
        self.payments.notice_the_time()
        if not self.payments.wait_until_finished():
            raise SeedError("the fake Razorpay does not deliver its webhooks")
