"""The settings of a stage: `stages` of cdk.json, each overridden by `-c name=value` on the command line.

No secret is among them, and nothing that belongs to an account: those stand in Secrets Manager and Parameter Store
under `/lectern/<stage>/`, and only their names are in the template.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from infra.packages.target import Target
from shared.secrets import Secret

_RUNTIMES: Final = ("python3.12", "python3.13", "python3.14")
"""Those on Amazon Linux 2023, which our wheels need."""
_RETENTIONS: Final = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3653)
"""The days CloudWatch Logs accepts."""


class InvalidStage(ValueError):
    """The message is for the person who synthesises."""


@dataclass(frozen=True)
class Throttle:
    """Requests a second, and how many may come at once."""

    rate: int
    burst: int


@dataclass(frozen=True)
class DomainSettings:
    """A name for the API. The certificate is in the API's region; `zone_id` makes the DNS record too."""

    name: str
    certificate_arn: str
    zone_id: str = ""
    zone_name: str = ""


@dataclass(frozen=True)
class EdgeSettings:
    """CloudFront before the API's own domain, with a firewall. The certificate is in us-east-1."""

    name: str
    certificate_arn: str
    requests_per_five_minutes: int = 2000


@dataclass(frozen=True)
class StageSettings:
    """What differs between stages. `reserved_concurrency`, `memory`: function to number. `settings`: any other of the
    functions' settings (docs/settings.md). `emulator`: the address of what takes the place of AWS."""

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
        """Where the stage's secrets and parameters are."""
        return f"lectern/{self.stage}"

    @property
    def target(self) -> Target:
        """What packages are made for. Raises StageUnusable."""
        if self.architecture not in ("arm64", "x86_64"):
            raise InvalidStage(f"architecture must be arm64 or x86_64, not {self.architecture!r}")
        return Target(self.runtime, self.architecture)  # type: ignore[arg-type]  # told apart above


def read(context: Mapping[str, Any]) -> StageSettings:
    """The chosen stage. `context` is cdk.json's, with the command line's in it. Raises StageUnusable."""
    stages, stage = context.get("stages", {}), context.get("stage", "dev")
    if stage not in stages:
        raise InvalidStage(f"-c stage={stage}: cdk.json has {', '.join(sorted(stages))}")
    known = {each.name for each in fields(StageSettings)} - {"stage"}
    unknown = set(stages[stage]) - known
    if unknown:
        raise InvalidStage(f"cdk.json: stage {stage} has no setting {', '.join(sorted(unknown))}")
    given = dict(stages[stage]) | {name: _value(context[name]) for name in known if name in context}
    shapes = {"throttle": Throttle, "tight_throttle": Throttle, "domain": DomainSettings, "edge": EdgeSettings}
    try:
        made = {name: shape(**given[name]) for name, shape in shapes.items() if given.get(name)}
        settings = StageSettings(**{**given, **made, "stage": stage, "cors_origins": tuple(given["cors_origins"])})
    except (KeyError, TypeError) as wrong:
        raise InvalidStage(f"cdk.json: stage {stage}: {wrong}") from wrong
    _check(settings)
    return settings


def _value(given: Any) -> Any:
    """The command line gives text only."""
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except ValueError:
        return given


def _check(settings: StageSettings) -> None:
    wrong = [origin for origin in settings.cors_origins if not re.fullmatch(r"https?://[^*/]+", origin)]
    if wrong:
        raise InvalidStage(f"cors_origins are addresses such as https://learn.example.com, not {', '.join(wrong)}")
    if settings.runtime not in _RUNTIMES and not settings.emulator:
        raise InvalidStage(f"runtime must be one of {', '.join(_RUNTIMES)}, not {settings.runtime}")
    if settings.log_retention_days not in _RETENTIONS:
        raise InvalidStage(f"log_retention_days must be one of {', '.join(map(str, _RETENTIONS))}")
    if settings.stage == "prod" and not settings.keep_data:
        raise InvalidStage("prod keeps its data: keep_data must be true")
    if settings.stage == "prod" and settings.emulator:
        raise InvalidStage("prod is not for an emulator: choose -c stage=dev")
    secret = set(Secret) & set(settings.settings)
    if secret:
        raise InvalidStage(f"secrets do not belong into a template: put {', '.join(sorted(secret))} into its secret")
    if settings.edge and not settings.domain:
        raise InvalidStage("edge needs domain: CloudFront asks the API at a name that is known before it exists")
    settings.target  # noqa: B018 (checks itself)
