"""The two signatures of the gateway, both lower-case hexadecimal HMAC-SHA256."""

import hashlib
import hmac


def sign(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def checkout_signature(key_secret: str, order_id: str, payment_id: str) -> str:
    """Proof of authorisation handed to the browser; made with the API secret."""
    return sign(key_secret, f"{order_id}|{payment_id}".encode())


def webhook_signature(webhook_secret: str, body: bytes) -> str:
    """Over the raw bytes of a webhook; made with the webhook secret."""
    return sign(webhook_secret, body)
