"""The tax included in a price, split in whole paise that add up exactly, and the financial year of a receipt number."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.gst import Tax, financial_year, financial_years, is_intra_state, split_tax


@pytest.mark.parametrize(
    ("amount", "rate", "intra_state", "parts"),
    [
        (49_900, 1800, True, Tax(42_288, 3_806, 3_806, 0)),
        (49_900, 1800, False, Tax(42_288, 0, 0, 7_612)),
        (99_900, 1800, True, Tax(84_661, 7_620, 7_619, 0)),
        (118, 1800, False, Tax(100, 0, 0, 18)),
        (100, 1800, False, Tax(85, 0, 0, 15)),
        (0, 1800, True, Tax(0, 0, 0, 0)),
        (49_900, 0, True, Tax(49_900, 0, 0, 0)),
        (3, 10_000, False, Tax(2, 0, 0, 1)),  # 1.5 is rounded up
    ],
)
def test_split_tax_price_yields_expected_parts(amount: int, rate: int, intra_state: bool, parts: Tax) -> None:
    assert split_tax(amount, rate, intra_state=intra_state) == parts


@given(st.integers(0, 10**12), st.integers(0, 10_000), st.booleans())
def test_split_tax_parts_add_up_to_the_paisa(amount: int, rate: int, intra_state: bool) -> None:
    tax = split_tax(amount, rate, intra_state=intra_state)
    assert tax.taxable + tax.total == amount
    assert min(tax.taxable, tax.cgst, tax.sgst, tax.igst) >= 0
    assert 0 <= tax.cgst - tax.sgst <= 1
    assert abs(tax.taxable * (10_000 + rate) - amount * 10_000) * 2 <= 10_000 + rate


@given(st.integers(1, 10**9), st.integers(0, 10**9), st.integers(0, 10_000), st.booleans())
def test_split_tax_partial_refund_has_no_negative_part(
    remaining: int, refunded: int, rate: int, intra_state: bool
) -> None:
    whole, rest = (split_tax(amount, rate, intra_state=intra_state) for amount in (remaining + refunded, remaining))
    part = whole - rest
    assert part.taxable + part.total == refunded
    assert min(part.taxable, part.cgst, part.sgst, part.igst) >= 0


@pytest.mark.parametrize(
    ("moment", "year"),
    [
        (datetime(2026, 11, 23, 12, 0, tzinfo=UTC), "26-27"),
        (datetime(2027, 3, 31, 18, 29, 59, tzinfo=UTC), "26-27"),
        (datetime(2027, 3, 31, 18, 30, tzinfo=UTC), "27-28"),
        (datetime(2027, 1, 1, tzinfo=UTC), "26-27"),
        (datetime(2100, 1, 1, tzinfo=UTC), "99-00"),
    ],
)
def test_financial_year_starts_on_1_april_indian_time(moment: datetime, year: str) -> None:
    assert financial_year(moment) == year


def test_is_intra_state_unknown_buyer_state_counts_as_seller_state() -> None:
    assert is_intra_state("27", None)
    assert is_intra_state("27", "27")
    assert not is_intra_state("27", "29")


def test_financial_years_are_all_from_2026_until_the_moment() -> None:
    assert financial_years(datetime(2026, 11, 23, tzinfo=UTC)) == ["25-26", "26-27"]
    assert financial_years(datetime(2028, 4, 1, tzinfo=UTC)) == ["25-26", "26-27", "27-28", "28-29"]
