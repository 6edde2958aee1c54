"""Schemas of what goes in and out, collected once for the whole document."""

from typing import Any, Final, Literal

from pydantic import TypeAdapter

from shared.http.route import Route
from shared.schemas import ProblemOut

Mode = Literal["validation", "serialization"]
SchemaKey = tuple[Any, Mode]

_REFERENCE: Final = "#/components/schemas/{model}"


class SchemaRegistry:
    """`schemas` are the components; `of(model, mode)` is the schema or the reference to it."""

    def __init__(self, routes: list[Route]) -> None:
        wanted: dict[SchemaKey, TypeAdapter[Any]] = {(ProblemOut, "serialization"): TypeAdapter(ProblemOut)}
        for route in routes:
            pieces: tuple[tuple[Any, Mode], ...] = (
                (route.body, "validation"),
                (route.query, "validation"),
                (route.response, "serialization"),
            )
            wanted |= {(model, mode): TypeAdapter(model) for model, mode in pieces if model is not None}
        inputs = [(model, mode, adapter) for (model, mode), adapter in wanted.items()]
        found, definitions = TypeAdapter.json_schemas(inputs, ref_template=_REFERENCE)
        self._found = found
        self._definitions: dict[str, Any] = definitions.get("$defs", {})
        queries = {route.query.__name__ for route in routes if route.query}
        self.schemas = {name: schema for name, schema in sorted(self._definitions.items()) if name not in queries}

    def schema(self, model: Any, mode: Mode) -> Any:
        return self._found[model, mode]

    def query_parameters(self, model: Any) -> list[dict[str, Any]]:
        """A query model as parameters. What may be absent is not sent: `null` is no value in a URL."""
        schema: Any = self.schema(model, "validation")
        schema = self._definitions.get(str(schema.get("$ref", "")).rpartition("/")[2], schema)
        required = schema.get("required", [])
        return [
            {"name": name, "in": "query", "required": name in required, "schema": _without_null(each)}
            for name, each in schema.get("properties", {}).items()
        ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in schema.items() if name not in ("anyOf", "title")}
    if kept.get("default", ...) is None:
        del kept["default"]
    choices = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
    if len(choices) == 1:
        return {**choices[0], **kept}
    return {**kept, "anyOf": choices} if choices else kept
