"""A flow: one step of a purchase, its caller's retries, and the stored state that it must lead to."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from shared.db.entities import Course
from shared.errors import StoreUnavailable
from tests.fixtures.api import Api, Reply
from tests.fixtures.storefront import PRICE, Storefront

ORDER = "the flow's order"
"""Placeholder in `ExpectedState.basis`: the id of the order that the flow creates."""


class ExpectedState(NamedTuple):
    """Status of the payment (None: there is none), status of the enrollment, and its basis of access."""

    payment: str | None
    enrollment: str
    basis: str | None = None


@dataclass
class FlowContext:
    """The data of one run of a flow: course, learner, admin and order. `expected_refunds` is in paise."""

    shop: Storefront
    learner: Api
    admin: Api
    course: Course
    order_id: str = ""
    checkout: dict[str, str] = field(default_factory=dict)
    expected_refunds: int = 0
    other_order_id: str = ""
    """Another order of the learner for the same course."""

    def create_order(self) -> None:
        self.order_id = self.shop.create_order(self.learner, self.course.course_id)["order_id"]

    def pay(self, outcome: str = "captured", **fields: Any) -> None:
        self.checkout = self.shop.pay(self.order_id, outcome, **fields)

    def complete_purchase(self) -> None:
        self.create_order()
        self.pay()
        assert self.shop.verify(self.learner, self.checkout).status == 200
        assert {reply.status for reply in self.shop.deliver()} == {200}

    def sweep(self) -> bool:
        """Runs a sweep; whether it settled everything. If not, advances the clock to the time of its retries."""
        try:
            done = "deferred" not in self.shop.sweep()
        except StoreUnavailable:
            done = False
        if not done:
            self.shop.clock.advance(minutes=10)
        return done

    def deliver(self, event_type: str) -> bool:
        """Sends the webhook of this type; whether it was accepted. The gateway resends only rejected ones."""
        [event] = [each for each in self.shop.gateway.ledger.outbox.events.values() if each.type == event_type]
        return self.shop.send(event).status == 200


class Flow:
    """One step of a purchase.

    `expected`: the stored state once `act` has succeeded, or `alternative`, if the next sweep may finish a part of it.
    `expected_settled`: the state after all webhooks were delivered and further sweeps have run. `price` is in paise.
    """

    price: ClassVar[int] = PRICE
    expected: ClassVar[ExpectedState]
    alternative: ClassVar[ExpectedState | None] = None
    expected_settled: ClassVar[ExpectedState]

    def arrange(self, context: FlowContext) -> None:
        """Prepares the state before the first fault."""

    def act(self, context: FlowContext) -> bool:
        """One attempt of the flow's caller; whether the caller can stop retrying."""
        raise NotImplementedError


def is_done(reply: Reply, *already_done_codes: str) -> bool:
    """Whether the request succeeded, now or (409 with one of the codes) before. Any other response must be a 503."""
    if reply.status in (200, 201):
        return True
    if reply.status == 409 and reply.code in already_done_codes:
        return True
    assert reply.status == 503, reply.text
    return False
