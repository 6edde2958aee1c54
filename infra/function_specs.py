"""The functions as data: the factory in functions.py makes each of them the same way."""

from dataclasses import dataclass
from typing import Final

from functions import manifest
from infra import privileges

_MEMORY_MB: Final = {"auth": 1024, "courses": 1024}
"""Memory brings processor time: password hashes and rich text are worth more than the rest."""
_DEFAULT_MEMORY_MB: Final = 512

_API_TIMEOUT_SECONDS: Final = 28
"""An HTTP API gives up after 30."""
_TIMEOUT_SECONDS: Final = {
    "payments-webhook": 20,
    "payments-sweep": 240,
    "payments-invariants": 900,
    "dashboards-projector": 120,
}


@dataclass(frozen=True)
class FunctionSpec:
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
    FunctionSpec(
        name,
        module,
        memory=_MEMORY_MB.get(name, _DEFAULT_MEMORY_MB),
        seconds=_TIMEOUT_SECONDS.get(name, _API_TIMEOUT_SECONDS),
    )
    for module in privileges.handler_modules()
    for name in (privileges.function_name(module),)
)
