"""A flow of which a purchase is made, as its caller repeats it, and what it must have led to.

`act` is one call of whoever drives the flow; it answers whether that one would be content. `after` is what must be
stored then: (payment, enrollment, what the access rests on, or None), or else `or_else`, where a part may be left for
the next sweep; `at_rest` the same once every message has arrived and the sweep has come round.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from shared.db.entities import Course
from shared.errors import StoreUnavailable
from tests.fixtures.api import Api, Reply
from tests.fixtures.storefront import PRICE, Storefront

ExpectedState = tuple[str | None, str, str | None]
ORDER = "its order"


@dataclass
class FlowContext:
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
        """Whether the scheduler's run came to its end and left nothing; if not, it is time for what it put off."""
        try:
            done = "deferred" not in self.shop.sweep()
        except StoreUnavailable:
            done = False
        if not done:
            self.shop.clock.advance(minutes=10)
        return done

    def deliver(self, kind: str) -> bool:
        """Whether the gateway has to send its event no more."""
        [event] = [each for each in self.shop.gateway.ledger.outbox.events.values() if each.type == kind]
        return self.shop.send(event).status == 200


class Flow:
    price: ClassVar[int] = PRICE
    expected: ClassVar[ExpectedState]
    alternative: ClassVar[ExpectedState | None] = None
    expected_settled: ClassVar[ExpectedState]

    def arrange(self, context: FlowContext) -> None:
        """Before the first fault."""

    def act(self, context: FlowContext) -> bool:
        raise NotImplementedError


def is_done(reply: Reply, *already: str) -> bool:
    """Done, or told by a refusal with one of the codes `already` that it was; anything else must be worth repeating."""
    if reply.status in (200, 201):
        return True
    if reply.status == 409 and reply.code in already:
        return True
    assert reply.status == 503, reply.text
    return False
