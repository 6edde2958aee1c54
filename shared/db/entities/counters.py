"""Counters of courses and of the platform: counted by the projector from the stream. They can be rebuilt from the
write model; no decision is made from them.

An absent counter is 0: the first `ADD` creates the item.
"""

import re
from typing import Any, ClassVar, Final, NamedTuple, Self

from pynamodb.attributes import UnicodeAttribute

from shared.db.table.attributes import IntAttribute
from shared.db.table.base import Item
from shared.domain.ratings import Ratings

_REVENUE_COUNTER: Final = re.compile("(gross|refunded|discount)_([A-Z]{3})")


class Revenue(NamedTuple):
    """Money of one currency, in its minor unit. `discount` is the list prices of the captured orders less their
    prices: `gross` and `discount` are the list prices."""

    gross: int
    refunded: int
    discount: int = 0

    @property
    def net(self) -> int:
        return self.gross - self.refunded


class CourseCounters(Item):
    """`COURSE#c / COURSE#FIGURES`: the public counters of a course. `enrollment_count` is the number of active and
    completed learners; `rated_*` are the visible reviews by stars. `ratings` computes number, sum and average."""

    KIND: ClassVar[str] = "course_figures"

    enrollment_count = IntAttribute(default=0)
    rated_1 = IntAttribute(default=0)
    rated_2 = IntAttribute(default=0)
    rated_3 = IntAttribute(default=0)
    rated_4 = IntAttribute(default=0)
    rated_5 = IntAttribute(default=0)

    @property
    def ratings(self) -> Ratings:
        return Ratings(self.rated_1, self.rated_2, self.rated_3, self.rated_4, self.rated_5)


class EnrollmentStatusCounters:
    """Mixin: enrollments by status."""

    pending = IntAttribute(default=0)
    active = IntAttribute(default=0)
    completed = IntAttribute(default=0)
    cancelled = IntAttribute(default=0)


class CourseStatusCounters:
    """Mixin: courses by status. A `hidden` course also counts under its status."""

    draft = IntAttribute(default=0)
    published = IntAttribute(default=0)
    archived = IntAttribute(default=0)
    hidden = IntAttribute(default=0)


class RevenueCounters(Item):
    """Base of items with revenue: three counters per currency (`gross_INR`, `refunded_INR`, `discount_INR`). They are
    top-level attributes because `ADD` does not create a missing counter inside a map. `revenue` is filled when the item
    is read: currency > Revenue."""

    revenue: dict[str, Revenue]

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        item = super().from_raw_data(data)
        amounts: dict[str, dict[str, int]] = {}
        for name, value in data.items():
            if match := _REVENUE_COUNTER.fullmatch(name):
                amounts.setdefault(match[2], {})[match[1]] = int(value["N"])
        item.revenue = {
            currency: Revenue(*(of_currency.get(name, 0) for name in Revenue._fields))
            for currency, of_currency in sorted(amounts.items())
        }
        return item


class LessonCompletionCounters(Item):
    """`COURSE#c / COUNTS`: completions of each lesson by learners with access, one counter per lesson (`done_les_…`).
    `done` is filled when the item is read: lesson id > completions. `revision` grows with every change."""

    KIND: ClassVar[str] = "course_tally"
    NON_COUNTERS: ClassVar[frozenset[str]] = frozenset({"revision"})

    revision = IntAttribute(default=0)
    done: dict[str, int]

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        item = super().from_raw_data(data)
        item.done = {
            name.removeprefix("done_"): int(value["N"]) for name, value in data.items() if name.startswith("done_")
        }
        return item


class PlatformTotals(Item):
    """`STATS#PLATFORM / SHARD#n`: one shard of each total; the platform's total is the sum of the shards."""

    KIND: ClassVar[str] = "platform_totals"

    users_student = IntAttribute(default=0)
    users_instructor = IntAttribute(default=0)
    users_admin = IntAttribute(default=0)
    courses_draft = IntAttribute(default=0)
    courses_published = IntAttribute(default=0)
    courses_archived = IntAttribute(default=0)
    courses_hidden = IntAttribute(default=0)
    enrollments_pending = IntAttribute(default=0)
    enrollments_active = IntAttribute(default=0)
    enrollments_completed = IntAttribute(default=0)
    enrollments_cancelled = IntAttribute(default=0)
    payments_refund_pending = IntAttribute(default=0)
    payments_mismatch = IntAttribute(default=0)


class RevenuePeriod(RevenueCounters):
    """`STATS#REVENUE / MONTH#2026-11` and `DAY#2026-11-30` of the seller. Days also count new users."""

    KIND: ClassVar[str] = "revenue_period"

    users_new = IntAttribute(default=0)


class CouponCounters(RevenueCounters):
    """`STATS#COUPONS / code`: what a coupon sold. `redeemed` counts the orders that were paid in time, and the revenue
    is that of these orders and of those that were paid late; its discount is what the coupon took off them, without a
    sale. `free` counts free activations, and `free_discount` what the coupon took off their prices, in minor units of
    the coupon's currency. Orders that were paid late are counted by `redeemed_late` of the coupon itself."""

    KIND: ClassVar[str] = "coupon_counters"

    redeemed = IntAttribute(default=0)
    free = IntAttribute(default=0)
    free_discount = IntAttribute(default=0)


class DocumentMonth(Item):
    """`STATS#DOCUMENTS / 2026-11#INR`: the numbered receipts, credit notes and debit notes that gsi1 lists in a month,
    in one currency: how many, and the sums of their parts as they are stored with the number, in minor units. The
    taxable value and the taxes are those of documents with tax. `list_amount` is the sum of the receipts at their list
    price, `discount` what sales and coupons took off it."""

    KIND: ClassVar[str] = "document_month"

    list_amount = IntAttribute(default=0)
    discount = IntAttribute(default=0)
    receipt_count = IntAttribute(default=0)
    receipt_amount = IntAttribute(default=0)
    receipt_taxable = IntAttribute(default=0)
    receipt_cgst = IntAttribute(default=0)
    receipt_sgst = IntAttribute(default=0)
    receipt_igst = IntAttribute(default=0)
    credit_count = IntAttribute(default=0)
    credit_amount = IntAttribute(default=0)
    credit_taxable = IntAttribute(default=0)
    credit_cgst = IntAttribute(default=0)
    credit_sgst = IntAttribute(default=0)
    credit_igst = IntAttribute(default=0)
    debit_count = IntAttribute(default=0)
    debit_amount = IntAttribute(default=0)
    debit_taxable = IntAttribute(default=0)
    debit_cgst = IntAttribute(default=0)
    debit_sgst = IntAttribute(default=0)
    debit_igst = IntAttribute(default=0)


class CounterCheckpoint(Item):
    """`COUNTED#pk / sk`: the last contribution of the source item `pk / sk` to the counters. `source` is its kind,
    `counted` the contribution as JSON: "kind pk sk" > counter > amount. `revision` grows with every write. `run` is the
    rebuild that the item was part of at the last write. Only a checkpoint with an empty contribution, such as that of a
    deleted item, expires: after two days, twice the retention of the stream."""

    KIND: ClassVar[str] = "projection_mark"

    source = UnicodeAttribute()
    revision = IntAttribute()
    counted = UnicodeAttribute()
    run = UnicodeAttribute(null=True)
    expires_at = IntAttribute(null=True)
