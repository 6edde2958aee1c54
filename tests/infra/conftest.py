"""Templates of both stages, synthesised once; test_gates.py tries the rules that real deployments are held to.

These tests run in the environment of the deployment (`make infra-test`); elsewhere there is nothing to collect."""

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
"""Keys of Razorpay, of certificates, of AWS and of tokens, wherever they stand."""


@dataclass(frozen=True)
class Template:
    """A synthesised template. `resources`: logical id to resource."""

    resources: dict[str, dict[str, Any]]
    whole: dict[str, Any]

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """`kind` without AWS:: ("Lambda::Function")."""
        return {name: each for name, each in self.resources.items() if each["Type"] == f"AWS::{kind}"}

    def properties(self, kind: str) -> list[dict[str, Any]]:
        return [each["Properties"] for each in self.of_type(kind).values()]

    def functions(self) -> dict[str, dict[str, Any]]:
        """Function to its properties."""
        return {each["FunctionName"].split("-", 2)[2]: each for each in self.properties("Lambda::Function")}


Synthesise = Callable[..., dict[str, Template]]


def context(stage: str, **given: Any) -> dict[str, Any]:
    """cdk.json's context, with a stage chosen and what the command line would give."""
    known: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return {**known, "stage": stage, **given}


@pytest.fixture(scope="session")
def empty_packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Package]:
    """Packages with nothing in them: the real ones are tried apart."""
    archive = tmp_path_factory.mktemp("packages") / "function.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("empty.py", "")
    return {
        name: Package(str(archive), "0" * 63 + str(number), 1, 1, ())
        for number, name in enumerate(map(privileges.function_name, privileges.handler_modules()))
    }


@pytest.fixture(scope="session")
def synthesise(tmp_path_factory: pytest.TempPathFactory, empty_packages: dict[str, Package]) -> Synthesise:
    """`synthesise("prod", domain={…})`: stack name to template."""
    from aws_cdk import App

    from infra import settings, stack
    from infra.resources import cloudfront

    @cache
    def synthesised(stage: str, more: str) -> dict[str, Template]:
        given = json.loads(more)
        folder, chosen = tmp_path_factory.mktemp("out"), context(stage, **given)
        cdk, read = App(outdir=str(folder), context=chosen, analytics_reporting=False), settings.read(chosen)
        stack.Backend(cdk, read, empty_packages)
        if read.edge:
            cloudfront.CloudFrontStack(cdk, read, read.edge)
        cdk.synth()
        return {file.name.partition(".")[0]: _read(file) for file in folder.glob("*.template.json")}

    return lambda stage, **given: synthesised(stage, json.dumps(given))


def _read(file: Path) -> Template:
    whole = json.loads(file.read_text())
    return Template(whole["Resources"], whole)


@pytest.fixture(scope="session")
def dev(synthesise: Synthesise) -> Template:
    return synthesise("dev")["Lectern-dev"]


@pytest.fixture(scope="session")
def prod(synthesise: Synthesise) -> Template:
    return synthesise("prod")["Lectern-prod"]


@pytest.fixture(params=["dev", "prod"])
def template(request: pytest.FixtureRequest) -> Template:
    """Either stage's."""
    found: Template = request.getfixturevalue(request.param)
    return found
