"""The functions of the planned actions, and how a round of them is played."""

import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Final

from tests.load.http_histories.history import (
    admin_actions,
    dashboard_actions,
    instructor_actions,
    learner_actions,
    payer_actions,
)
from tests.load.http_histories.history.history import History
from tests.load.http_histories.plan import PlannedAction

ACTIONS: Final[dict[str, Callable[[History, Random], None]]] = {
    "buy": learner_actions.buy,
    "pay an earlier order": learner_actions.pay_earlier_order,
    "verify again": learner_actions.verify_again,
    "forge a checkout": learner_actions.forge_checkout,
    "enroll": learner_actions.enroll,
    "withdraw": learner_actions.withdraw,
    "complete lessons": learner_actions.complete_lessons,
    "read a receipt": learner_actions.read_receipt,
    "read own payments": learner_actions.read_payments,
    "change the price": instructor_actions.change_price,
    "unpublish": instructor_actions.unpublish,
    "refund": admin_actions.refund,
    "decide on a hold": admin_actions.decide_on_hold,
    "grant": admin_actions.grant,
    "revoke": admin_actions.revoke,
    "poll an order": admin_actions.poll,
    "bank answers late": payer_actions.bank_answers_late,
    "refund in the dashboard": dashboard_actions.refund_in_dashboard,
    "open a dispute": dashboard_actions.open_dispute,
    "change a dispute": dashboard_actions.change_dispute,
    "change a refund": dashboard_actions.change_refund,
    "pay a forgotten order": payer_actions.pay_forgotten_order,
    "pay by link or QR code": payer_actions.pay_other_product,
}


def play_round(history: History, number: int) -> None:
    """The moments of a round, one after the other; the actions of a moment at the same time."""
    history.note(f"round {number}")
    for moment in history.plan.rounds[number]:
        with ThreadPoolExecutor(len(moment)) as threads:
            list(threads.map(lambda action: _play(history, action), moment))


def _play(history: History, action: PlannedAction) -> None:
    try:
        ACTIONS[action.name](history, Random(action.seed))
    except Exception:  # noqa: BLE001 (it fails the history, which goes on)
        history.problems.append(f"{action.name} ({action.seed}): {traceback.format_exc(limit=4)}")
