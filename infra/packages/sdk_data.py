"""The SDK's own data, cut to what we call: reading it is the largest part of starting a function.

A client reads its service's whole description, prose included, and the addresses of every service in every region. What
is left describes the same calls in the same words; the prose and the other calls are gone.
"""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

OPERATIONS: Final = {
    "dynamodb": (
        *("BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"),
        *("TransactGetItems", "TransactWriteItems", "DescribeTable"),
    ),
    "secretsmanager": ("GetSecretValue",),
    "sqs": ("GetQueueAttributes",),
    "sts": ("AssumeRole", "AssumeRoleWithWebIdentity", "GetCallerIdentity"),
}
"""Service to the operations that the code, or the SDK on its behalf, calls."""

_MODEL: Final = re.compile(r"botocore/data/(\w+)/[\d-]+/service-2\.json\.gz")
_ENDPOINTS: Final = "botocore/data/endpoints.json"


def trim_sdk_data(folder: Path) -> None:
    """Cuts the data of the SDK installed in `folder`, in place."""
    for file in (folder / "botocore" / "data").rglob("*.json*"):
        name = file.relative_to(folder).as_posix()
        if match := _MODEL.fullmatch(name):
            model = trim_service_model(json.loads(gzip.decompress(file.read_bytes())), OPERATIONS[match[1]])
            file.write_bytes(gzip.compress(_text(model), 9, mtime=0))
        elif name == _ENDPOINTS:
            file.write_bytes(_text(_trim_endpoints(json.loads(file.read_bytes()))))


def trim_service_model(model: dict[str, Any], calls: tuple[str, ...]) -> dict[str, Any]:
    """A service's description with these operations and the shapes they need. Raises KeyError for one it has not."""
    operations = {name: model["operations"][name] for name in calls}
    waiting, shapes = list(_referenced_shapes(operations)), dict[str, Any]()
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            waiting += _referenced_shapes(shapes[name])
    kept = {**model, "operations": operations, "shapes": dict(sorted(shapes.items()))}
    cut: dict[str, Any] = _without_documentation(kept)
    return cut


def _referenced_shapes(part: Any) -> Iterator[str]:
    """The shapes that a part of a description refers to."""
    if isinstance(part, dict):
        if isinstance(part.get("shape"), str):
            yield part["shape"]
        for inner in part.values():
            yield from _referenced_shapes(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _referenced_shapes(inner)


def _without_documentation(part: Any) -> Any:
    if isinstance(part, dict):
        return {
            name: _without_documentation(inner)
            for name, inner in part.items()
            if name != "documentation" or not isinstance(inner, str)
        }
    return [_without_documentation(inner) for inner in part] if isinstance(part, list) else part


def _trim_endpoints(addresses: dict[str, Any]) -> dict[str, Any]:
    for partition in addresses["partitions"]:
        partition["services"] = {name: each for name, each in partition["services"].items() if name in OPERATIONS}
    return addresses


def _text(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()
