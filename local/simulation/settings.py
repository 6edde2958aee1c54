"""The settings and keys of a simulation; none of them opens anything anywhere else."""

import json
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_ID: Final = "rzp_test_simulation0001"
KEY_SECRET: Final = "simulation-key-secret"
WEBHOOK_SECRET: Final = "simulation-webhook-secret"

_KEY: Final = Ed25519PrivateKey.from_private_bytes(b"lectern-simulation-signing-key-x")


def product_environment() -> dict[str, str]:
    jwk: dict[str, Any] = jwt.algorithms.OKPAlgorithm.to_jwk(_KEY, as_dict=True)
    public = {name: value for name, value in jwk.items() if name != "d"} | {"kid": "simulation", "use": "sig"}
    return {
        "AWS_REGION": "ap-south-1",
        "LMS_STAGE": "local",
        "LMS_LOG_LEVEL": "ERROR",
        "LMS_TABLE_NAME": "simulation",
        "LMS_DYNAMODB_ENDPOINT": "http://127.0.0.1:9",
        "LMS_PUBLIC_URL": "http://127.0.0.1:8000",
        "LMS_RAZORPAY_BASE_URL": "http://127.0.0.1:9",
        "LMS_RAZORPAY_KEY_ID": KEY_ID,
        "LMS_RAZORPAY_KEY_SECRET": KEY_SECRET,
        "LMS_RAZORPAY_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "LMS_CLOUDINARY_CLOUD_NAME": "simulation",
        "LMS_CLOUDINARY_API_KEY": "100000000000001",
        "LMS_CLOUDINARY_API_SECRET": "simulation-cloudinary-secret",
        "LMS_JWT_PRIVATE_KEY": json.dumps(jwk | {"kid": "simulation"}),
        "LMS_JWT_PUBLIC_KEYS": json.dumps({"keys": [public]}),
        "LMS_REFRESH_KEY": "simulation-refresh-key-of-at-least-32-bytes",
        "LMS_CURSOR_KEY": "simulation-cursor-key-of-at-least-32-bytes",
    }


def access_token(user_id: str, role: str) -> str:
    """An access token that holds through every history."""
    claims = {
        "iss": "lectern",
        "aud": "lectern-api",
        "sub": user_id,
        "role": role,
        "name": f"{role} {user_id[-2:]}",
        "sid": "ses_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "jti": user_id,
        "iat": 1_767_225_600,
        "exp": 2_082_758_400,
    }
    return jwt.encode(claims, _KEY, algorithm="EdDSA", headers={"kid": "simulation", "typ": "at+jwt"})
