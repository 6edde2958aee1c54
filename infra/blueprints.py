"""The functions as data: the factory in functions.py makes each of them the same way."""

from dataclasses import dataclass
from typing import Final

from functions import manifest
from infra import privileges

_MEGABYTES: Final = {"auth": 1024, "courses": 1024}
"""Memory brings processor time: password hashes and rich text are worth more than the rest."""
_SMALL: Final = 512

_ANSWERING_SECONDS: Final = 28
"""An HTTP API gives up after 30."""
_SECONDS: Final = {
    "payments-webhook": 20,
    "payments-sweep": 240,
    "payments-invariants": 900,
    "dashboards-projector": 120,
}


@dataclass(frozen=True)
class Blueprint:
    """A Lambda function: `module` holds its `lambda_handler`. Memory in MB, time in seconds."""

    name: str
    module: str
    memory: int
    seconds: int

    @property
    def handler(self) -> str:
        return f"{self.module.replace('.', '/')}.lambda_handler"

    @property
    def is_api(self) -> bool:
        return self.module in manifest.HTTP


FUNCTIONS: Final = tuple(
    Blueprint(
        name,
        module,
        memory=_MEGABYTES.get(name, _SMALL),
        seconds=_SECONDS.get(name, _ANSWERING_SECONDS),
    )
    for module in privileges.modules()
    for name in (privileges.name_of(module),)
)
