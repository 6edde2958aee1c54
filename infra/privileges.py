"""What each function may do, line by line: the written table that its role is made from.

IAM knows partition keys (`dynamodb:LeadingKeys`), so `partition` is what AWS enforces. `item` narrows each line to
sort keys, which IAM cannot: tests hold every call that a function makes to both. In patterns `*` is anything.
No function may scan but the one that checks the books, and none may do anything to the table itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from functions import manifest


@dataclass(frozen=True)
class Grant:
    """`actions` on items `item` of partitions `partition`: of the table, or of `index` alone."""

    partition: str
    item: str
    actions: tuple[str, ...]
    index: str | None = None


def _on(partition: str, item: str, *actions: str, index: str | None = None) -> Grant:
    return Grant(partition, item, actions, index)


ANYWHERE: Final = "*"
"""A scan has no key to be narrowed by."""

_WHOSE_TOKENS_ARE_REVOKED: Final = _on("REVOKED", "USER#*", "Query")

_ANSWERS_KEPT: Final = _on("IDEMPOTENCY#*", "*", "UpdateItem", "DeleteItem")

_SETTLING: Final = (
    _on("PAYMENT#*", "PAYMENT", "GetItem", "UpdateItem", "ConditionCheckItem"),
    _on("PAYMENT#*", "EVENT#*", "PutItem"),
    _on("USER#*", "ENROLLMENT#*", "BatchGetItem", "PutItem", "UpdateItem", "ConditionCheckItem"),
    _on("USER#*", "HISTORY#*", "PutItem"),
    _on("COURSE#*", "COURSE", "BatchGetItem"),
    _on("COURSE#*", "OUTLINE", "BatchGetItem"),
)

_NUMBERING_RECEIPTS: Final = (
    _on("RECEIPT#*", "RECEIPT", "UpdateItem"),
    _on("RECEIPTS#*", "COUNTER", "GetItem", "UpdateItem"),
    _on("USER#*", "PROFILE", "GetItem"),
)

TABLE: Final[dict[str, tuple[Grant, ...]]] = {
    "auth": (
        _on("USER#*", "PROFILE", "GetItem", "PutItem", "UpdateItem", "ConditionCheckItem"),
        _on("USER#*", "SESSION#*", "PutItem", "UpdateItem"),
        _on("EMAIL#*", "EMAIL", "BatchGetItem", "PutItem"),
        _on("THROTTLE#*", "WINDOW", "GetItem", "BatchGetItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"),
        _on("REVOKED", "USER#*", "Query", "UpdateItem"),
        _on("IDEMPOTENCY#*", "*", "PutItem"),
        _on("AUDIT#*", "*", "PutItem"),
        _on("ROLE#*", "*", "Query", index="gsi1"),
    ),
    "courses": (
        _on(
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
        _on(
            "COURSE#*", "OUTLINE", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"
        ),
        _on("COURSE#*", "SECTION#*", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"),
        _on("COURSE#*", "LESSON#*", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"),
        _on("COURSE#*", "BODY#*", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"),
        _on("COURSE#*", "ASSET#*", "Query", "PutItem", "BatchWriteItem"),
        _on("COURSE#*", "COURSE#FIGURES", "BatchGetItem", "Query", "BatchWriteItem"),
        _on("INSTRUCTOR#*", "*", "Query", index="gsi1"),
        _on("CATALOGUE#*", "*", "Query"),
        _on("USER#*", "ENROLLMENT#*", "GetItem", "BatchGetItem", "ConditionCheckItem"),
        _on("USER#*", "REVIEW#*", "GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem"),
        _on("COURSE#*", "REVIEW#*", "Query", index="gsi1"),
        _on("COURSE#*", "HIDDEN#*", "Query", index="gsi1"),
        _on("AUDIT#*", "*", "PutItem"),
        _WHOSE_TOKENS_ARE_REVOKED,
        _ANSWERS_KEPT,
    ),
    "enrollments": (
        _on("USER#*", "PROFILE", "GetItem"),
        _on("USER#*", "ENROLLMENT#*", "BatchGetItem", "Query", "PutItem", "UpdateItem"),
        _on("USER#*", "HISTORY#*", "Query", "PutItem"),
        _on("COURSE#*", "COURSE", "BatchGetItem", "UpdateItem"),
        _on("COURSE#*", "OUTLINE", "BatchGetItem", "ConditionCheckItem"),
        _on("COURSE#*", "ENROLLMENT#*", "Query", index="gsi1"),
        _on("CERTIFICATE#*", "CERTIFICATE", "PutItem"),
        _on("PAYMENT#*", "PAYMENT", "GetItem", "UpdateItem", "ConditionCheckItem"),
        _on("PAYMENT#*", "EVENT#*", "Query", "PutItem"),
        _on("AUDIT#*", "*", "PutItem"),
        _WHOSE_TOKENS_ARE_REVOKED,
        _ANSWERS_KEPT,
    ),
    "enrollments-certificates": (
        _on("CERTIFICATE#*", "CERTIFICATE", "GetItem", "UpdateItem"),
        _on("USER#*", "ENROLLMENT#*", "GetItem", "BatchGetItem"),
        _on("USER#*", "CERTIFICATE#*", "Query", index="gsi1"),
        _on("AUDIT#*", "*", "PutItem"),
        _WHOSE_TOKENS_ARE_REVOKED,
    ),
    "payments": (
        *_SETTLING,
        *_NUMBERING_RECEIPTS,
        _on("PAYMENT#*", "PAYMENT", "BatchGetItem", "Query", "PutItem"),
        _on("PAYMENT#*", "EVENT#*", "Query"),
        _on("PAYMENTS", "*", "Query"),
        _on("PAYMENTS#*", "*", "Query", index="gsi1"),
        _on("RECEIPT#*", "RECEIPT", "GetItem"),
        _on("COURSE#*", "COURSE", "UpdateItem"),
        _on("USER#*", "PROFILE", "BatchGetItem"),
        _on("USER#*", "PAYMENT#*", "Query", index="gsi1"),
        _on("AUDIT#*", "*", "PutItem"),
        _WHOSE_TOKENS_ARE_REVOKED,
        _ANSWERS_KEPT,
    ),
    "payments-webhook": (
        *_SETTLING,
        _on("PAYMENT#*", "PAYMENT", "PutItem"),
        _on("COURSE#*", "COURSE", "GetItem", "UpdateItem"),
        _on("RECEIPT#*", "RECEIPT", "PutItem"),
        _on("WEBHOOK#*", "EVENT", "PutItem"),
    ),
    "payments-sweep": (
        *_SETTLING,
        *_NUMBERING_RECEIPTS,
        _on("PAYMENT#*", "PAYMENT", "BatchGetItem"),
        _on("RECEIPT#*", "RECEIPT", "BatchGetItem", "PutItem"),
        _on("DUE#*", "*", "Query", index="gsi2"),
    ),
    "payments-invariants": (
        _on(ANYWHERE, "*", "Scan"),
        _on("RECEIPT#*", "RECEIPT", "GetItem"),
        _on("RECEIPTS#*", "COUNTER", "BatchGetItem"),
        _on("PAYMENT#*", "*", "Query"),
        _on("USER#*", "ENROLLMENT#*", "GetItem"),
        _on("USER#*", "HISTORY#*", "Query"),
        _on("CERTIFICATE#*", "CERTIFICATE", "GetItem"),
    ),
    "dashboards": (
        _on("COURSE#*", "COURSE", "GetItem", "BatchGetItem"),
        _on("COURSE#*", "OUTLINE", "BatchGetItem"),
        _on("COURSE#*", "LESSON#*", "BatchGetItem"),
        _on("USER#*", "ENROLLMENT#*", "Query"),
        _on("INSTRUCTOR#*", "TOTALS", "BatchGetItem", "Query"),
        _on("INSTRUCTOR#*", "COURSE#*", "GetItem", "BatchGetItem", "Query"),
        _on("INSTRUCTOR#*#DAYS", "*", "Query"),
        _on("CATALOGUE#*", "*", "Query"),
        _on("STATS#*", "*", "Query"),
        _on("STATS#*", "*", "Query", index="gsi1"),
        _on("DUE#*", "*", "Query", index="gsi2"),
        _WHOSE_TOKENS_ARE_REVOKED,
    ),
    "dashboards-projector": (
        _on("USER#*", "PROFILE", "GetItem", "BatchGetItem"),
        _on("USER#*", "ENROLLMENT#*", "BatchGetItem"),
        _on("USER#*", "REVIEW#*", "BatchGetItem"),
        _on("PAYMENT#*", "PAYMENT", "GetItem", "Query"),
        _on("PAYMENT#*", "EVENT#*", "Query"),
        _on("COURSE#*", "COURSE", "BatchGetItem", "UpdateItem"),
        _on("COURSE#*", "OUTLINE", "BatchGetItem"),
        _on("COURSE#*", "COURSE#FIGURES", "BatchGetItem", "UpdateItem"),
        _on("COURSE#*", "COUNTS", "BatchGetItem", "UpdateItem"),
        _on("COURSE#*", "CARDS", "GetItem", "UpdateItem"),
        _on("COUNTED#*", "*", "BatchGetItem", "PutItem"),
        _on("REBUILD", "RUN", "GetItem"),
        _on("REBUILD#*", "*", "BatchGetItem", "UpdateItem"),
        _on("PAYMENTS", "*", "UpdateItem"),
        _on("CATALOGUE#*", "*", "PutItem", "DeleteItem"),
        _on("INSTRUCTOR#*", "TOTALS", "GetItem", "UpdateItem", "ConditionCheckItem"),
        _on("INSTRUCTOR#*", "COURSE#*", "GetItem", "Query", "UpdateItem", "DeleteItem"),
        _on("INSTRUCTOR#*#STANDING", "EARNED", "UpdateItem"),
        _on("INSTRUCTOR#*#DAYS", "*", "UpdateItem"),
        _on("INSTRUCTOR#*#STUDENTS", "*", "BatchGetItem", "UpdateItem"),
        _on("STATS#*", "*", "PutItem", "UpdateItem", "DeleteItem"),
    ),
}
"""Function to what it may do with the table."""

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
    "payments-webhook": ("LMS_RAZORPAY_WEBHOOK_SECRET", "LMS_RAZORPAY_KEY_SECRET"),
    "payments-sweep": ("LMS_RAZORPAY_KEY_SECRET",),
    "payments-invariants": (),
    "dashboards": ("LMS_CURSOR_KEY",),
    "dashboards-projector": (),
}
"""Function to what its secret holds. Each has a secret of its own: who can read one can read nothing of another."""


QUEUES: Final[dict[str, tuple[str, ...]]] = {"dashboards": ("sqs:GetQueueAttributes",)}
"""Function to what it may do with the queue of what could not be projected."""


def name_of(module: str) -> str:
    """ "functions.payments.webhook_handler" is the function "payments-webhook", "functions.auth.handler" is "auth"."""
    return "-".join(module.split(".")[-2:]).removesuffix("handler").rstrip("-_").replace("_", "-")


def modules() -> tuple[str, ...]:
    """The module of every function there is."""
    return (*manifest.HTTP, manifest.STREAM, manifest.SWEEP, manifest.INVARIANTS)


def lines() -> Iterator[tuple[str, Grant]]:
    """The table, a line per function, place and index."""
    for function, grants in TABLE.items():
        for grant in grants:
            yield function, grant
