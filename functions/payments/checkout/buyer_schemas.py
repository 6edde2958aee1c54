"""The buyer's details in requests and responses."""

from shared.schemas import AddressText, In, Out, ShortText


class FirmIn(In):
    """Name and address of a registered buyer, for the invoice."""

    name: ShortText
    address: AddressText


class BuyerOut(Out):
    """The buyer's details that the learner gave with the order, for the invoice. `state` is the two-digit code of an
    Indian State, as at the start of a GSTIN. A firm has `gstin`, `name` and `address`."""

    state: str | None
    gstin: str | None
    name: str | None
    address: str | None
