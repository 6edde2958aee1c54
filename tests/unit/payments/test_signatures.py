"""Razorpay's signatures: made by `openssl dgst -sha256 -hmac`, two secrets while one is rotated."""

import pytest

from functions.payments.signatures import is_valid_checkout_signature, is_valid_webhook_signature
from shared.secrets import Secret, secret_values_for_key_id

CHECKOUT = "order_AAAAAAAAAAAAAA", "pay_AAAAAAAAAAAAAA"
BY_OLD, BY_NEW = (
    "7b58aadc5529c4e410563d63411698c103ab05e556d6e9fe934ed058de8540d6",
    "0a63c1b6b96b3beff26ec8e3db592e20689d189f16660a743cd01f717c36d844",
)
BODY = b'{"event":"payment.captured"}'
BODY_BY_NEW = "efa2d4dae88c8e05638afd6c344aa0f71a53fa794153ba10f626f682fd92c043"


@pytest.fixture(autouse=True)
def rotated(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new and an old value of each secret."""
    monkeypatch.setenv("LMS_RAZORPAY_KEY_SECRET", "new,old")
    monkeypatch.setenv("LMS_RAZORPAY_WEBHOOK_SECRET", "new-hook,old-hook")


@pytest.mark.parametrize("signature", [BY_OLD, BY_NEW])
def test_a_checkout_signed_with_either_secret_is_right(signature: str) -> None:
    assert is_valid_checkout_signature(*CHECKOUT, signature) is True


@pytest.mark.parametrize("signature", [BY_OLD, BY_NEW])
def test_a_secret_may_name_the_key_it_belongs_to(signature: str, monkeypatch: pytest.MonkeyPatch) -> None:
    named = {Secret.RAZORPAY_KEY_SECRET: ("rzp_test_2:new", "rzp_test_1:old")}
    monkeypatch.setattr("shared.secrets.secret_values", named.__getitem__)
    assert is_valid_checkout_signature(*CHECKOUT, signature) is True


def test_each_secret_may_name_the_key_it_goes_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMS_RAZORPAY_KEY_SECRET", "rzp_test_another:old,rzp_test_lectern0000001:new")
    assert [is_valid_checkout_signature(*CHECKOUT, signature) for signature in (BY_OLD, BY_NEW)] == [True, True]


@pytest.mark.parametrize("signature", ["", "é", "\udc80", BY_NEW.upper(), BY_NEW[:-1], f"{BY_NEW} ", BODY_BY_NEW])
def test_nothing_else_is(signature: str) -> None:
    assert is_valid_checkout_signature(*CHECKOUT, signature) is False
    assert is_valid_checkout_signature(*reversed(CHECKOUT), BY_NEW) is False  # type: ignore[misc]


def test_a_webhook_is_signed_over_its_very_bytes_with_its_own_secret() -> None:
    assert is_valid_webhook_signature(BODY, BODY_BY_NEW) is True
    assert is_valid_webhook_signature(BODY + b" ", BODY_BY_NEW) is False
    assert is_valid_webhook_signature(f"{CHECKOUT[0]}|{CHECKOUT[1]}".encode(), BY_NEW) is False


@pytest.mark.parametrize(
    ("key_id", "held", "known"),
    [
        ("rzp_test_1", "one", ("one",)),
        ("rzp_test_1", "rzp_test_2:two,rzp_test_1:one", ("one", "two")),
        ("rzp_test_2", "rzp_test_2:two,rzp_test_1:one", ("two", "one")),
        ("rzp_test_2", "rzp_test_1:one,rzp_test_2:two", ("two", "one")),
        ("rzp_test_2", "two,one", ("two", "one")),
    ],
)
def test_the_secret_of_the_key_that_this_function_has_comes_first(
    key_id: str, held: str, known: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.secrets.secret_values", lambda _: tuple(held.split(",")))
    assert secret_values_for_key_id(Secret.RAZORPAY_KEY_SECRET, key_id) == known
