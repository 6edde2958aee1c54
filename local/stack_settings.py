"""The settings of the local stack. Settings that the user has set in the environment always take precedence."""

import os
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager

from shared.config import SettingUnusable

TABLE_NAME = "lectern"
DEMO_SELLER = {
    "LMS_SELLER_NAME": "Lectern Learning Private Limited",
    "LMS_SELLER_ADDRESS": "4 Library Road, Shivajinagar\nPune 411005, Maharashtra",
    "LMS_SELLER_GSTIN": "27AABCL5821K1ZE",
}
"""The seller of the demo data. The company does not exist."""
FAILURE_QUEUE_SETTING = "LMS_PROJECTOR_FAILURES_URL"
_RAZORPAY_SETTINGS = ("LMS_RAZORPAY_BASE_URL", "LMS_RAZORPAY_KEY_ID", "LMS_RAZORPAY_KEY_SECRET")
_CLOUDINARY_SETTINGS = (
    "LMS_CLOUDINARY_UPLOAD_BASE_URL",
    "LMS_CLOUDINARY_CLOUD_NAME",
    "LMS_CLOUDINARY_API_KEY",
    "LMS_CLOUDINARY_API_SECRET",
)
_DUMMY_AWS_ACCOUNT = {
    "AWS_REGION": "ap-south-1",
    "AWS_DEFAULT_REGION": "ap-south-1",
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_SESSION_TOKEN": "",
    "AWS_PROFILE": "",
    "AWS_ENDPOINT_URL": "",
    "AWS_ENDPOINT_URL_DYNAMODB": "",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def needs_fake_razorpay(user_settings: Mapping[str, str]) -> bool:
    """Whether to start the fake Razorpay. Raises SettingUnusable for an incomplete configuration of another
    account."""
    return _uses_fake(
        user_settings,
        _RAZORPAY_SETTINGS,
        ("LMS_RAZORPAY_KEY_ID", "LMS_RAZORPAY_KEY_SECRET", "LMS_RAZORPAY_WEBHOOK_SECRET"),
    )


def needs_fake_cloudinary(user_settings: Mapping[str, str]) -> bool:
    """Whether to start the fake Cloudinary. Raises SettingUnusable for an incomplete configuration of another
    account."""
    return _uses_fake(user_settings, _CLOUDINARY_SETTINGS, _CLOUDINARY_SETTINGS[1:])


def needs_local_dynamodb(user_settings: Mapping[str, str]) -> bool:
    """Whether to start the local database: the user has set no endpoint of another one."""
    return not user_settings.get("LMS_DYNAMODB_ENDPOINT")


def has_own_clock(user_settings: Mapping[str, str]) -> bool:
    """Whether the stack may move its clock: no real service checks the times in its calls."""
    return needs_fake_razorpay(user_settings) and needs_fake_cloudinary(user_settings)


def failure_queue_setting(user_settings: Mapping[str, str], endpoint: str) -> dict[str, str]:
    """The projector's failure queue in the local engine, which has one account; empty when the user has set one."""
    if user_settings.get(FAILURE_QUEUE_SETTING):
        return {}
    return {FAILURE_QUEUE_SETTING: f"{endpoint}/000000000000/projector-failures"}


def _uses_fake(user_settings: Mapping[str, str], indicators: tuple[str, ...], required: tuple[str, ...]) -> bool:
    """True when none of `indicators` is set. Raises SettingUnusable when one is set and one of `required` is not."""
    configured = [name for name in indicators if user_settings.get(name)]
    if not configured:
        return True
    for name in required:
        if not user_settings.get(name):
            raise SettingUnusable(f"{name} is not set, but {configured[0]} is: set both, or neither to use the fake")
    return False


def complete_settings(
    user_settings: Mapping[str, str], secrets: Mapping[str, str], url: str, *, demo: bool = False
) -> dict[str, str]:
    """`user_settings` with the defaults that depend on no started process: stage, table, secrets, URLs; for `demo` data
    also those of a seller who is registered for GST. A value of "" means unset."""
    defaults = {
        **secrets,
        **(DEMO_SELLER if demo else {}),
        "LMS_STAGE": "local",
        "LMS_TABLE_NAME": TABLE_NAME,
        "LMS_PUBLIC_URL": url,
        "LMS_CORS_ORIGINS": url,
        "LMS_LOG_LEVEL": "WARNING",
        "LMS_REFUND_WINDOW_DAYS": "7",
        "POWERTOOLS_METRICS_DISABLED": "true",
        "POWERTOOLS_TRACE_DISABLED": "true",
    }
    # The local engine accepts any key, so real credentials of this machine are not needed and never sent anywhere.
    needs_dummy = needs_local_dynamodb(user_settings) or not os.environ.get("AWS_ACCESS_KEY_ID")
    account = _DUMMY_AWS_ACCOUNT if needs_dummy else {}
    return {**defaults, **{name: value for name, value in user_settings.items() if value}, **account}


@contextmanager
def patched_environment(values: Mapping[str, str], environ: MutableMapping[str, str] = os.environ) -> Iterator[None]:
    """Set `values` in the environment of this process while the block runs, then restore the previous values."""
    before = {name: environ.get(name, "") for name in values}
    _update_environment(environ, values)
    try:
        yield
    finally:
        _update_environment(environ, before)


def _update_environment(environ: MutableMapping[str, str], values: Mapping[str, str]) -> None:
    for name, value in values.items():
        if value:
            environ[name] = value
        else:
            environ.pop(name, None)


def user_settings() -> dict[str, str]:
    """The `LMS_*` settings of the environment."""
    return {name: value for name, value in os.environ.items() if name.startswith("LMS_")}
