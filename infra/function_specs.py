"""The Lambda functions as data. `infra/resources/functions.py` creates all of them in the same way."""

from dataclasses import dataclass
from typing import Final

from functions import manifest
from infra import privileges

_MEMORY_MB: Final = {"auth": 1024, "courses": 1024, "payments-sweep": 1769, "payments-invariants": 512}
"""Lambda allocates CPU in proportion to memory: password hashing, Markdown rendering and the threads of the sweep need
more of it. 1769 MB are one whole CPU, which is what threads of one Python process can use. The invariant check needs
60 MB at any number of sales (docs/scale.md)."""
_DEFAULT_MEMORY_MB: Final = 512

_API_TIMEOUT_SECONDS: Final = 28
"""Below the 30 seconds after which an HTTP API gives up."""
_TIMEOUT_SECONDS: Final = {
    "payments-webhook": 20,
    "payments-sweep": 280,
    "payments-invariants": 900,
    "payments-reconcile": 900,
    "dashboards-projector": 120,
}


@dataclass(frozen=True)
class FunctionSpec:
    """A Lambda function. `module` contains its `lambda_handler`."""

    name: str
    module: str
    memory_mb: int
    timeout_seconds: int

    @property
    def handler(self) -> str:
        """The handler as Lambda writes it: "functions/auth/handler.lambda_handler"."""
        return f"{self.module.replace('.', '/')}.lambda_handler"

    @property
    def is_api(self) -> bool:
        return self.module in manifest.HTTP


FUNCTIONS: Final = tuple(
    FunctionSpec(
        name,
        module,
        memory_mb=_MEMORY_MB.get(name, _DEFAULT_MEMORY_MB),
        timeout_seconds=_TIMEOUT_SECONDS.get(name, _API_TIMEOUT_SECONDS),
    )
    for module in privileges.handler_modules()
    for name in (manifest.function_name(module),)
)
