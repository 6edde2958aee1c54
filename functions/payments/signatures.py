"""Razorpay's two signatures: HMAC-SHA256 in lower-case hex, compared in constant time on bytes.

While a secret is rotated it has two values: retries of a webhook are signed with the old one.
"""

import hashlib
import hmac
from collections.abc import Iterable

from shared.config import settings
from shared.secrets import Secret, secret_values, secret_values_for_key_id


def is_valid_checkout_signature(order_id: str, payment_id: str, signature: str) -> bool:
    """Whether `signature` is that of `order_id|payment_id` with the API key's secret.

    https://razorpay.com/docs/payments/server-integration/python/payment-gateway/build-integration/"""
    keys = secret_values_for_key_id(Secret.RAZORPAY_KEY_SECRET, settings().razorpay_key_id)
    return _matches_any_key(keys, f"{order_id}|{payment_id}".encode(), signature)


def is_valid_webhook_signature(body: bytes, signature: str) -> bool:
    """Whether `signature` is that of the raw body with the webhook secret, which is not the API key's secret.

    https://razorpay.com/docs/webhooks/validate-test/"""
    return _matches_any_key(secret_values(Secret.RAZORPAY_WEBHOOK_SECRET), body, signature)


def _matches_any_key(keys: Iterable[str], message: bytes, signature: str) -> bool:
    received = signature.encode(errors="surrogatepass")
    accepted = False
    for key in keys:
        expected = hmac.new(key.encode(), message, hashlib.sha256).hexdigest().encode()
        accepted |= hmac.compare_digest(expected, received)
    return accepted
