"""The import contracts in pyproject.toml list every package, so that they also cover a new one."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SETTINGS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACTS: dict[str, dict[str, Any]] = {contract["name"]: contract for contract in SETTINGS["contracts"]}


def modules_of(package: str) -> set[str]:
    """The full names of the modules and packages directly in a package."""
    folder = ROOT / package.replace(".", "/")
    files = {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    return {f"{package}.{name}" for name in files | packages}


def packages_of(package: str) -> set[str]:
    folder = ROOT / package.replace(".", "/")
    return {f"{package}.{path.parent.name}" for path in folder.glob("*/__init__.py")}


def test_independence_contract_names_every_package_of_functions() -> None:
    contract = CONTRACTS["the domains in functions do not import each other"]
    assert set(contract["modules"]) == packages_of("functions")


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("only shared.db and shared.queues import PynamoDB and botocore", {"shared.db", "shared.queues"}),
        ("only shared.gateways imports razorpay, cloudinary and requests", {"shared.gateways"}),
    ],
)
def test_forbidden_contract_names_every_other_module_of_shared(name: str, allowed: set[str]) -> None:
    assert set(CONTRACTS[name]["source_modules"]) == (modules_of("shared") - allowed) | {"functions"}


@pytest.mark.parametrize("container", ["shared", "shared.db"])
def test_layer_contract_is_exhaustive_for_container(container: str) -> None:
    [contract] = [each for each in SETTINGS["contracts"] if each.get("containers") == [container]]
    layers = {name.strip() for layer in contract["layers"] for name in layer.split("|")}
    assert contract["exhaustive"] is True
    assert {f"{container}.{layer}" for layer in layers} == modules_of(container)


def test_layers_contract_names_every_top_level_package_with_code() -> None:
    [contract] = [each for each in SETTINGS["contracts"] if each["type"] == "layers" and "containers" not in each]
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert set(contract["layers"]) == set(SETTINGS["root_packages"]) == packages
