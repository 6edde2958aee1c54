"""Fixtures with the templates of both stages, synthesized once per session.

These tests need the environment of the CDK app (`make infra-test`). Without aws-cdk-lib, pytest collects none of them.
"""

import importlib.util
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from functions import manifest
from infra import privileges
from infra.packages.build import Package
from infra.packages.import_closure import ROOT

collect_ignore_glob = [] if importlib.util.find_spec("aws_cdk") else ["test_*.py"]

SECRET_LOOKING = (
    re.compile(r"rzp_(test|live)_\w+"),
    re.compile(r"-----BEGIN"),
    re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    re.compile(r'"d":\s*"[\w-]{40,}"'),
)
"""Patterns of Razorpay keys, PEM files, AWS access keys and private JWKs."""


@dataclass(frozen=True)
class Template:
    """A synthesized template. `resources`: logical id to resource; `whole`: the whole document."""

    resources: dict[str, dict[str, Any]]
    whole: dict[str, Any]

    def of_type(self, type_name: str) -> dict[str, dict[str, Any]]:
        """Logical id to resource, for a type name without "AWS::" ("Lambda::Function")."""
        return {name: each for name, each in self.resources.items() if each["Type"] == f"AWS::{type_name}"}

    def properties(self, type_name: str) -> list[dict[str, Any]]:
        """The properties of all resources of a type."""
        return [each["Properties"] for each in self.of_type(type_name).values()]

    def functions(self) -> dict[str, dict[str, Any]]:
        """Function name without the stage's prefix to properties."""
        return {each["FunctionName"].split("-", 2)[2]: each for each in self.properties("Lambda::Function")}


Synthesize = Callable[..., dict[str, Template]]


def context(stage: str, **overrides: Any) -> dict[str, Any]:
    """The context of cdk.json for a stage, with `overrides` as from the command line."""
    cdk_json: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return {**cdk_json, "stage": stage, **overrides}


@pytest.fixture(scope="session")
def empty_packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Package]:
    """Packages without modules: test_packages.py tests the real ones."""
    archive = tmp_path_factory.mktemp("packages") / "function.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("empty.py", "")
    return {
        name: Package(str(archive), "0" * 63 + str(number), 1, 1, ())
        for number, name in enumerate(map(manifest.function_name, privileges.handler_modules()))
    }


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory, empty_packages: dict[str, Package]) -> Synthesize:
    """`synthesize("prod", domain={…})` returns stack name to template."""
    from aws_cdk import App

    from infra import settings, stack
    from infra.resources import cloudfront

    @cache
    def synthesize_once(stage: str, overrides: str) -> dict[str, Template]:
        folder, stage_context = tmp_path_factory.mktemp("out"), context(stage, **json.loads(overrides))
        app = App(outdir=str(folder), context=stage_context, analytics_reporting=False)
        stage_settings = settings.read_stage(stage_context)
        stack.Backend(app, stage_settings, empty_packages)
        if stage_settings.edge:
            cloudfront.CloudFrontStack(app, stage_settings, stage_settings.edge)
        app.synth()
        return {file.name.partition(".")[0]: _read(file) for file in folder.glob("*.template.json")}

    return lambda stage, **overrides: synthesize_once(stage, json.dumps(overrides))


def _read(file: Path) -> Template:
    whole = json.loads(file.read_text())
    return Template(whole["Resources"], whole)


@pytest.fixture(scope="session")
def dev(synthesize: Synthesize) -> Template:
    return synthesize("dev")["Lectern-dev"]


@pytest.fixture(scope="session")
def prod(synthesize: Synthesize) -> Template:
    return synthesize("prod")["Lectern-prod"]


@pytest.fixture(params=["dev", "prod"])
def template(request: pytest.FixtureRequest) -> Template:
    """The template of dev, then that of prod."""
    found: Template = request.getfixturevalue(request.param)
    return found
