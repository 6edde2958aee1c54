"""Packages contain what the handlers import and start with nothing else; builds are reproducible."""

import gzip
import json
import marshal
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest

from infra import privileges
from infra.function_specs import FUNCTIONS, FunctionSpec
from infra.packages import archive
from infra.packages.build import Package, build
from infra.packages.import_closure import ROOT, import_closure
from infra.packages.sdk_data import OPERATIONS, trim_service_model
from infra.packages.target import Target, local_target
from infra.packages.wheel_filter import is_shipped
from infra.packages.wheels import UV
from infra.settings import StageSettings
from tests.infra.conftest import SECRET_LOOKING

MAX_UNZIPPED_BYTES = 250_000_000
MAX_ZIPPED_BYTES = 50_000_000
"""Lambda's limits: of a package's content, and of a package that is uploaded directly."""
WITH_FONTS = ("enrollments-certificates", "payments-documents")
"""The largest packages: they contain a PDF library and the fonts of ten scripts."""


@pytest.fixture(scope="session")
def packages() -> dict[str, Package]:
    """Packages for this machine, so that it can start them."""
    return build(local_target())


@pytest.fixture(scope="session")
def unpacked(packages: dict[str, Package], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: unpack(package, tmp_path_factory.mktemp(name)) for name, package in packages.items()}


def unpack(package: Package, folder: Path) -> Path:
    with zipfile.ZipFile(package.archive) as file:
        file.extractall(folder)
    return folder


def start_handler(spec: FunctionSpec, folder: Path, python: str) -> None:
    """Imports the handler in a process with nothing but its package, and creates the clients that it uses."""
    name, module = spec.name, spec.module
    script = (
        f"import sys; sys.path.insert(0, {str(folder)!r}); sys.dont_write_bytecode = True\n"
        f"import {module}, importlib.metadata\n"
        f"assert callable({module}.lambda_handler)\n"
        "import zoneinfo; zoneinfo.reset_tzpath(())  # a system without the data of the time zones\n"
        "from shared.config import time_zone; time_zone('Asia/Kolkata'); time_zone('America/New_York')\n"
        "import botocore.session, botocore.httpsession, os\n"
        "assert os.path.getsize(botocore.httpsession.where()) > 100_000\n"
        "session = botocore.session.Session()\n"
        "session.create_client('dynamodb', region_name='ap-south-1')\n"
    )
    if privileges.SECRETS[name]:
        script += (
            "from aws_lambda_powertools.utilities import parameters\n"
            "import boto3; boto3.client('secretsmanager', region_name='ap-south-1')\n"
        )
    if name in privileges.QUEUES:
        script += "session.create_client('sqs', region_name='ap-south-1').get_queue_attributes\n"
    if name.startswith("payments") and name not in ("payments-documents", "payments-invariants"):
        script += "import razorpay; razorpay.Client(auth=('x', 'y'))._get_version()\n"
    if name == "enrollments-certificates":
        script += (
            "from datetime import UTC, datetime\n"
            "from types import SimpleNamespace\n"
            "from functions.enrollments.certificates.certificate_pdf import render_pdf\n"
            "names = dict.fromkeys(('learner_name', 'course_title', 'instructor_name', 'issuer_name'), 'क्ष')\n"
            "completed_at = datetime(2026, 1, 1, tzinfo=UTC)\n"
            "from shared import config, seller_day\n"
            "seller_day.settings = lambda: SimpleNamespace(time_zone=config.time_zone('Asia/Kolkata'))\n"
            "certificate = SimpleNamespace(certificate_id='x', completed_at=completed_at, **names)\n"
            "pdf = render_pdf(SimpleNamespace(certificate=certificate, page_url='https://example.com'))\n"
            "assert pdf.startswith(b'%PDF') and pdf.count(b'/FontFile2') == 2\n"
        )
    if name == "payments-documents":
        script += (
            "from shared.pdf.document import open_document\n"
            "with open_document(['क्ष'], 'portrait') as pdf:\n"
            "    pdf.set_font('latin', size=10); pdf.cell(text='₹ क्ष')\n"
            "    assert bytes(pdf.output()).count(b'/FontFile2') == 2\n"
        )
    command = [python, "-I", "-S", "-W", "error::ImportWarning", "-c", script]
    finished = subprocess.run(command, capture_output=True, text=True, env={"HOME": "/nonexistent"}, check=False)
    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_handler_starts_with_only_its_package(spec: FunctionSpec, unpacked: dict[str, Path]) -> None:
    start_handler(spec, unpacked[spec.name], sys.executable)


