"""The schemas of requests and responses, collected once for the whole document."""

import json
import re
from collections import Counter
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from shared.http.route import Route
from shared.schemas import ProblemOut

Mode = Literal["validation", "serialization"]
SchemaKey = tuple[Any, Mode]

_REFERENCE_PREFIX: Final = "#/components/schemas/"
_GENERIC_PAGE: Final = re.compile(r"PageOut_(\w+?)(Out)?_")


def component_name(definition: str) -> str:
    """The public name of a schema: the resource. `CourseOut` is `Course`, `PageOut[CourseOut]` is `CoursePage`, and
    `CourseIn` keeps its name. `definition` is pydantic's name for the schema."""
    page = _GENERIC_PAGE.fullmatch(definition)
    return f"{page[1]}Page" if page else definition.removesuffix("Out")


class SchemaRegistry:
    """`schemas` are the components; `schema(model, mode)` is the schema of a model, or the reference to it."""

    def __init__(self, routes: list[Route]) -> None:
        """Raises ValueError if two schemas have one name."""
        adapters: dict[SchemaKey, TypeAdapter[Any]] = {(ProblemOut, "serialization"): TypeAdapter(ProblemOut)}
        for route in routes:
            models: tuple[tuple[Any, Mode], ...] = (
                (route.body, "validation"),
                (route.query, "validation"),
                (route.response, "serialization"),
                (route.response_200, "serialization"),
            )
            adapters |= {(model, mode): TypeAdapter(model) for model, mode in models if model is not None}
        inputs = [(model, mode, adapter) for (model, mode), adapter in adapters.items()]
        found, document = TypeAdapter.json_schemas(inputs, ref_template=_REFERENCE_PREFIX + "{model}")
        definitions = document.get("$defs", {})
        names = _component_names(definitions)
        self._by_model = {key: _rename(schema, names) for key, schema in found.items()}
        self._definitions = {names[name]: _rename(schema, names) for name, schema in definitions.items()}
        queries = {route.query.__name__ for route in routes if route.query}
        self.schemas = {name: schema for name, schema in sorted(self._definitions.items()) if name not in queries}

    def schema(self, model: Any, mode: Mode) -> Any:
        return self._by_model[model, mode]

    def query_parameters(self, model: Any) -> list[dict[str, Any]]:
        """The fields of a query model as parameters. An absent value is omitted from the URL: `null` is not a value."""
        schema: Any = self.schema(model, "validation")
        schema = self._definitions.get(str(schema.get("$ref", "")).removeprefix(_REFERENCE_PREFIX), schema)
        required = schema.get("required", [])
        return [
            {"name": name, "in": "query", "required": name in required, "schema": _without_null(field)}
            for name, field in schema.get("properties", {}).items()
        ]


def _component_names(definitions: dict[str, Any]) -> dict[str, str]:
    """pydantic's name > component name. Raises ValueError if two schemas have one name."""
    names = {definition: component_name(definition) for definition in definitions}
    # pydantic distinguishes models of one name by their modules: functions__auth__schemas__UserOut
    ambiguous = [name for name, count in Counter(names.values()).items() if count > 1 or "__" in name]
    if ambiguous:
        raise ValueError(f"schema names that are not unique: {', '.join(sorted(ambiguous))}")
    return names


def _rename(schema: Any, names: dict[str, str]) -> Any:
    """The schema with renamed references and titles."""
    text = json.dumps(schema)
    for definition, name in names.items():
        text = text.replace(f'"{_REFERENCE_PREFIX}{definition}"', f'"{_REFERENCE_PREFIX}{name}"')
    renamed = json.loads(text)
    title = renamed.get("title")
    if title is not None:
        renamed["title"] = component_name(re.sub(r"\W", "_", title))
    return renamed


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    reduced = {name: value for name, value in schema.items() if name not in ("anyOf", "title")}
    if reduced.get("default", ...) is None:
        del reduced["default"]
    choices = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        return {**choices[0], **reduced}
    return {**reduced, "anyOf": choices} if choices else reduced
