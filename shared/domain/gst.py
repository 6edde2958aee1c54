"""Indian goods and services tax on a price that contains it, in whole paise.

https://cbic-gst.gov.in/gst-acts.html : CGST Rules 2017, rule 46 (content and number of an invoice); IGST Act 2017,
section 12(2)(b) (place of supply: the learner's address, or the seller's if that is unknown); CGST Act, section 170
(rounding).
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, Self

SAC: Final = "999293"
"""Service accounting code: commercial training and coaching services."""
IST: Final = timezone(timedelta(hours=5, minutes=30))
GSTIN: Final = re.compile(r"\d{2}[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]")
_HUNDRED_PERCENT: Final = 10_000
_FIRST_MONTH: Final = 4
_FIRST_YEAR: Final = 2026
"""In which the first receipt may have been issued."""

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
    """Splits `amount` (paise, tax included) into taxable value, rounded half up, and tax. Within one state the tax is
    half CGST, half SGST (an odd paisa goes to CGST); otherwise all of it is IGST."""
    share = _HUNDRED_PERCENT + rate_basis_points
    taxable = (2 * amount * _HUNDRED_PERCENT + share) // (2 * share)
    tax = amount - taxable
    return Tax(taxable, (tax + 1) // 2, tax // 2, 0) if intra_state else Tax(taxable, 0, 0, tax)


def is_intra_state(seller_state: str, learner_state: str | None) -> bool:
    """Whether seller and learner are in the same state. If the learner's state is unknown, the seller's applies."""
    return learner_state is None or learner_state == seller_state


def financial_year(moment: datetime) -> str:
    """The Indian financial year (April to March, Indian time), such as "26-27"."""
    local = moment.astimezone(IST)
    first = local.year - (local.month < _FIRST_MONTH)
    return f"{first % 100:02d}-{(first + 1) % 100:02d}"


def financial_years(until: datetime) -> list[str]:
    """The financial years in which receipts may have been issued until then, oldest first."""
    return [financial_year(datetime(year, 1, 1, tzinfo=UTC)) for year in range(_FIRST_YEAR, until.year + 2)]
