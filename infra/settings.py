"""Reads the settings of a stage: `stages` of cdk.json, with `-c name=value` of the command line as overrides.

The settings contain no secret and no value that belongs to an account. Those are stored in Secrets Manager and
Parameter Store under `/lectern/<stage>/`, and the template contains only their names.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from infra.packages.target import Target
from shared.config import SettingUnusable, time_zone
from shared.secrets import Secret

_RUNTIMES: Final = ("python3.12", "python3.13", "python3.14")
"""The runtimes on Amazon Linux 2023, which our wheels require."""
_RETENTIONS: Final = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3653)
"""The retention periods that CloudWatch Logs accepts, in days."""


class InvalidStage(ValueError):
    """The settings of the stage are not valid. The message is for the person who runs the synthesis."""


@dataclass(frozen=True)
class Throttle:
    """`rate` in requests per second, `burst` in concurrent requests."""

    rate: int
    burst: int


@dataclass(frozen=True)
class DomainSettings:
    """A domain name for the API. The certificate is in the API's region; with `zone_id` a DNS record is created too."""

    name: str
    certificate_arn: str
    zone_id: str = ""
    zone_name: str = ""


@dataclass(frozen=True)
class EdgeSettings:
    """CloudFront and a firewall in front of the API's domain name. The certificate is in us-east-1.

    `requests_per_five_minutes` limits each client IP address.
    """

    name: str
    certificate_arn: str
    requests_per_five_minutes: int = 2000


@dataclass(frozen=True)
class StageSettings:
    """The settings that differ between stages.

    `reserved_concurrency` and `memory` (MB) map a function to a number. `settings`: further settings of the functions
    (docs/settings.md). `emulator`: the URL of an emulator that replaces AWS.
    """

    stage: str
    cors_origins: tuple[str, ...] = ()
    keep_data: bool = False
    log_level: str = "INFO"
    log_retention_days: int = 30
    runtime: str = "python3.13"
    architecture: str = "arm64"
    snap_start: bool = False
    memory: Mapping[str, int] = field(default_factory=dict)
    reserved_concurrency: Mapping[str, int] = field(default_factory=dict)
    throttle: Throttle = Throttle(50, 100)
    tight_throttle: Throttle = Throttle(10, 20)
    order_window_seconds: int = 1800
    settings: Mapping[str, str] = field(default_factory=dict)
    sweep_every: str = "rate(5 minutes)"
    no_orders_hours: int = 0
    alarm_email: str = ""
    domain: DomainSettings | None = None
    edge: EdgeSettings | None = None
    emulator: str = ""

    @property
    def prefix(self) -> str:
        """The prefix of the names of the stage's secrets, parameters and logs."""
        return f"lectern/{self.stage}"

    @property
    def target(self) -> Target:
        """The platform that packages are built for. Raises InvalidStage for an unknown architecture."""
        if self.architecture not in ("arm64", "x86_64"):
            raise InvalidStage(f"architecture must be arm64 or x86_64, not {self.architecture!r}")
        return Target(self.runtime, self.architecture)  # type: ignore[arg-type]  # one of two literals, checked above


_NESTED: Final = {"throttle": Throttle, "tight_throttle": Throttle, "domain": DomainSettings, "edge": EdgeSettings}
"""Settings whose value in cdk.json is an object."""


def read_stage(context: Mapping[str, Any]) -> StageSettings:
    """The settings of the stage that `context` selects. Raises InvalidStage.

    `context` is the context of cdk.json, merged with that of the command line.
    """
    stages, stage = context.get("stages", {}), context.get("stage", "dev")
    if stage not in stages:
        raise InvalidStage(f"-c stage={stage}: cdk.json has {', '.join(sorted(stages))}")
    known = {each.name for each in fields(StageSettings)} - {"stage"}
    unknown = set(stages[stage]) - known
    if unknown:
        raise InvalidStage(f"cdk.json: stage {stage} has no setting {', '.join(sorted(unknown))}")
    overrides = {name: _parse(context[name]) for name in known if name in context}
    values = {**stages[stage], **overrides, "stage": stage}
    try:
        nested = {name: kind(**values[name]) for name, kind in _NESTED.items() if values.get(name)}
        settings = StageSettings(**{**values, **nested, "cors_origins": tuple(values["cors_origins"])})
    except (KeyError, TypeError) as error:
        raise InvalidStage(f"cdk.json: stage {stage}: {error}") from error
    _validate(settings)
    return settings


def _parse(value: Any) -> Any:
    """Parses a value of the command line, which is always text: JSON where possible, text otherwise."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _validate(settings: StageSettings) -> None:
    invalid_origins = [origin for origin in settings.cors_origins if not re.fullmatch(r"https?://[^*/]+", origin)]
    if invalid_origins:
        raise InvalidStage(f"cors_origins are URLs such as https://learn.example.com, not {', '.join(invalid_origins)}")
    if settings.runtime not in _RUNTIMES and not settings.emulator:
        raise InvalidStage(f"runtime must be one of {', '.join(_RUNTIMES)}, not {settings.runtime}")
    if settings.log_retention_days not in _RETENTIONS:
        raise InvalidStage(f"log_retention_days must be one of {', '.join(map(str, _RETENTIONS))}")
    _validate_prod(settings)
    secrets = set(Secret) & set(settings.settings)
    if secrets:
        raise InvalidStage(f"a template must not contain secrets: move {', '.join(sorted(secrets))} to Secrets Manager")
    if "LMS_TIME_ZONE" in settings.settings:
        _validate_time_zone(settings.settings["LMS_TIME_ZONE"])
    if settings.edge and not settings.domain:
        raise InvalidStage("edge requires domain: CloudFront needs an origin name that is known before the deployment")
    settings.target  # noqa: B018 (raises InvalidStage)


def _validate_time_zone(name: str) -> None:
    """Otherwise every function would fail at its start."""
    try:
        time_zone(name)
    except SettingUnusable as error:
        raise InvalidStage(str(error)) from error


def _validate_prod(settings: StageSettings) -> None:
    if settings.stage != "prod":
        return
    if not settings.keep_data:
        raise InvalidStage("prod must retain its data: set keep_data to true")
    if settings.emulator:
        raise InvalidStage("prod cannot be deployed to an emulator: use -c stage=dev")
