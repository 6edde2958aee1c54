"""Every route and every function is registered in all places that CONTRIBUTING.md lists. A failure names the missing
places."""

import json
import re
import tomllib
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest

from functions import manifest
from infra import privileges
from infra.function_specs import FUNCTIONS
from infra.packages.wheels import LOCKS
from shared.db import entities
from shared.http.route import Route
from shared.secrets import Secret
from tests.integration.happy_paths import test_roundtrips
from tests.integration.happy_paths.registry import HAPPY_PATHS
from tests.security.access_matrix import ALLOWED_CALLERS

ROOT: Final = Path(__file__).parents[2]
ROUTES: Final[dict[str, Route]] = test_roundtrips.ROUTES
MODULES: Final = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in sorted((ROOT / "functions").rglob("*handler.py"))
    if "lambda_handler" in path.read_text()
]
"""The modules of Lambda entry points, found on disk, so that the list includes a module missing in the manifest."""

OPENAPI: Final[dict[str, Any]] = json.loads((ROOT / "functions" / "dashboards" / "openapi.json").read_text())
GROUPS: Final = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]


def text(path: str) -> str:
    return (ROOT / path).read_text()


def missing(places: Mapping[str, bool]) -> list[str]:
    """The places whose condition is false."""
    return [place for place, is_there in places.items() if not is_there]


def missing_places_of_route(key: str) -> list[str]:
    """`key` is "GET /api/courses"."""
    method, path = key.split(" ", 1)
    return missing(
        {
            "functions/dashboards/openapi.json: run python -m cli openapi": method.lower()
            in OPENAPI["paths"].get(path, {}),
            "tests/security/access_matrix.py: the roles that may call it": key in ALLOWED_CALLERS,
            "tests/integration/happy_paths: its normal call": key in HAPPY_PATHS,
            "docs/roundtrips.md: run test_roundtrips.py with LMS_UPDATE_DOCS=1": f"| `{key}` |"
            in text("docs/roundtrips.md"),
        }
    )


def missing_places_of_function(module: str) -> list[str]:
    """`module` is "functions.payments.webhook_handler"."""
    name = manifest.function_name(module)
    domain = module.split(".")[1]
    return missing(
        {
            "functions/manifest.py": module in privileges.handler_modules(),
            "infra/function_specs.py": module in [spec.module for spec in FUNCTIONS],
            "infra/privileges.py: GRANTS": name in privileges.GRANTS,
            "infra/privileges.py: SECRETS": name in privileges.SECRETS,
            f"pyproject.toml: the dependency group {domain}": domain in GROUPS,
            f"locks/{domain}.txt: run make lock": (ROOT / "locks" / f"{domain}.txt").exists(),
            "infra/packages/wheels.py: LOCKS": domain in LOCKS,
            "docs/privileges.md: run python -m infra.privileges_page": f"\n## {name}\n" in text("docs/privileges.md"),
            "docs/deploy.md: run python -m infra.privileges_page": f"\n| {name} |" in text("docs/deploy.md"),
            "docs/architecture.md: the diagram": bool(re.search(rf"\b{name}\b", text("docs/architecture.md"))),
        }
    )


@pytest.mark.parametrize("key", ROUTES)
def test_route_is_in_every_place(key: str) -> None:
    assert missing_places_of_route(key) == []


@pytest.mark.parametrize("module", MODULES)
def test_function_is_in_every_place(module: str) -> None:
    assert missing_places_of_function(module) == []


def test_every_function_of_the_manifest_has_a_handler_on_disk() -> None:
    assert set(privileges.handler_modules()) == set(MODULES)


@pytest.mark.parametrize("module", manifest.HTTP)
def test_function_with_routes_has_an_app(module: str) -> None:
    assert import_module(module).app.routes


def test_new_route_is_reported_with_every_missing_place() -> None:
    found = [place.split(":")[0] for place in missing_places_of_route("GET /api/wishlists")]
    assert found == [
        "functions/dashboards/openapi.json",
        "tests/security/access_matrix.py",
        "tests/integration/happy_paths",
        "docs/roundtrips.md",
    ]


def test_new_function_is_reported_with_every_missing_place() -> None:
    found = [place.split(":")[0] for place in missing_places_of_function("functions.coupons.handler")]
    assert found == [
        "functions/manifest.py",
        "infra/function_specs.py",
        "infra/privileges.py",
        "infra/privileges.py",
        "pyproject.toml",
        "locks/coupons.txt",
        "infra/packages/wheels.py",
        "docs/privileges.md",
        "docs/deploy.md",
        "docs/architecture.md",
    ]


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"LMS_[A-Z_]+[A-Z]", text("shared/config.py") + " ".join(Secret))))
)
def test_setting_is_documented(name: str) -> None:
    assert f"`{name}`" in text("docs/settings.md")


def test_every_entity_is_exported() -> None:
    stored = re.compile(r"^class (\w+)\(.*\):\n(?:(?!^class ).*\n)*?    KIND: ClassVar", re.MULTILINE)
    folder = ROOT / "shared" / "db" / "entities"
    classes = {name for path in folder.glob("*.py") for name in stored.findall(path.read_text())}
    assert classes
    assert sorted(classes - set(entities.__all__)) == []


def test_contributing_names_every_place_that_these_tests_compare() -> None:
    places = [place.split(":")[0] for place in missing_places_of_route("GET /api/x")]
    places += [place.split(":")[0] for place in missing_places_of_function("functions.x.handler")]
    guide = text("CONTRIBUTING.md")
    assert [place for place in places if not place.startswith("locks/") and place not in guide] == []
