"""Settings: the only place that reads the environment.

Every setting is an `LMS_*` variable; docs/settings.md lists them. Nothing is read at import: the first `settings()`
reads and checks all of them, and raises SettingUnusable with a message that names the first unusable one.
Secrets are either environment variables (local development) or in the Secrets Manager secret named by
`LMS_SECRET_NAME`; see shared/secrets.py.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from shared.domain.gst import is_gstin

T = TypeVar("T")


class SettingUnusable(ValueError):
    """A setting is missing or unusable. The message is for the operator who starts the service."""


@dataclass(frozen=True, slots=True)
class Settings:
    stage: str
    table_name: str
    region: str
    dynamodb_endpoint: str | None
    public_url: str
    cors_origins: tuple[str, ...]
    log_level: str
    secret_name: str | None
    jwt_public_keys: str
    order_window_seconds: int
    razorpay_base_url: str
    razorpay_key_id: str
    accept_fee_on_top: bool
    accept_offers_up_to_percent: int
    cloudinary_cloud_name: str
    cloudinary_api_key: str
    cloudinary_upload_base_url: str
    cloudinary_delivery_base_url: str
    seller_name: str
    seller_gstin: str | None
    seller_address: str
    time_zone: ZoneInfo
    tax_rate_basis_points: int
    refund_window_days: int
    refund_progress_limit: int
    refund_approval: str
    projector_failures_url: str | None


def _required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise SettingUnusable(f"{name} is not set")
    return value


def _int_between(name: str, default: int, low: int, high: int) -> int:
    raw = os.environ.get(name, str(default))
    if not raw.isdecimal() or not low <= int(raw) <= high:
        raise SettingUnusable(f"{name} must be a whole number from {low} to {high}, not {raw!r}")
    return int(raw)


def _choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    raw = os.environ.get(name, default)
    if raw not in allowed:
        raise SettingUnusable(f"{name} must be one of {', '.join(allowed)}, not {raw!r}")
    return raw


def _url(name: str, default: str) -> str:
    raw = os.environ.get(name) or default
    if not raw.startswith(("http://", "https://")):
        raise SettingUnusable(f"{name} must start with http:// or https://, not {raw!r}")
    return raw.rstrip("/")


def _url_if_set(name: str) -> str | None:
    return _url(name, "") if os.environ.get(name) else None


def _parsed_or_default(name: str, default: T, read: Callable[[str], T]) -> T:
    raw = os.environ.get(name)
    return read(raw) if raw else default


def _origins(raw: str) -> tuple[str, ...]:
    origins = tuple(part.strip() for part in raw.split(",") if part.strip())
    if any("*" in origin or not origin.startswith(("http://", "https://")) for origin in origins):
        raise SettingUnusable("LMS_CORS_ORIGINS must be a comma-separated list of origins; * is not accepted")
    return origins


def _gstin(raw: str) -> str:
    if not is_gstin(raw):
        raise SettingUnusable(
            f"LMS_SELLER_GSTIN must be a GSTIN such as 27AAPFU0939F1ZV, with its check character, not {raw!r}"
        )
    return raw


def time_zone(raw: str) -> ZoneInfo:
    """The time zone of that IANA name. Raises SettingUnusable.

    The packages of the functions contain the data of the zones (tzdata), because Lambda's image may lack it. A path and
    a folder of zones ("Asia") raise other errors than an unknown name."""
    try:
        return ZoneInfo(raw)
    except (KeyError, ValueError, OSError):
        raise SettingUnusable(
            f"LMS_TIME_ZONE must be the IANA name of a time zone such as Asia/Kolkata, not {raw!r}"
        ) from None


@cache
def settings() -> Settings:
    """All settings, read once per process. Raises SettingUnusable."""
    stage = _choice("LMS_STAGE", "dev", ("local", "dev", "prod"))
    key_id = _required("LMS_RAZORPAY_KEY_ID")
    if not key_id.startswith(("rzp_test_", "rzp_live_")):
        raise SettingUnusable("LMS_RAZORPAY_KEY_ID must start with rzp_test_ or rzp_live_")
    if (stage == "prod") != key_id.startswith("rzp_live_"):
        raise SettingUnusable(f"LMS_RAZORPAY_KEY_ID: a {key_id[:8]} key cannot be used in stage {stage}")
    return Settings(
        stage=stage,
        table_name=_required("LMS_TABLE_NAME"),
        region=os.environ.get("AWS_REGION", "ap-south-1"),
        dynamodb_endpoint=_url_if_set("LMS_DYNAMODB_ENDPOINT"),
        public_url=_url("LMS_PUBLIC_URL", "http://127.0.0.1:8000"),
        cors_origins=_parsed_or_default("LMS_CORS_ORIGINS", (), _origins),
        log_level=_choice("LMS_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
        secret_name=os.environ.get("LMS_SECRET_NAME") or None,
        jwt_public_keys=_required("LMS_JWT_PUBLIC_KEYS"),
        order_window_seconds=_int_between("LMS_ORDER_WINDOW_SECONDS", 1800, 1, 7 * 86400),
        razorpay_base_url=_url("LMS_RAZORPAY_BASE_URL", "https://api.razorpay.com"),
        razorpay_key_id=key_id,
        accept_fee_on_top=_choice("LMS_ACCEPT_FEE_ON_TOP", "yes", ("yes", "no")) == "yes",
        accept_offers_up_to_percent=_int_between("LMS_ACCEPT_OFFERS_UP_TO_PERCENT", 0, 0, 100),
        cloudinary_cloud_name=_required("LMS_CLOUDINARY_CLOUD_NAME"),
        cloudinary_api_key=_required("LMS_CLOUDINARY_API_KEY"),
        cloudinary_upload_base_url=_url("LMS_CLOUDINARY_UPLOAD_BASE_URL", "https://api.cloudinary.com"),
        cloudinary_delivery_base_url=_url("LMS_CLOUDINARY_DELIVERY_BASE_URL", "https://res.cloudinary.com"),
        seller_name=os.environ.get("LMS_SELLER_NAME") or "Lectern",
        seller_gstin=_parsed_or_default("LMS_SELLER_GSTIN", None, _gstin),
        seller_address=os.environ.get("LMS_SELLER_ADDRESS", ""),
        time_zone=time_zone(os.environ.get("LMS_TIME_ZONE") or "Asia/Kolkata"),
        tax_rate_basis_points=_int_between("LMS_TAX_RATE_BASIS_POINTS", 1800, 0, 10_000),
        refund_window_days=_int_between("LMS_REFUND_WINDOW_DAYS", 0, 0, 90),
        refund_progress_limit=_int_between("LMS_REFUND_PROGRESS_LIMIT", 30, 0, 100),
        refund_approval=_choice("LMS_REFUND_APPROVAL", "admin", ("rule", "admin")),
        projector_failures_url=_url_if_set("LMS_PROJECTOR_FAILURES_URL"),
    )


def clear_cache() -> None:
    """Makes the next `settings()` read the environment again: for tests and for changed settings."""
    settings.cache_clear()
