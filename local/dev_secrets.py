"""The secrets of a clone: made once, at random, kept in one file that only its owner can read."""

import base64
import json
import os
import secrets
import string
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def load_or_create_secrets(file: Path) -> dict[str, str]:
    """The `LMS_*` secrets by name; a missing or unreadable file is made anew (everyone is then signed out)."""
    try:
        kept = json.loads(file.read_text())
    except (OSError, ValueError):
        kept = {}
    made = {name: kept[name] for name in kept if isinstance(kept[name], str)} if isinstance(kept, dict) else {}
    fresh = _generate()
    if not fresh.keys() <= made.keys():
        made = fresh
        new = file.with_suffix(".new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            json.dump(made, out)
        new.replace(file)
    return made


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
    """An Ed25519 key as JWK (RFC 8037): the private one, the public one."""
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