def test_every_handler_starts_on_the_deployed_runtime(tmp_path: Path) -> None:
    runtime = StageSettings("any").runtime
    target = Target(runtime, local_target().architecture)
    command = [str(UV), "python", "find", "--no-python-downloads", target.version]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.skip(f"{runtime} is not installed")
    packages = build(target)
    for spec in FUNCTIONS:
        folder = unpack(packages[spec.name], tmp_path / spec.name)
        start_handler(spec, folder, found.stdout.strip())


def test_package_contains_only_the_distributions_it_imports(packages: dict[str, Package]) -> None:
    shipped = {name: set(package.distributions) for name, package in packages.items()}
    for name in shipped:
        calls_razorpay = name in ("payments", "payments-webhook", "payments-sweep", "payments-reconcile")
        assert ("razorpay" in shipped[name]) is calls_razorpay, name
        assert ("argon2-cffi" in shipped[name]) is (name == "auth"), name
        assert ("nh3" in shipped[name]) is (name == "courses"), name
        assert ("fpdf2" in shipped[name]) is (name in WITH_FONTS), name
        assert ("cloudinary" in shipped[name]) is (name in ("auth", "courses")), name
        assert ("boto3" in shipped[name]) is bool(privileges.SECRETS[name]), name
        assert not shipped[name] & {"ministack", "uvicorn", "typer", "moto", "aws-cdk-lib", "pytest"}
    for name in ("dashboards-projector", "payments-invariants"):
        assert not shipped[name] & {"pydantic", "cryptography", "pyjwt", "requests"}, name


def test_package_contains_no_tests_settings_or_other_domains(unpacked: dict[str, Path]) -> None:
    for name, folder in unpacked.items():
        files = [file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()]
        domain = name.partition("-")[0]
        assert {file.split("/")[1] for file in files if file.startswith("functions/")} <= {
            domain,
            "__init__.py",
            "__pycache__",
        }
        assert not any(file.startswith(("local/", "cli/", "infra/", "tests/", "bin/")) for file in files)
        assert not any("/tests/" in file or file.endswith((".env", ".pem.key", "secrets.json")) for file in files)


def texts_of(compiled: object) -> Iterator[str]:
    """Every string constant and name in a code object. Searching raw bytecode would join adjacent strings."""
    match compiled:
        case str():
            yield compiled
        case bytes():
            yield compiled.decode("latin-1")
        case tuple() | frozenset():
            for each in compiled:
                yield from texts_of(each)
        case CodeType():
            for each in (compiled.co_consts, compiled.co_names):
                yield from texts_of(each)


def test_own_files_in_package_contain_nothing_like_a_secret(unpacked: dict[str, Path]) -> None:
    for name, folder in unpacked.items():
        own_files = [file for part in ("functions", "shared") for file in (folder / part).rglob("*") if file.is_file()]
        assert len(own_files) > 20
        for file in own_files:
            content = file.read_bytes()
            compiled = file.suffix == ".pyc"
            # The bytecode is safe to unmarshal: this test run compiled it from this repository.
            text = "\n".join(texts_of(marshal.loads(content[16:]))) if compiled else content.decode("latin-1")  # noqa: S302
            assert not any(pattern.search(text) for pattern in SECRET_LOOKING), (name, file)


def test_package_has_unchecked_hash_bytecode_for_every_module(unpacked: dict[str, Path]) -> None:
    tag = sys.implementation.cache_tag
    for folder in unpacked.values():
        for source in folder.rglob("*.py"):
            compiled = source.parent / "__pycache__" / f"{source.stem}.{tag}.pyc"
            assert compiled.read_bytes()[4] == 1, compiled  # an unchecked hash (PEP 552)
        third_party = [file for file in folder.rglob("*.pyc") if file.parent.name != "__pycache__"]
        assert len(third_party) > 100
        assert {file.read_bytes()[4] for file in third_party} == {1}


