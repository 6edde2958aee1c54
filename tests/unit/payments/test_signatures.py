"""Razorpay's signatures, as `openssl dgst -sha256 -hmac` creates them, with two secrets during a rotation."""

import pytest

from functions.payments.signatures import is_valid_checkout_signature, is_valid_webhook_signature
from shared.secrets import Secret, secret_values_for_key_id

CHECKOUT = "order_AAAAAAAAAAAAAA", "pay_AAAAAAAAAAAAAA"
SIGNED_WITH_OLD, SIGNED_WITH_NEW = (
    "7b58aadc5529c4e410563d63411698c103ab05e556d6e9fe934ed058de8540d6",
    "0a63c1b6b96b3beff26ec8e3db592e20689d189f16660a743cd01f717c36d844",
)
BODY = b'{"event":"payment.captured"}'
BODY_SIGNED_WITH_NEW = "efa2d4dae88c8e05638afd6c344aa0f71a53fa794153ba10f626f682fd92c043"


@pytest.fixture(autouse=True)
def rotating_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new and an old value of each secret."""
    monkeypatch.setenv("LMS_RAZORPAY_KEY_SECRET", "new,old")
    monkeypatch.setenv("LMS_RAZORPAY_WEBHOOK_SECRET", "new-hook,old-hook")


@pytest.mark.parametrize("signature", [SIGNED_WITH_OLD, SIGNED_WITH_NEW])
def test_checkout_signature_with_either_rotated_secret_is_valid(signature: str) -> None:
    assert is_valid_checkout_signature(*CHECKOUT, signature) is True


@pytest.mark.parametrize("signature", [SIGNED_WITH_OLD, SIGNED_WITH_NEW])
def test_checkout_signature_with_key_named_secrets_is_valid(signature: str, monkeypatch: pytest.MonkeyPatch) -> None:
    named = {Secret.RAZORPAY_KEY_SECRET: ("rzp_test_2:new", "rzp_test_1:old")}
    monkeypatch.setattr("shared.secrets.secret_values", named.__getitem__)
    assert is_valid_checkout_signature(*CHECKOUT, signature) is True


def test_checkout_signature_with_key_named_secrets_in_settings_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMS_RAZORPAY_KEY_SECRET", "rzp_test_another:old,rzp_test_lectern0000001:new")
    assert [is_valid_checkout_signature(*CHECKOUT, signature) for signature in (SIGNED_WITH_OLD, SIGNED_WITH_NEW)] == [
        True,
        True,
    ]


@pytest.mark.parametrize(
    "signature",
    ["", "é", "\udc80", SIGNED_WITH_NEW.upper(), SIGNED_WITH_NEW[:-1], f"{SIGNED_WITH_NEW} ", BODY_SIGNED_WITH_NEW],
)
def test_checkout_signature_wrong_or_reordered_is_invalid(signature: str) -> None:
    assert is_valid_checkout_signature(*CHECKOUT, signature) is False
    order_id, payment_id = CHECKOUT
    assert is_valid_checkout_signature(payment_id, order_id, SIGNED_WITH_NEW) is False


def test_webhook_signature_covers_exact_bytes_with_webhook_secret() -> None:
    assert is_valid_webhook_signature(BODY, BODY_SIGNED_WITH_NEW) is True
    assert is_valid_webhook_signature(BODY + b" ", BODY_SIGNED_WITH_NEW) is False
    assert is_valid_webhook_signature(f"{CHECKOUT[0]}|{CHECKOUT[1]}".encode(), SIGNED_WITH_NEW) is False


@pytest.mark.parametrize(
    ("key_id", "secrets", "known"),
    [
        ("rzp_test_1", "one", ("one",)),
        ("rzp_test_1", "rzp_test_2:two,rzp_test_1:one", ("one", "two")),
        ("rzp_test_2", "rzp_test_2:two,rzp_test_1:one", ("two", "one")),
        ("rzp_test_2", "rzp_test_1:one,rzp_test_2:two", ("two", "one")),
        ("rzp_test_2", "two,one", ("two", "one")),
    ],
)
def test_secret_values_for_key_id_yields_secret_of_current_key_first(
    key_id: str, secrets: str, known: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.secrets.secret_values", lambda _: tuple(secrets.split(",")))
    assert secret_values_for_key_id(Secret.RAZORPAY_KEY_SECRET, key_id) == known
