"""The secrets of a clone: generated once at random and stored in one file that only its owner can read."""

import base64
import json
import os
import secrets
import string
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def load_or_create_secrets(file: Path) -> dict[str, str]:
    """The `LMS_*` secrets by name. A missing, unreadable or incomplete file is replaced by new secrets, which signs
    every user out."""
    stored = _read_stored(file)
    generated = _generate()
    if generated.keys() <= stored.keys():
        return stored
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(generated, out)
    new.replace(file)
    return generated


def _read_stored(file: Path) -> dict[str, str]:
    """The text values of the file; empty when it is missing or not a JSON object."""
    try:
        stored = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(stored, dict):
        return {}
    return {name: value for name, value in stored.items() if isinstance(value, str)}


def _generate() -> dict[str, str]:
    private, public = _signing_key()
    return {
        "LMS_JWT_PRIVATE_KEY": json.dumps(private),
        "LMS_JWT_PUBLIC_KEYS": json.dumps({"keys": [public]}),
        "LMS_REFRESH_KEY": _base64url(secrets.token_bytes(32)),
        "LMS_CURSOR_KEY": _base64url(secrets.token_bytes(32)),
        "LMS_RAZORPAY_KEY_ID": f"rzp_test_{_alphanumeric(14)}",
        "LMS_RAZORPAY_KEY_SECRET": _alphanumeric(24),
        "LMS_RAZORPAY_WEBHOOK_SECRET": _alphanumeric(32),
        "LMS_CLOUDINARY_CLOUD_NAME": "lectern-local",
        "LMS_CLOUDINARY_API_KEY": "".join(secrets.choice(string.digits) for _ in range(15)),
        "LMS_CLOUDINARY_API_SECRET": _alphanumeric(27),
    }


def _signing_key() -> tuple[dict[str, str], dict[str, str]]:
    """A new Ed25519 key pair as JWKs (RFC 8037): (private key, public key)."""
    key = Ed25519PrivateKey.generate()
    kid = f"local-{secrets.token_hex(4)}"
    public = {
        "kty": "OKP",
        "crv": "Ed25519",
        "alg": "EdDSA",
        "use": "sig",
        "kid": kid,
        "x": _base64url(key.public_key().public_bytes_raw()),
    }
    return {**public, "d": _base64url(key.private_bytes_raw())}, public


def _alphanumeric(length: int) -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
