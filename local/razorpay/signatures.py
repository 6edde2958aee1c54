"""Razorpay's two signatures, both lower-case hexadecimal HMAC-SHA256."""

import hashlib
import hmac


def sign(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def checkout_signature(key_secret: str, order_id: str, payment_id: str) -> str:
    """The proof of authorization that Checkout gives to the browser; keyed with the API secret."""
    return sign(key_secret, f"{order_id}|{payment_id}".encode())


def webhook_signature(webhook_secret: str, body: bytes) -> str:
    """The signature of the raw bytes of a webhook; keyed with the webhook secret."""
    return sign(webhook_secret, body)
