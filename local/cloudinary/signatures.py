"""Cloudinary's signatures of calls, responses, notifications and delivery URLs."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote

UNSIGNED = {"file", "cloud_name", "resource_type", "api_key", "signature"}


def digest(text: str, algorithm: str) -> str:
    return hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()


def string_to_sign(params: Mapping[str, str], escaped: bool = True) -> str:
    """Sorted `name=value` pairs joined by &; an & inside a pair is escaped, so that no value can add a pair."""
    pairs = [f"{name}={value}" for name, value in params.items() if value and name not in UNSIGNED]
    return "&".join(sorted(pair.replace("&", "%26") if escaped else pair for pair in pairs))


def is_signature_valid(params: Mapping[str, str], signature: str, secret: str) -> bool:
    """Whether `signature` is the SHA-1 or SHA-256 digest of the parameters; its length determines which."""
    algorithm = "sha256" if len(signature) == 64 else "sha1"
    expected = digest(string_to_sign(params) + secret, algorithm)
    return hmac.compare_digest(expected.encode(), signature.encode())


def upload_response_signature(public_id: str, version: int, secret: str, algorithm: str) -> str:
    """The signature of an upload response: a server can verify a response that a browser passes on."""
    return digest(f"public_id={public_id}&version={version}{secret}", algorithm)


def notification_signature(body: str, timestamp: int, secret: str, algorithm: str) -> str:
    return digest(f"{body}{timestamp}{secret}", algorithm)


def delivery_signatures(transformation: str, source: str, secret: str) -> set[str]:
    """All valid signatures of `[transformation/]source`, where source is public_id.ext without a version."""
    escaped = quote(source, safe="/:")
    text = "/".join(part for part in (transformation, escaped) if part) + secret
    short = base64.urlsafe_b64encode(hashlib.sha1(text.encode(), usedforsecurity=False).digest()).decode()[:8]
    long = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return {short, long[:8], long[:32]}
