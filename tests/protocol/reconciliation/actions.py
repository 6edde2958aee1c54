"""The reconciliation as the schedules call it."""

from typing import Any

from functions.payments import reconcile_handler
from shared.db.payments import reconciliation_state
from tests.fixtures.storefront import Storefront


class Context:
    """The context of an invocation with so many calls of the clock left."""

    def __init__(self, milliseconds: int, step: int = 0) -> None:
        self._left = milliseconds
        self._step = step

    def get_remaining_time_in_millis(self) -> int:
        self._left -= self._step
        return self._left


def reconcile(which: str = "hourly", context: Any = None) -> dict[str, Any]:
    """Runs the function; returns the counts of that pass that are not zero."""
    result = reconcile_handler.lambda_handler({"pass": which}, context)[which]
    return {name: value for name, value in result.items() if value}


def reconcile_later(shop: Storefront, which: str = "hourly", minutes: int = 6) -> dict[str, Any]:
    """Reconciles once the gateway's lists count as complete."""
    shop.clock.advance(minutes=minutes)
    return reconcile(which)


def open_differences() -> list[tuple[str, str, str, str]]:
    """(order id, kind, gateway, local) of each stored difference."""
    stored = [each.difference for each in reconciliation_state.list_open()]
    return [(each.order_id, each.kind.value, each.gateway, each.local) for each in stored]
