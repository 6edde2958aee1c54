"""The privilege table: the actions, secrets and queues of each function. Its IAM role is created from this table.

IAM can restrict partition keys (`dynamodb:LeadingKeys`), so AWS enforces `partition`. IAM cannot restrict sort keys, so
tests enforce `item`: they compare every call of a function with both. `*` in a pattern stands for any characters.
Only the invariants function may scan, and no function may change the table itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from functions import manifest


@dataclass(frozen=True)
class Grant:
    """Allows `actions` on the items whose sort key matches `item` in the partitions that match `partition`.

    Applies to the table, or only to `index` if there is one.
    """

    partition: str
    item: str
    actions: tuple[str, ...]
    index: str | None = None


def _grant(partition: str, item: str, *actions: str, index: str | None = None) -> Grant:
    return Grant(partition, item, actions, index)


ANY_PARTITION: Final = "*"
"""For Scan, which has no key to restrict."""

_READ_REVOKED_TOKENS: Final = _grant("REVOKED", "USER#*", "Query")

_IDEMPOTENCY_RECORDS: Final = _grant("IDEMPOTENCY#*", "*", "UpdateItem", "DeleteItem")

_SETTLE_PAYMENTS: Final = (
    _grant("PAYMENT#*", "PAYMENT", "GetItem", "UpdateItem", "ConditionCheckItem"),
    _grant("PAYMENT#*", "EVENT#*", "PutItem"),
    _grant("PAYMENT#*", "LEARNER_REQUEST", "PutItem"),
    _grant("USER#*", "ENROLLMENT#*", "BatchGetItem", "PutItem", "UpdateItem", "ConditionCheckItem"),
    _grant("USER#*", "HISTORY#*", "PutItem"),
    _grant("COURSE#*", "COURSE", "BatchGetItem"),
    _grant("COURSE#*", "OUTLINE", "BatchGetItem"),
    _grant("RECEIPT#*", "RECEIPT", "GetItem", "PutItem"),
    _grant("RECEIPT#*", "NOTE#*", "PutItem"),
    _grant("DISPUTE#*", "DISPUTE", "GetItem", "PutItem"),
    _grant("COUPON#*", "COUPON", "UpdateItem"),
    _grant("COUPON#*", "USER#*", "UpdateItem"),
)

_ADOPT_ORDERS: Final = (
    _grant("PAYMENT#*", "PAYMENT", "PutItem"),
    _grant("COURSE#*", "COURSE", "GetItem", "UpdateItem"),
    _grant("USER#*", "PROFILE", "ConditionCheckItem"),
    _grant("FOREIGN#*", "FOREIGN", "GetItem", "UpdateItem"),
)

_NUMBER_RECEIPTS: Final = (
    _grant("RECEIPT#*", "RECEIPT", "UpdateItem"),
    _grant("RECEIPTS#*", "COUNTER", "GetItem", "UpdateItem"),
)

_NUMBER_NOTES: Final = (
    _grant("RECEIPT#*", "NOTE#*", "BatchGetItem", "UpdateItem"),
    _grant("CREDIT_NOTES#*", "COUNTER", "GetItem", "UpdateItem"),
    _grant("DEBIT_NOTES#*", "COUNTER", "GetItem", "UpdateItem"),
)

GRANTS: Final[dict[str, tuple[Grant, ...]]] = {
    "auth": (
        _grant("USER#*", "PROFILE", "GetItem", "PutItem", "UpdateItem", "ConditionCheckItem"),
        _grant("USER#*", "SESSION#*", "PutItem", "UpdateItem"),
        _grant("EMAIL#*", "EMAIL", "BatchGetItem", "PutItem"),
        _grant("THROTTLE#*", "WINDOW", "GetItem", "BatchGetItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"),
        _grant("REVOKED", "USER#*", "Query", "UpdateItem"),
        _grant("IDEMPOTENCY#*", "*", "PutItem"),
        _grant("AUDIT#*", "*", "PutItem"),
        _grant("ROLE#*", "*", "Query", index="gsi1"),
    ),
    "courses": (
        _grant(
            "COURSE#*",
            "COURSE",
            "GetItem",
            "BatchGetItem",
            "Query",
            "PutItem",
            "UpdateItem",
            "DeleteItem",
            "ConditionCheckItem",
        ),
        _grant(
            "COURSE#*", "OUTLINE", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"
        ),
        _grant(
            "COURSE#*", "SECTION#*", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"
        ),
        _grant(
            "COURSE#*", "LESSON#*", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"
        ),
        _grant("COURSE#*", "BODY#*", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"),
        _grant("COURSE#*", "ASSET#*", "Query", "PutItem", "BatchWriteItem"),
        _grant("COURSE#*", "COURSE#FIGURES", "BatchGetItem", "Query", "BatchWriteItem"),
        _grant("INSTRUCTOR#*", "*", "Query", index="gsi1"),
        _grant("CATALOGUE#*", "*", "Query"),
        _grant("USER#*", "ENROLLMENT#*", "GetItem", "BatchGetItem", "ConditionCheckItem"),
        _grant("USER#*", "REVIEW#*", "GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem"),
        _grant("COURSE#*", "REVIEW#*", "Query", index="gsi1"),
        _grant("COURSE#*", "HIDDEN#*", "Query", index="gsi1"),
        _grant("AUDIT#*", "*", "PutItem"),
        _READ_REVOKED_TOKENS,
        _IDEMPOTENCY_RECORDS,
    ),
    "enrollments": (
        _grant("USER#*", "PROFILE", "GetItem"),
        _grant("USER#*", "ENROLLMENT#*", "BatchGetItem", "Query", "PutItem", "UpdateItem"),
        _grant("USER#*", "HISTORY#*", "Query", "PutItem"),
        _grant("COURSE#*", "COURSE", "BatchGetItem", "UpdateItem"),
        _grant("COURSE#*", "OUTLINE", "BatchGetItem", "ConditionCheckItem"),
        _grant("COURSE#*", "ENROLLMENT#*", "Query", index="gsi1"),
        _grant("CERTIFICATE#*", "CERTIFICATE", "PutItem"),
        _grant("PAYMENT#*", "PAYMENT", "GetItem", "UpdateItem", "ConditionCheckItem"),
        _grant("PAYMENT#*", "EVENT#*", "Query", "PutItem"),
        _grant("PAYMENT#*", "LEARNER_REQUEST", "PutItem"),
        _grant("AUDIT#*", "*", "PutItem"),
        _READ_REVOKED_TOKENS,
        _IDEMPOTENCY_RECORDS,
    ),
    "enrollments-certificates": (
        _grant("CERTIFICATE#*", "CERTIFICATE", "GetItem", "UpdateItem"),
        _grant("USER#*", "ENROLLMENT#*", "GetItem", "BatchGetItem"),
        _grant("USER#*", "CERTIFICATE#*", "Query", index="gsi1"),
        _grant("AUDIT#*", "*", "PutItem"),
        _READ_REVOKED_TOKENS,
    ),
    "payments": (
        *_SETTLE_PAYMENTS,
        *_NUMBER_RECEIPTS,
        *_ADOPT_ORDERS,
        _grant("RECEIPT#*", "*", "Query"),
        _grant("PAYMENT#*", "PAYMENT", "BatchGetItem", "Query"),
        _grant("PAYMENT#*", "EVENT#*", "Query"),
        _grant("PAYMENTS", "*", "Query"),
        _grant("PAYMENTS#*", "*", "Query", index="gsi1"),
        _grant("DISPUTES", "*", "Query", index="gsi1"),
        _grant("LEARNER_REQUESTS", "*", "Query", index="gsi1"),
        _grant("USER#*", "PROFILE", "GetItem", "BatchGetItem"),
        _grant("USER#*", "PAYMENT#*", "Query", index="gsi1"),
        _grant("COUPON#*", "COUPON", "GetItem", "BatchGetItem", "PutItem", "UpdateItem", "ConditionCheckItem"),
        _grant("COUPON#*", "USER#*", "BatchGetItem", "UpdateItem"),
        _grant("USER#*", "FIRST_PURCHASE", "BatchGetItem", "PutItem"),
        _grant("USER#*", "ENROLLMENT#*", "Query"),
        _grant("COUPONS", "*", "Query", index="gsi1"),
        _grant("STATS#COUPONS", "*", "BatchGetItem"),
        _grant("RECONCILIATION#*", "CURSOR", "GetItem"),
        _grant("RECONCILIATION#OPEN", "*", "Query", "UpdateItem", "DeleteItem"),
        _grant("LEDGER", "*", "Query"),
        _grant("LEDGER#*", "*", "Query", index="gsi1"),
        _grant("LEDGER#*", "ENTRY", "BatchGetItem"),
        _grant("SETTLEMENT#*", "SETTLEMENT", "GetItem"),
        _grant("SETTLEMENT#*", "*", "Query", index="gsi2"),
        _grant("SETTLEMENTS#*", "*", "Query", index="gsi1"),
        _grant("TAX_DOCUMENTS#*", "*", "Query", index="gsi1"),
        _grant("STATS#DOCUMENTS", "*", "Query"),
        _grant("DUE#RECEIPTS#*", "*", "Query", index="gsi2"),
        _grant("RECEIPT#*", "RECEIPT", "BatchGetItem"),
        _grant("AUDIT#*", "*", "PutItem"),
        _READ_REVOKED_TOKENS,
        _IDEMPOTENCY_RECORDS,
    ),
    "payments-documents": (
        *_NUMBER_RECEIPTS,
        _grant("PAYMENT#*", "PAYMENT", "BatchGetItem"),
        _grant("RECEIPT#*", "RECEIPT", "BatchGetItem"),
        _grant("RECEIPT#*", "NOTE#*", "BatchGetItem"),
        _grant("USER#*", "PROFILE", "BatchGetItem"),
        _grant("USER#*", "ENROLLMENT#*", "UpdateItem"),
        _READ_REVOKED_TOKENS,
    ),
    "payments-webhook": (
        *_SETTLE_PAYMENTS,
        *_ADOPT_ORDERS,
        _grant("WEBHOOK#*", "EVENT", "PutItem"),
    ),
    "payments-sweep": (
        *_SETTLE_PAYMENTS,
        *_NUMBER_RECEIPTS,
        *_NUMBER_NOTES,
        _grant("PAYMENT#*", "PAYMENT", "BatchGetItem"),
        _grant("RECEIPT#*", "RECEIPT", "BatchGetItem"),
        _grant("USER#*", "PROFILE", "BatchGetItem"),
        _grant("DUE#*", "*", "Query", index="gsi2"),
    ),
    "payments-reconcile": (
        *_SETTLE_PAYMENTS,
        *_ADOPT_ORDERS,
        _grant("PAYMENT#*", "PAYMENT", "BatchGetItem"),
        _grant("PAYMENTS", "*", "Query"),
        _grant("RECONCILIATION#*", "CURSOR", "GetItem", "UpdateItem"),
        _grant("RECONCILIATION#OPEN", "*", "Query", "UpdateItem", "DeleteItem"),
        _grant("PAYMENT_ID#*", "ORDER", "BatchGetItem", "PutItem"),
        _grant("LEDGER#*", "ENTRY", "BatchGetItem", "PutItem", "DeleteItem"),
        _grant("LEDGER", "*", "UpdateItem"),
        _grant("SETTLEMENT#*", "SETTLEMENT", "UpdateItem"),
        _grant("SETTLEMENTS#*", "*", "Query", index="gsi1"),
        _grant("USER#*", "PROFILE", "BatchGetItem"),
    ),
    "payments-invariants": (
        _grant(ANY_PARTITION, "*", "Scan"),
        _grant("DUE#*", "*", "Query", index="gsi2"),
        _grant("EXAMINE#*", "*", "Query", index="gsi2"),
        _grant("REFUNDS_WAITING", "*", "Query", index="gsi1"),
        _grant("USER#*", "*", "Query", index="gsi1"),
        _grant("USER#*", "ENROLLMENT#*", "BatchGetItem"),
        _grant("USER#*", "HISTORY#*", "Query"),
        _grant("DISPUTES", "*", "Query", index="gsi1"),
        _grant("LEARNER_REQUESTS", "*", "Query", index="gsi1"),
        _grant("USER#*", "EXAMINATION#*", "BatchGetItem", "UpdateItem"),
        _grant("PAYMENT#*", "*", "Query"),
        _grant("PAYMENT#*", "PAYMENT", "BatchGetItem"),
        _grant("PAYMENT#*", "EXAMINATION", "UpdateItem"),
        _grant("RECEIPT#*", "RECEIPT", "BatchGetItem"),
        _grant("RECEIPT#*", "*", "Query"),
        _grant("RECEIPTS#*", "COUNTER", "BatchGetItem"),
        _grant("CREDIT_NOTES#*", "COUNTER", "BatchGetItem"),
        _grant("DEBIT_NOTES#*", "COUNTER", "BatchGetItem"),
        _grant("CERTIFICATE#*", "CERTIFICATE", "BatchGetItem"),
        _grant("WEBHOOK#*", "EVENT", "BatchGetItem", "UpdateItem"),
        _grant("COUPON#*", "COUPON", "GetItem"),
        _grant("COUPON#*", "USER#*", "Query"),
        _grant("EXAMINATION", "PASS", "GetItem", "UpdateItem"),
    ),
    "dashboards": (
        _grant("COURSE#*", "COURSE", "GetItem", "BatchGetItem"),
        _grant("COURSE#*", "OUTLINE", "BatchGetItem"),
        _grant("COURSE#*", "LESSON#*", "BatchGetItem"),
        _grant("USER#*", "ENROLLMENT#*", "Query"),
        _grant("INSTRUCTOR#*", "TOTALS", "BatchGetItem", "Query"),
        _grant("INSTRUCTOR#*", "COURSE#*", "GetItem", "BatchGetItem", "Query"),
        _grant("INSTRUCTOR#*#DAYS", "*", "Query"),
        _grant("CATALOGUE#*", "*", "Query"),
        _grant("STATS#*", "*", "Query"),
        _grant("STATS#*", "*", "Query", index="gsi1"),
        _grant("DUE#*", "*", "Query", index="gsi2"),
        _READ_REVOKED_TOKENS,
    ),
    "dashboards-projector": (
        _grant("USER#*", "PROFILE", "GetItem", "BatchGetItem"),
        _grant("USER#*", "ENROLLMENT#*", "BatchGetItem"),
        _grant("USER#*", "REVIEW#*", "BatchGetItem"),
        _grant("USER#*", "EXAMINATION#*", "UpdateItem"),
        _grant("PAYMENT#*", "PAYMENT", "GetItem", "Query"),
        _grant("PAYMENT#*", "EVENT#*", "Query"),
        _grant("COUPON#*", "USER#*", "BatchGetItem"),
        _grant("RECEIPT#*", "RECEIPT", "BatchGetItem"),
        _grant("RECEIPT#*", "NOTE#*", "BatchGetItem"),
        _grant("COURSE#*", "COURSE", "BatchGetItem", "UpdateItem"),
        _grant("COURSE#*", "OUTLINE", "BatchGetItem"),
        _grant("COURSE#*", "COURSE#FIGURES", "BatchGetItem", "UpdateItem"),
        _grant("COURSE#*", "COUNTS", "BatchGetItem", "UpdateItem"),
        _grant("COURSE#*", "CARDS", "GetItem", "UpdateItem"),
        _grant("COUNTED#*", "*", "BatchGetItem", "PutItem"),
        _grant("REBUILD", "RUN", "GetItem"),
        _grant("REBUILD#*", "*", "BatchGetItem", "UpdateItem"),
        _grant("PAYMENTS", "*", "UpdateItem"),
        _grant("CATALOGUE#*", "*", "PutItem", "DeleteItem"),
        _grant("INSTRUCTOR#*", "TOTALS", "GetItem", "UpdateItem", "ConditionCheckItem"),
        _grant("INSTRUCTOR#*", "COURSE#*", "GetItem", "Query", "UpdateItem", "DeleteItem"),
        _grant("INSTRUCTOR#*#STANDING", "EARNED", "UpdateItem"),
        _grant("INSTRUCTOR#*#DAYS", "*", "UpdateItem"),
        _grant("INSTRUCTOR#*#STUDENTS", "*", "BatchGetItem", "UpdateItem"),
        _grant("STATS#*", "*", "PutItem", "UpdateItem", "DeleteItem"),
    ),
}
"""Function to its grants on the table."""

SECRETS: Final[dict[str, tuple[str, ...]]] = {
    "auth": (
        "LMS_JWT_PRIVATE_KEY",
        "LMS_REFRESH_KEY",
        "LMS_CURSOR_KEY",
        "LMS_CLOUDINARY_API_SECRET",
        "LMS_EDGE_KEY",
    ),
    "courses": ("LMS_CURSOR_KEY", "LMS_CLOUDINARY_API_SECRET"),
    "enrollments": ("LMS_CURSOR_KEY",),
    "enrollments-certificates": ("LMS_CURSOR_KEY",),
    "payments": ("LMS_CURSOR_KEY", "LMS_RAZORPAY_KEY_SECRET"),
    "payments-documents": (),
    "payments-webhook": ("LMS_RAZORPAY_WEBHOOK_SECRET", "LMS_RAZORPAY_KEY_SECRET"),
    "payments-sweep": ("LMS_RAZORPAY_KEY_SECRET",),
    "payments-reconcile": ("LMS_RAZORPAY_KEY_SECRET",),
    "payments-invariants": (),
    "dashboards": ("LMS_CURSOR_KEY",),
    "dashboards-projector": (),
}
"""Function to the names in its secret. Each function has its own secret and can read no other."""

QUEUES: Final[dict[str, tuple[str, ...]]] = {"dashboards": ("sqs:GetQueueAttributes",)}
"""Function to its actions on the dead-letter queue of the projector."""


def handler_modules() -> tuple[str, ...]:
    """The handler module of every function."""
    return (*manifest.HTTP, manifest.STREAM, manifest.SWEEP, manifest.INVARIANTS, manifest.RECONCILE)


def all_grants() -> Iterator[tuple[str, Grant]]:
    """Yields (function, grant) for every grant of the table."""
    for function, grants in GRANTS.items():
        for grant in grants:
            yield function, grant