def test_packages_fit_lambdas_size_limits(packages: dict[str, Package]) -> None:
    for name, package in packages.items():
        assert package.zipped < MAX_ZIPPED_BYTES / (2 if name in WITH_FONTS else 3), name
        assert package.unzipped < MAX_UNZIPPED_BYTES / 5, name


def test_package_build_is_reproducible(packages: dict[str, Package], tmp_path: Path) -> None:
    rebuilt = build(local_target(), tmp_path)
    assert {name: package.digest for name, package in rebuilt.items()} == {
        name: package.digest for name, package in packages.items()
    }
    for name, package in rebuilt.items():
        assert Path(package.archive).read_bytes() == Path(packages[name].archive).read_bytes(), name


def test_archive_is_independent_of_file_times_and_modes(tmp_path: Path) -> None:
    first, second = tmp_path / "a.py", tmp_path / "b.py"
    first.write_text("x = 1\n")
    second.write_text("x = 1\n")
    second.chmod(0o700)
    os.utime(second, (0, 0))
    for number, file in enumerate((first, second)):
        archive.write(tmp_path / f"{number}.zip", {"m.py": file})
    assert (tmp_path / "0.zip").read_bytes() == (tmp_path / "1.zip").read_bytes()
    assert archive.digest({"m.py": first}) == archive.digest({"m.py": second})
    assert archive.digest({"m.py": first}) != archive.digest({"n.py": first})


def test_import_closure_includes_function_level_imports_and_data_files() -> None:
    closure = import_closure("functions.auth.handler")
    assert "functions/auth/common_passwords.txt" in closure.files
    assert "shared/secrets.py" in closure.files
    assert "aws_lambda_powertools.utilities" in closure.modules
    assert "functions/dashboards/openapi.json" in import_closure("functions.dashboards.handler").files
    assert "functions/dashboards/openapi.json" not in import_closure("functions.dashboards.projector_handler").files


def test_import_closure_of_missing_module_raises_naming_it() -> None:
    with pytest.raises(FileNotFoundError, match=r"functions\.nowhere"):
        import_closure("functions.nowhere.handler")


@pytest.mark.parametrize(
    ("path", "shipped"),
    [
        ("botocore/data/dynamodb/2012-08-10/service-2.json.gz", True),
        ("botocore/data/dynamodb/2011-12-05/endpoint-rule-set-1.json.gz", False),
        ("botocore/data/s3/2006-03-01/service-2.json.gz", False),
        ("botocore/data/sqs/2012-11-05/endpoint-rule-set-1.json.gz", True),
        ("botocore/data/endpoints.json", True),
        ("botocore/data/sdk-default-configuration.json", True),
        ("botocore/cacert.pem", True),
        ("botocore/docs/__init__.py", True),
        ("razorpay-2.0.1.dist-info/METADATA", True),
        ("razorpay-2.0.1.dist-info/licenses/LICENSE", False),
        ("pydantic/v1/main.py", False),
    ],
)
def test_wheel_filter_ships_only_needed_files(path: str, shipped: bool) -> None:
    assert is_shipped(path) is shipped


def test_sdk_model_contains_our_operations_without_documentation(unpacked: dict[str, Path]) -> None:
    data = unpacked["payments"] / "botocore" / "data"
    (file,) = data.glob("dynamodb/*/service-2.json.gz")
    model = json.loads(gzip.decompress(file.read_bytes()))
    assert {action for _, grant in privileges.all_grants() for action in grant.actions} - {"ConditionCheckItem"} <= set(
        model["operations"]
    )
    assert "TransactWriteItems" in model["operations"]
    assert "CreateTable" not in model["operations"]
    assert "documentation" not in json.dumps(model)
    assert {error["shape"] for each in model["operations"].values() for error in each["errors"]} <= set(model["shapes"])
    endpoints = json.loads((data / "endpoints.json").read_text())
    assert {name for each in endpoints["partitions"] for name in each["services"]} == set(OPERATIONS)


def test_trimming_sdk_model_to_unknown_operation_raises_key_error() -> None:
    with pytest.raises(KeyError, match="Guess"):
        trim_service_model({"operations": {}, "shapes": {}}, ("Guess",))


def test_package_cache_is_git_ignored() -> None:
    assert ".cache" in (ROOT / ".gitignore").read_text()
