"""DynamoDB's refusals, as botocore raises them."""

from typing import Any

from botocore.exceptions import ClientError

Request = dict[str, Any]


def client_error(operation: str, code: str, message: str, **more: Any) -> ClientError:
    """What botocore raises for an answer with that code."""
    answer: Any = {"Error": {"Code": code, "Message": message}, **more}
    return ClientError(answer, operation)


def transaction_cancelled(reasons: list[Request]) -> ClientError:
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    return client_error("TransactWriteItems", "TransactionCanceledException", message, CancellationReasons=reasons)
