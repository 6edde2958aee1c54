"""Planted bug of the numbering of receipts."""

from functions.payments.receipts import receipt_service
from shared.domain.buyer import NO_DETAILS
from tests.simulation.planted_bugs.patching import Patch


def names_the_buyer_of_the_profile() -> list[Patch]:
    """The State of the profile, or the seller's, is on the invoice instead of that of the order."""
    return [(receipt_service, "buyer_of", lambda _: NO_DETAILS)]
