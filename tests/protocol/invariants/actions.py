"""Purchases and runs of the invariant check."""

from math import inf
from typing import Any

import pytest

from functions.payments.invariants import changed, full_pass
from functions.payments.invariants.changed import ChangedReport
from shared.db.entities import LearnerExamination
from shared.db.payments import learner_records
from shared.db.payments.examination_pass import PassState
from shared.db.payments.learner_records import Records
from shared.db.table import keys, store
from tests.fixtures.api import Api
from tests.fixtures.storefront import Storefront


def buy(shop: Storefront, learner: Api) -> str:
    """Buys the course: paid, captured, receipt numbered. Returns the order id."""
    order_id: str = shop.create_order(learner)["order_id"]
    shop.verify(learner, shop.pay(order_id))
    shop.deliver()
    shop.sweep()
    return order_id


def subject(shop: Storefront, learner: Api) -> str:
    return f"{learner.user_id} {shop.course.course_id}"


def check_hourly(seconds: float = inf) -> ChangedReport:
    return changed.examine_changed(lambda: seconds)


def run_pass() -> PassState:
    """Begins a pass, or continues one, and runs it to its end."""
    state = full_pass.run_slice(lambda: inf)
    while not state.completed_at:
        state = full_pass.run_slice(lambda: inf)
    return state


def fail_examination_of(monkeypatch: pytest.MonkeyPatch, user_id: str) -> None:
    """Reading that learner meets a stored value that no code expects."""
    real = learner_records.read_learner

    def read_learner(learner_id: str, *arguments: Any) -> Records:
        if learner_id == user_id:
            raise KeyError("status")
        return real(learner_id, *arguments)

    monkeypatch.setattr(learner_records, "read_learner", read_learner)


def mark_of(shop: Storefront, learner: Api) -> LearnerExamination | None:
    return store.get(LearnerExamination, keys.examination(learner.user_id, shop.course.course_id))


def breach_texts(report: ChangedReport) -> list[str]:
    return [str(breach) for breach in report.breaches]
