"""The minor units of currencies.

Source: ISO 4217, list one (https://www.six-group.com/en/products-services/financial-information/data-standards.html),
unverified: read in copies.
"""

from typing import Final

_NO_PLACES: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_PLACES: Final = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_PLACES: Final = "CLF UYW"
EXPONENTS: Final = {
    currency: places
    for places, currencies in ((0, _NO_PLACES), (3, _THREE_PLACES), (4, _FOUR_PLACES))
    for currency in currencies.split()
}
"""Currency > decimal places of an amount, where that is not 2. web/js/ui/currencies.js has the same table."""
_DEFAULT_EXPONENT: Final = 2


def exponent(currency: str) -> int:
    """The decimal places of an amount in the currency: 2 for INR, 0 for JPY, 3 for KWD."""
    return EXPONENTS.get(currency, _DEFAULT_EXPONENT)


def whole_and_fraction(minor: int, currency: str) -> tuple[str, str]:
    """The digits before and after the decimal point of an amount in minor units that is not negative. For a currency
    without decimal places the second is ""."""
    places = exponent(currency)
    digits = str(minor).zfill(places + 1)
    return (digits[:-places], digits[-places:]) if places else (digits, "")
