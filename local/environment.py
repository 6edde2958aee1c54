"""The settings the local stack runs the product with. What the user has set in the environment always wins."""

import os
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager

from shared.config import SettingUnusable

TABLE_NAME = "lectern"
QUEUE = "LMS_PROJECTOR_FAILURES_URL"
_GATEWAY = ("LMS_RAZORPAY_BASE_URL", "LMS_RAZORPAY_KEY_ID", "LMS_RAZORPAY_KEY_SECRET")
_MEDIA = (
    "LMS_CLOUDINARY_UPLOAD_BASE_URL",
    "LMS_CLOUDINARY_CLOUD_NAME",
    "LMS_CLOUDINARY_API_KEY",
    "LMS_CLOUDINARY_API_SECRET",
)
_NO_ACCOUNT = {
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


def needs_gateway(given: Mapping[str, str]) -> bool:
    """Whether the stand-in for Razorpay is to be started. Raises SettingUnusable for half of another gateway."""
    return _not_elsewhere(
        given, _GATEWAY, ("LMS_RAZORPAY_KEY_ID", "LMS_RAZORPAY_KEY_SECRET", "LMS_RAZORPAY_WEBHOOK_SECRET")
    )


def needs_media(given: Mapping[str, str]) -> bool:
    """Whether the stand-in for Cloudinary is to be started. Raises SettingUnusable for half of another account."""
    return _not_elsewhere(given, _MEDIA, _MEDIA[1:])


def needs_engine(given: Mapping[str, str]) -> bool:
    return not given.get("LMS_DYNAMODB_ENDPOINT")


def queue_at(given: Mapping[str, str], endpoint: str) -> dict[str, str]:
    """The queue of what could not be projected, in our own engine, which has one account; none if there is another."""
    return {} if given.get(QUEUE) else {QUEUE: f"{endpoint}/000000000000/projector-failures"}


def _not_elsewhere(given: Mapping[str, str], signs: tuple[str, ...], needed: tuple[str, ...]) -> bool:
    set_here = [name for name in signs if given.get(name)]
    if not set_here:
        return True
    for name in needed:
        if not given.get(name):
            raise SettingUnusable(f"{name} is not set, but {set_here[0]} is: the local stand-in is used without both")
    return False


def complete(given: Mapping[str, str], secrets: Mapping[str, str], url: str) -> dict[str, str]:
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
    account = _NO_ACCOUNT if needs_engine(given) or not os.environ.get("AWS_ACCESS_KEY_ID") else {}
    return {**ours, **{name: value for name, value in given.items() if value}, **account}


@contextmanager
def installed(wanted: Mapping[str, str], environ: MutableMapping[str, str] = os.environ) -> Iterator[None]:
    """`wanted` in the environment of this process while the block runs; then what was there before."""
    before = {name: environ.get(name, "") for name in wanted}
    _set(environ, wanted)
    try:
        yield
    finally:
        _set(environ, before)


def _set(environ: MutableMapping[str, str], values: Mapping[str, str]) -> None:
    for name, value in values.items():
        if value:
            environ[name] = value
        else:
            environ.pop(name, None)


def given() -> dict[str, str]:
    """What the user has set."""
    return {name: value for name, value in os.environ.items() if name.startswith("LMS_")}
