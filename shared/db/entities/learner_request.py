"""The listing of learners' requests for refunds."""

from typing import ClassVar

from pynamodb.attributes import UnicodeAttribute

from shared.db.table.attributes import EnumAttribute, TimeAttribute
from shared.db.table.base import Item, ListingIndexed
from shared.domain.learner_requests import RequestState


class LearnerRequestListing(ListingIndexed, Item):
    """`PAYMENT#order_id / LEARNER_REQUEST`: the state of the learner's request in the payment, written in the same
    transaction. gsi1 lists it while the request is open, by the time of the request (UTC): the list of the admins. No
    decision is made from it."""

    KIND: ClassVar[str] = "learner_request"

    order_id = UnicodeAttribute()
    state = EnumAttribute(RequestState)
    requested_at = TimeAttribute()
