"""The buyer's details of a new order: those of the request, or else of the learner's profile.

https://cbic-gst.gov.in/gst-acts.html : CGST Rules 2017, rule 46(d) (a registered buyer: name, address and GSTIN) and
46(f) (the State of an unregistered buyer of online services, whatever the value); IGST Act 2017, section 12(2). CBIC
Circular 242/36/2024-GST (unverified: read in a copy): the seller must collect the State, and may not print its own.
"""

from typing import Final

from functions.payments.checkout.buyer_schemas import FirmIn
from functions.payments.errors import (
    FirmRequired,
    GstinInvalid,
    GstinRequired,
    StateNotOfGstin,
    StateRequired,
    StateUnknown,
)
from functions.payments.schemas import CreateOrderIn
from shared.config import settings
from shared.db.entities import Course, User
from shared.domain import gst
from shared.domain.buyer import Buyer
from shared.errors import Invalid

BUYER_ERRORS: Final = (StateRequired, StateUnknown, GstinInvalid, GstinRequired, FirmRequired, StateNotOfGstin)


def is_taxed(course: Course) -> bool:
    """Whether a sale of the course gets a tax invoice, which needs the State of the buyer."""
    return settings().seller_gstin is not None and course.currency == gst.TAXED_CURRENCY


def require_valid_details(request: CreateOrderIn) -> None:
    """Checks the details of the request by themselves. Raises StateUnknown, GstinInvalid."""
    if request.state is not None and request.state not in gst.STATES:
        raise _at("state", StateUnknown)
    if request.gstin is not None and not gst.is_gstin(request.gstin):
        raise _at("gstin", GstinInvalid)


def buyer_of_order(request: CreateOrderIn, payer: User, course: Course) -> Buyer:
    """The buyer of a new order, from valid details of the request and the profile of the payer. An explicit null as
    GSTIN makes the learner the buyer, whatever the profile says. The State of a registered buyer is that of the GSTIN.

    Raises StateRequired, StateNotOfGstin, GstinRequired, FirmRequired."""
    gstin = request.gstin if "gstin" in request.model_fields_set else payer.gstin
    if gstin:
        return _registered_buyer(gstin, request, payer)
    if request.firm:
        raise _at("gstin", GstinRequired)
    state = request.state or payer.state
    if not state and is_taxed(course):
        raise _at("state", StateRequired)
    return Buyer(state)


def _registered_buyer(gstin: str, request: CreateOrderIn, payer: User) -> Buyer:
    state = gstin[:2]
    if request.state not in (None, state):
        raise _at("state", StateNotOfGstin, f"the GSTIN of the order is of {gst.STATES[state]} ({state})")
    firm = request.firm or _firm_of_profile(gstin, payer)
    if firm is None:
        raise _at("firm", FirmRequired)
    return Buyer(state, gstin, firm.name, firm.address)


def _firm_of_profile(gstin: str, payer: User) -> FirmIn | None:
    """Name and address of the profile, if they belong to the GSTIN."""
    if payer.gstin != gstin:
        return None
    return FirmIn.model_construct(name=payer.firm_name, address=payer.firm_address)


def _at(field: str, error: type[Invalid], detail: str = "") -> Invalid:
    """The error, located at the field of the body."""
    text = detail or error.title
    return error(detail, errors=[{"loc": ["body", field], "msg": text, "type": error.code}])
