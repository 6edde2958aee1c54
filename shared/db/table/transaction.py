"""TransactWriteItems with labelled operations and a bounded retry.

PynamoDB groups the operations by type, so DynamoDB reports the failed ones in another order than they were added. Each
operation therefore has a label; `commit` returns the labels whose condition failed, with the items found.

Neither PynamoDB nor botocore retries a cancelled transaction, so `commit` retries conflicts and throttling, with
jitter. After a lost response it sends the transaction again with the same client request token, which DynamoDB honours
for ten minutes, so that nothing is applied twice.
"""

import random
import time
import uuid
from collections.abc import Sequence
from typing import Any, Final

from pynamodb.exceptions import CancellationReason, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from shared.db.table.base import Item, table
from shared.db.table.keys import Key
from shared.db.table.store import entity
from shared.errors import StoreUnavailable

MAX_ATTEMPTS: Final = 5
_BASE_BACKOFF_SECONDS: Final = 0.03
_COMMIT_TIMEOUT_SECONDS: Final = 8
_CONDITION_FAILED: Final = "ConditionalCheckFailed"
_RETRYABLE_REASONS: Final = frozenset(
    {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "InternalServerError"}
)
_RETRYABLE_ERRORS: Final = frozenset(
    {
        "TransactionInProgressException",
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "InternalServerError",
        "ServiceUnavailable",
    }
)


class FailedConditions(dict[str, Item | None]):
    """Label of an operation whose condition failed > the item found (None: there is none). Empty, and therefore false,
    after a commit."""


class Transaction:
    """Collects operations, then commits all of them or none. One instance is one business transaction.

    DynamoDB rejects a transaction with two operations on one item: adding the second raises ValueError with both
    labels.
    """

    def __init__(self) -> None:
        self._operations: dict[str, list[tuple[str, dict[str, Any]]]] = {
            "check": [],
            "delete": [],
            "put": [],
            "update": [],
        }
        self._labels: dict[Key, str] = {}
        self.contended: frozenset[str] = frozenset()
        """The labels of the operations that conflicted with another transaction when the last attempt was cancelled:
        nothing was written then. Empty after any other outcome."""

    def check(self, label: str, key: Key, condition: Condition) -> None:
        self._add("check", label, key, condition=condition)

    def delete(self, label: str, key: Key, condition: Condition) -> None:
        self._add("delete", label, key, condition=condition)

    def put(self, label: str, item: Item, condition: Condition | None = None) -> None:
        """Puts `item`. The default condition is that no item exists under its key."""
        self._claim(Key(item.pk, item.sk), label)
        condition = Item.pk.does_not_exist() if condition is None else condition
        attributes = item.get_save_kwargs_from_instance(condition=condition)
        self._operations["put"].append((label, attributes | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}))

    def update(
        self,
        label: str,
        key: Key,
        actions: Sequence[Action],
        condition: Condition | None,
        *,
        returns_found: bool = True,
    ) -> None:
        """Updates the item under `key`, or creates it. Without a `condition`, the update must be harmless to repeat, or
        protected by the condition of another operation. Without `returns_found`, a failed condition reports no item: it
        may be one that cannot be read."""
        self._add("update", label, key, actions=actions, condition=condition, returns_found=returns_found)

    def commit(self) -> FailedConditions:
        """Writes all operations or none. Returns the failed conditions: none after a commit.

        Raises StoreUnavailable when the outcome is unknown, or DynamoDB is busy, after 5 attempts or 8 seconds; and
        TransactWriteError when DynamoDB rejects the transaction for any other reason, which is a defect."""
        token = uuid.uuid4().hex
        give_up_at = time.monotonic() + _COMMIT_TIMEOUT_SECONDS
        for attempt in range(MAX_ATTEMPTS):
            if attempt and time.monotonic() > give_up_at:
                break
            if attempt:
                time.sleep(_BASE_BACKOFF_SECONDS * 2**attempt * random.uniform(0.5, 1))  # noqa: S311 (jitter)
            self.contended = frozenset()
            try:
                self._send(token)
            except TransactWriteError as error:
                failed = self._failed_conditions(error)
                if failed is not None:
                    return failed
            else:
                return FailedConditions()
        raise StoreUnavailable

    def _claim(self, key: Key, label: str) -> None:
        if key in self._labels:
            raise ValueError(f"two operations on one item of a transaction: {self._labels[key]!r} and {label!r}")
        self._labels[key] = label

    def _add(self, group: str, label: str, key: Key, *, returns_found: bool = True, **keywords: Any) -> None:
        self._claim(key, label)
        found = "ALL_OLD" if returns_found else "NONE"
        request = table().get_operation_kwargs(
            key.pk, range_key=key.sk, return_values_on_condition_failure=found, **keywords
        )
        self._operations[group].append((label, request))

    def _send(self, token: str) -> None:
        requests = {group: [request for _, request in labelled] for group, labelled in self._operations.items()}
        table().connection.transact_write_items(
            requests["check"], requests["delete"], requests["put"], requests["update"], client_request_token=token
        )

    def _failed_conditions(self, error: TransactWriteError) -> FailedConditions | None:
        """The failed conditions; None when the transaction should be sent again. Otherwise raises `error`."""
        code = _error_code(error)
        if code == "TransactionCanceledException":
            return self._cancellation_result(error)
        if code is None or code in _RETRYABLE_ERRORS:
            return None
        raise error

    def _cancellation_result(self, error: TransactWriteError) -> FailedConditions | None:
        """As `_failed_conditions`, from the reasons of the cancellation. A failed condition takes precedence over the
        conflict of another operation."""
        labels = [label for group in self._operations.values() for label, _ in group]
        reasons = [
            (label, reason)
            for label, reason in zip(labels, error.cancellation_reasons, strict=True)
            if reason is not None
        ]
        failed = FailedConditions(
            (label, _existing_item(reason)) for label, reason in reasons if reason.code == _CONDITION_FAILED
        )
        if failed:
            return failed
        self.contended = frozenset(label for label, reason in reasons if reason.code in _RETRYABLE_REASONS)
        if self.contended:
            return None
        raise error


def _error_code(error: TransactWriteError) -> str | None:
    """The AWS error code; None when there was no response. `cause_response_code` of PynamoDB fails in that case,
    because the `response` of botocore's error is None."""
    response = getattr(error.cause, "response", None) or {}
    code: str | None = response.get("Error", {}).get("Code")
    return code


def _existing_item(reason: CancellationReason) -> Item | None:
    return entity(reason.raw_item) if reason.raw_item else None
