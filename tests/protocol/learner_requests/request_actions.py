"""Refunds that learners request, and the seller's terms for them."""

from typing import Any

import pytest

from functions.payments.invariants.check import check_invariants
from shared import config
from shared.db.entities import LearnerRequestListing, Outline
from shared.db.table import keys, store
from tests.fixtures.api import Api, Reply
from tests.fixtures.storefront import Storefront

REASON = "it is not for me"


def set_terms(monkeypatch: pytest.MonkeyPatch, *, days: int = 7, limit: int = 49, approval: str = "admin") -> None:
    monkeypatch.setenv("LMS_REFUND_WINDOW_DAYS", str(days))
    monkeypatch.setenv("LMS_REFUND_PROGRESS_LIMIT", str(limit))
    monkeypatch.setenv("LMS_REFUND_APPROVAL", approval)
    config.clear_cache()


def ask(learner: Api, order_id: str, reason: str = REASON, **keywords: Any) -> Reply:
    return learner.post(f"/api/payments/{order_id}/refund-request", {"reason": reason}, **keywords)


def withdraw(learner: Api, order_id: str) -> Reply:
    return learner.delete(f"/api/payments/{order_id}/refund-request")


def decide(
    admin: Api, order_id: str, decision: str = "approve", note: str = "as agreed", *, number: int | None = None
) -> Reply:
    """A decision about the request with this number: by default the latest one, as the admin sees it."""
    if number is None:
        number = (shown(admin, order_id) or {"number": 1})["number"]
    body = {"number": number, "decision": decision, "note": note}
    return admin.post(f"/api/payments/{order_id}/refund-request/decision", body)


def shown(caller: Api, order_id: str) -> dict[str, Any] | None:
    """The learner's request as the caller sees it."""
    request: dict[str, Any] | None = caller.get(f"/api/payments/{order_id}").json["payment"]["learner_request"]
    return request


def listed_ids(admin: Api) -> list[str]:
    return [each["order_id"] for each in admin.get("/api/payments/refund-requests").json["items"]]


def listing_of(order_id: str) -> LearnerRequestListing | None:
    return store.get(LearnerRequestListing, keys.learner_request(order_id))


def complete_lessons(shop: Storefront, learner: Api, count: int, *, completed: bool = True) -> None:
    outline = store.get(Outline, keys.outline(shop.course.course_id))
    assert outline
    for lesson_id in outline.lesson_ids()[:count]:
        path = f"/api/enrollments/{shop.course.course_id}/lessons/{lesson_id}"
        assert learner.put(path, {"completed": completed}).status == 200


def breaches() -> list[str]:
    return [str(breach) for breach in check_invariants().breaches]
