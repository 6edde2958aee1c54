"""The faults of a soak test and their probabilities: about one in ten database requests gets a fault."""

from typing import Any, Final

_TRANSACTION: Final = "TransactWriteItems"
_TRANSACTION_SIZES: Final = range(1, 13)
GATEWAY_FAULTS: Final = ("429", "500", "502", "503", "bad_json", "drop", "lose_response", "lose_response")


def _conflict_rule(items: int) -> dict[str, Any]:
    reasons = [{"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}]
    fields = {"CancellationReasons": reasons + [{"Code": "None"}] * (items - 1)}
    return {
        "operation": _TRANSACTION,
        "body": f"length(TransactItems) == `{items}`",
        "error": {"code": "TransactionCanceledException", "status": 400, "fields": fields},
    }


def database_fault_rules() -> list[dict[str, Any]]:
    """The rules for microburst. The product's database timeout is 3 s."""
    faults: list[tuple[float, dict[str, Any]]] = [
        (0.02, {"error": {"code": "ProvisionedThroughputExceededException", "status": 400}}),
        (0.01, {"error": {"code": "InternalServerError", "status": 500}}),
        (0.02, {"reset": True}),
        (0.03, {"response": {"abort_frac": 0.5}}),
        (0.003, {"timeout_ms": 4000}),
        (0.003, {"latency": 3500}),
        (0.02, {"latency": {"min": 20, "max": 300}}),
        *((0.03, _conflict_rule(items)) for items in _TRANSACTION_SIZES),
    ]
    return [{"service": "dynamodb", "probability": probability, **effect} for probability, effect in faults]
