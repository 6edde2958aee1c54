"""Indian goods and services tax on a price that contains it, in whole paise, and the number of a registered person.

https://cbic-gst.gov.in/gst-acts.html : CGST Act 2017 and SGST Acts, section 9 (each tax is levied on the same value, at
rates that are equal); CGST Rules 2017, rule 35 (the tax that a price contains) and rule 46 (content and number of an
invoice); IGST Act 2017, section 12(2) (place of supply: the State of a registered recipient, or the address on record
of any other, or the supplier's location if that is unknown). CBIC Circular 242/36/2024-GST: a seller of online services
must record the State of every unregistered recipient. The circular and rule 35 are unverified: read in copies.
"""

import re
import string
from dataclasses import dataclass
from typing import Final, Self

SAC: Final = "999293"
"""Service accounting code: commercial training and coaching services."""
TAXED_CURRENCY: Final = "INR"
"""Sales in other currencies have no tax lines."""
_GSTIN: Final = re.compile(r"[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][1-9A-Z]Z[0-9A-Z]")
"""State, PAN, number of the registration, Z, check character."""
_GSTIN_DIGITS: Final = string.digits + string.ascii_uppercase
_HUNDRED_PERCENT: Final = 10_000

STATES: Final = {
    "01": "Jammu and Kashmir",
    "02": "Himachal Pradesh",
    "03": "Punjab",
    "04": "Chandigarh",
    "05": "Uttarakhand",
    "06": "Haryana",
    "07": "Delhi",
    "08": "Rajasthan",
    "09": "Uttar Pradesh",
    "10": "Bihar",
    "11": "Sikkim",
    "12": "Arunachal Pradesh",
    "13": "Nagaland",
    "14": "Manipur",
    "15": "Mizoram",
    "16": "Tripura",
    "17": "Meghalaya",
    "18": "Assam",
    "19": "West Bengal",
    "20": "Jharkhand",
    "21": "Odisha",
    "22": "Chhattisgarh",
    "23": "Madhya Pradesh",
    "24": "Gujarat",
    "26": "Dadra and Nagar Haveli and Daman and Diu",
    "27": "Maharashtra",
    "29": "Karnataka",
    "30": "Goa",
    "31": "Lakshadweep",
    "32": "Kerala",
    "33": "Tamil Nadu",
    "34": "Puducherry",
    "35": "Andaman and Nicobar Islands",
    "36": "Telangana",
    "37": "Andhra Pradesh",
    "38": "Ladakh",
    "97": "Other Territory",
}
"""State names by the first two digits of a GSTIN."""


@dataclass(frozen=True)
class Tax:
    """The parts of an amount, in paise. Their sum is the amount."""

    taxable: int
    cgst: int
    sgst: int
    igst: int

    @property
    def total(self) -> int:
        return self.cgst + self.sgst + self.igst

    def __sub__(self, other: Self) -> Self:
        return type(self)(
            self.taxable - other.taxable, self.cgst - other.cgst, self.sgst - other.sgst, self.igst - other.igst
        )


def split_tax(amount: int, rate_basis_points: int, *, intra_state: bool) -> Tax:
    """Splits `amount` (paise, tax included) into taxable value and tax, which is rounded half up to the paisa.

    Within one State the tax is CGST and SGST, two equal amounts: the same rate on the same value (CGST Act, section 9),
    so an odd paisa belongs to the taxable value. Between States all of it is IGST (IGST Act, section 5). The taxable
    value is within a paisa of the exact one (CGST Rules, rule 35)."""
    share = _HUNDRED_PERCENT + rate_basis_points
    if intra_state:
        half = (amount * rate_basis_points + share) // (2 * share)
        return Tax(amount - 2 * half, half, half, 0)
    igst = (2 * amount * rate_basis_points + share) // (2 * share)
    return Tax(amount - igst, 0, 0, igst)


def tax_on_part(part: int, amount: int, whole: Tax, rate_basis_points: int) -> Tax:
    """The tax on the first `part` paise of an invoice of `amount` paise whose tax is `whole`. For the full amount it is
    `whole` as it was issued, also if an earlier version rounded it in another way. The differences between successive
    parts are therefore the tax of credit notes, which add up to the invoice (CGST Act, section 34). The taxable value
    of a difference of a single paisa may be -1, because both halves may have grown; larger differences have no negative
    part."""
    if part == amount:
        return whole
    return split_tax(part, rate_basis_points, intra_state=not whole.igst)


def is_gstin(text: str) -> bool:
    """Whether `text` is a GSTIN of a regular taxpayer: its State, its form, and its check character.

    The check character is the last of 15: each of the 14 before it, as a digit of base 36, is multiplied by 1 and 2 in
    turn; the digits of the products to base 36 are summed; the check digit completes the sum to a multiple of 36. The
    source of the algorithm is GSTN (unverified: read in copies). Numbers of UN bodies, embassies, and persons who only
    deduct or collect tax have other forms, and are not accepted."""
    if not _GSTIN.fullmatch(text) or text[:2] not in STATES:
        return False
    return text[-1] == gstin_check_character(text[:-1])


def gstin_check_character(first_14: str) -> str:
    """The last character of the GSTIN that starts with these 14 digits and capital letters."""
    base, total = len(_GSTIN_DIGITS), 0
    for place, character in enumerate(first_14):
        product = _GSTIN_DIGITS.index(character) * (1 + place % 2)
        total += product // base + product % base
    return _GSTIN_DIGITS[-total % base]


def is_intra_state(seller_state: str, learner_state: str | None) -> bool:
    """Whether seller and learner are in the same state. If the learner's state is unknown, the seller's applies."""
    return learner_state is None or learner_state == seller_state
