"""The settings the local stack runs the product with. What the user has set in the environment always wins."""

import os
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager

from shared.config import SettingUnusable

TABLE_NAME = "lectern"
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


def needs_fake_razorpay(given: Mapping[str, str]) -> bool:
    """Whether the stand-in for Razorpay is to be started. Raises SettingUnusable for half of another gateway."""
    return _uses_fake(
        given, _RAZORPAY_SETTINGS, ("LMS_RAZORPAY_KEY_ID", "LMS_RAZORPAY_KEY_SECRET", "LMS_RAZORPAY_WEBHOOK_SECRET")
    )


def needs_fake_cloudinary(given: Mapping[str, str]) -> bool:
    """Whether the stand-in for Cloudinary is to be started. Raises SettingUnusable for half of another account."""
    return _uses_fake(given, _CLOUDINARY_SETTINGS, _CLOUDINARY_SETTINGS[1:])


def needs_local_dynamodb(given: Mapping[str, str]) -> bool:
    return not given.get("LMS_DYNAMODB_ENDPOINT")


def failure_queue_setting(given: Mapping[str, str], endpoint: str) -> dict[str, str]:
    """The queue of what could not be projected, in our own engine, which has one account; none if there is another."""
    return (
        {}
        if given.get(FAILURE_QUEUE_SETTING)
        else {FAILURE_QUEUE_SETTING: f"{endpoint}/000000000000/projector-failures"}
    )


def _uses_fake(given: Mapping[str, str], signs: tuple[str, ...], needed: tuple[str, ...]) -> bool:
    set_here = [name for name in signs if given.get(name)]
    if not set_here:
        return True
    for name in needed:
        if not given.get(name):
            raise SettingUnusable(f"{name} is not set, but {set_here[0]} is: the local stand-in is used without both")
    return False


def complete_settings(given: Mapping[str, str], secrets: Mapping[str, str], url: str) -> dict[str, str]:
    """`given` with what does not depend on what is started: stage, table, secrets, addresses; "" means unset."""
    ours = {
        **secrets,
        "LMS_STAGE": "local",
        "LMS_TABLE_NAME": TABLE_NAME,
        "LMS_PUBLIC_URL": url,
        "LMS_CORS_ORIGINS": url,
        "LMS_LOG_LEVEL": "WARNING",
        "POWERTOOLS_METRICS_DISABLED": "true",
        "POWERTOOLS_TRACE_DISABLED": "true",
    }
    # Our own engine takes any key, so a real one on this machine is neither needed nor ever sent anywhere.
    account = _DUMMY_AWS_ACCOUNT if needs_local_dynamodb(given) or not os.environ.get("AWS_ACCESS_KEY_ID") else {}
    return {**ours, **{name: value for name, value in given.items() if value}, **account}


@contextmanager
def patched_environment(wanted: Mapping[str, str], environ: MutableMapping[str, str] = os.environ) -> Iterator[None]:
    """`wanted` in the environment of this process while the block runs; then what was there before."""
    before = {name: environ.get(name, "") for name in wanted}
    _update_environment(environ, wanted)
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
    """What the user has set."""
    return {name: value for name, value in os.environ.items() if name.startswith("LMS_")}
