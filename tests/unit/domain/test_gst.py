"""The tax included in a price, split in whole paise that add up exactly."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.gst import (
    STATES,
    Tax,
    gstin_check_character,
    is_gstin,
    is_intra_state,
    split_tax,
    tax_on_part,
)


@pytest.mark.parametrize(
    ("amount", "rate", "intra_state", "parts"),
    [
        (49_900, 1800, True, Tax(42_288, 3_806, 3_806, 0)),
        (49_900, 1800, False, Tax(42_288, 0, 0, 7_612)),
        (99_900, 1800, True, Tax(84_662, 7_619, 7_619, 0)),
        (99_900, 1800, False, Tax(84_661, 0, 0, 15_239)),
        (118, 1800, False, Tax(100, 0, 0, 18)),
        (100, 1800, False, Tax(85, 0, 0, 15)),
        (0, 1800, True, Tax(0, 0, 0, 0)),
        (49_900, 0, True, Tax(49_900, 0, 0, 0)),
        (3, 10_000, False, Tax(1, 0, 0, 2)),  # 1.5 is rounded up
        (2, 10_000, True, Tax(0, 1, 1, 0)),  # 0.5 is rounded up
    ],
)
def test_split_tax_price_yields_expected_parts(amount: int, rate: int, intra_state: bool, parts: Tax) -> None:
    assert split_tax(amount, rate, intra_state=intra_state) == parts


@given(st.integers(0, 10**12), st.integers(0, 10_000), st.booleans())
def test_split_tax_parts_add_up_to_the_paisa(amount: int, rate: int, intra_state: bool) -> None:
    tax = split_tax(amount, rate, intra_state=intra_state)
    assert tax.taxable + tax.total == amount
    assert min(tax.taxable, tax.cgst, tax.sgst, tax.igst) >= 0
    assert tax.cgst == tax.sgst
    assert abs(tax.taxable * (10_000 + rate) - amount * 10_000) <= 10_000 + rate


@pytest.mark.parametrize("intra_state", [True, False])
@pytest.mark.parametrize("rate", [500, 1200, 1800, 2800])
def test_split_tax_of_every_whole_rupee_price_to_one_lakh_has_no_wrong_part(rate: int, intra_state: bool) -> None:
    wrong = 0
    for amount in range(100, 10_000_100, 100):
        tax = split_tax(amount, rate, intra_state=intra_state)
        is_right = (
            tax.cgst == tax.sgst
            and tax.taxable + tax.cgst + tax.sgst + tax.igst == amount
            and abs(tax.taxable * (10_000 + rate) - amount * 10_000) <= 10_000 + rate
        )
        wrong += not is_right
    assert wrong == 0


@given(st.integers(2, 10**9), st.integers(0, 10**9), st.integers(0, 10_000), st.booleans())
def test_tax_on_part_credit_of_two_paise_or_more_has_no_negative_part(
    credit: int, before: int, rate: int, intra_state: bool
) -> None:
    amount = 2 * 10**9
    whole = split_tax(amount, rate, intra_state=intra_state)
    parts = [tax_on_part(part, amount, whole, rate) for part in (before, before + credit)]
    tax = parts[1] - parts[0]
    assert tax.taxable + tax.total == credit
    assert min(tax.taxable, tax.cgst, tax.sgst, tax.igst) >= 0


def test_tax_on_part_single_paisa_that_raises_both_halves_lowers_the_taxable_value() -> None:
    whole = split_tax(49_900, 1800, intra_state=True)
    assert tax_on_part(6, 49_900, whole, 1800) == Tax(6, 0, 0, 0)
    assert tax_on_part(7, 49_900, whole, 1800) == Tax(5, 1, 1, 0)


def test_tax_on_part_full_amount_keeps_the_parts_of_an_earlier_version() -> None:
    issued = Tax(84_661, 7_620, 7_619, 0)
    assert tax_on_part(99_900, 99_900, issued, 1800) == issued
    assert tax_on_part(0, 99_900, issued, 1800) == Tax(0, 0, 0, 0)
    assert tax_on_part(50_000, 99_900, issued, 1800) == Tax(42_372, 3_814, 3_814, 0)


def test_tax_on_part_of_an_invoice_between_states_is_integrated() -> None:
    whole = split_tax(99_900, 1800, intra_state=False)
    assert tax_on_part(50_000, 99_900, whole, 1800) == Tax(42_373, 0, 0, 7_627)


@pytest.mark.parametrize("gstin", ["27AAPFU0939F1ZV", "29AAGCB7383J1Z4", "07AAGFF2194N1Z1", "24AAACC1206D1ZM"])
def test_is_gstin_with_its_check_character_is_true(gstin: str) -> None:
    assert is_gstin(gstin)
    assert gstin_check_character(gstin[:-1]) == gstin[-1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "27AAPFU0939F1Z",
        "27AAPFU0939F1ZV0",
        "27AAPFU0939F1ZV\n",
        "27aapfu0939f1zv",
        "27AAPFU0939F0ZV",  # registrations are counted from 1
        "27AAPFU0939F1YV",
        "\u0967\u096d" + "AAPFU0939F1ZV",  # digits of another script
        "25AAPFU0939F1ZZ",  # no State has this number any more
    ],
)
def test_is_gstin_of_another_form_is_false(text: str) -> None:
    assert not is_gstin(text)


def test_is_gstin_with_any_other_check_character_is_false() -> None:
    accepted = [last for last in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" if is_gstin(f"27AAPFU0939F1Z{last}")]
    assert accepted == ["V"]


@pytest.mark.parametrize("place", range(7, 11))
def test_is_gstin_with_one_wrong_digit_is_false(place: int) -> None:
    gstin = "27AAPFU0939F1ZV"
    accepted = [digit for digit in "0123456789" if is_gstin(gstin[:place] + digit + gstin[place + 1 :])]
    assert accepted == [gstin[place]]


def test_is_intra_state_unknown_buyer_state_counts_as_seller_state() -> None:
    assert is_intra_state("27", None)
    assert is_intra_state("27", "27")
    assert not is_intra_state("27", "29")


def test_web_page_lists_the_same_states() -> None:
    text = (Path(__file__).parents[3] / "web/js/invoice/states.js").read_text(encoding="utf-8")
    assert dict(re.findall(r'\["(\d\d)", "([^"]+)"\]', text)) == STATES
