"""Reduces the SDK's data files to the operations that we call: reading them is the largest part of a cold start.

A client reads the whole model of its service, documentation included, and the endpoints of every service in every
region. The reduced data describes the remaining operations unchanged, without documentation.
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
"""Service to the operations that our code calls, or the SDK for it."""

_MODEL: Final = re.compile(r"botocore/data/(\w+)/[\d-]+/service-2\.json\.gz")
_ENDPOINTS: Final = "botocore/data/endpoints.json"


def trim_sdk_data(folder: Path) -> None:
    """Reduces the data of the SDK that is installed in `folder`, in place."""
    for file in (folder / "botocore" / "data").rglob("*.json*"):
        name = file.relative_to(folder).as_posix()
        if match := _MODEL.fullmatch(name):
            model = trim_service_model(json.loads(gzip.decompress(file.read_bytes())), OPERATIONS[match[1]])
            file.write_bytes(gzip.compress(_compact_json(model), 9, mtime=0))
        elif name == _ENDPOINTS:
            file.write_bytes(_compact_json(_trim_endpoints(json.loads(file.read_bytes()))))


def trim_service_model(model: dict[str, Any], operation_names: tuple[str, ...]) -> dict[str, Any]:
    """The model with these operations and the shapes that they need. Raises KeyError for an unknown operation."""
    operations = {name: model["operations"][name] for name in operation_names}
    pending, shapes = list(_referenced_shapes(operations)), dict[str, Any]()
    while pending:
        name = pending.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            pending += _referenced_shapes(shapes[name])
    reduced = {**model, "operations": operations, "shapes": dict(sorted(shapes.items()))}
    trimmed: dict[str, Any] = _without_documentation(reduced)
    return trimmed


def _referenced_shapes(part: Any) -> Iterator[str]:
    """Yields the names of the shapes that a part of a model refers to."""
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


def _trim_endpoints(endpoints: dict[str, Any]) -> dict[str, Any]:
    for partition in endpoints["partitions"]:
        partition["services"] = {name: service for name, service in partition["services"].items() if name in OPERATIONS}
    return endpoints


def _compact_json(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()
