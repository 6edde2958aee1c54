"""`python -m infra.cold_start [FUNCTION …]`: what starting each function costs, in instructions, which repeat where
times do not; writes the table of docs/deploy.md.

A start is a whole process: the interpreter, the handler's import from its package, the settings, the client of the
table, and a first answer that asks nothing of it. Counted by valgrind; beside it the usual stack (boto3, PynamoDB,
Powertools with validation, pydantic, PyJWT) with the same bytecode. Not counted: what only Lambda does.
"""

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from infra import functions_page
from infra.function_specs import FUNCTIONS, FunctionSpec
from infra.functions_page import Measured
from infra.packages.build import CACHE, build
from infra.packages.target import local_target

_FUNCTION_START: Final = """
import sys; sys.path.insert(0, {folder!r}); sys.dont_write_bytecode = True
import {module} as handler
from shared.db.table.base import table
table().connection.client
if {is_api}:
    http = {{"method": "GET", "path": "/nowhere", "sourceIp": "127.0.0.1"}}
    context = {{"requestId": "1", "http": http}}
    event = {{"version": "2.0", "rawPath": "/nowhere", "headers": {{}}, "requestContext": context}}
    assert handler.lambda_handler(event, None)["statusCode"] == 404
elif {is_stream}:
    assert handler.lambda_handler({{"Records": []}}, None) == {{"batchItemFailures": []}}
"""

_BASELINE: Final = """
import sys; sys.path.insert(0, {folder!r}); sys.dont_write_bytecode = True
import boto3, jwt, pydantic
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model
class Item(Model):
    class Meta:
        table_name, region = "t", "ap-south-1"
    pk = UnicodeAttribute(hash_key=True)
class Body(pydantic.BaseModel):
    name: str
app = APIGatewayHttpResolver(enable_validation=True)
logger, metrics = Logger(service="usual"), Metrics(namespace="usual")
@app.post("/bodies")
def body(body: Body) -> Body:
    return body
boto3.client("dynamodb", region_name="ap-south-1")
Item._get_connection().connection.client
jwt.decode(jwt.encode({{"sub": "x"}}, "k" * 32), "k" * 32, algorithms=["HS256"])
http = {{"method": "POST", "path": "/bodies", "sourceIp": "127.0.0.1"}}
event = {{"version": "2.0", "routeKey": "$default", "rawPath": "/bodies", "rawQueryString": "", "headers": {{}},
          "requestContext": {{"requestId": "1", "stage": "$default", "http": http}}, "body": '{{"name": "x"}}'}}
assert app.resolve(event, None)["statusCode"] == 200
"""

_SETTINGS: Final = {
    "AWS_REGION": "ap-south-1",
    "AWS_DEFAULT_REGION": "ap-south-1",
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "LMS_STAGE": "dev",
    "LMS_TABLE_NAME": "t",
    "LMS_LOG_LEVEL": "ERROR",
    "LMS_JWT_PUBLIC_KEYS": '{"keys": []}',
    "LMS_RAZORPAY_KEY_ID": "rzp_test_x",
    "LMS_CLOUDINARY_CLOUD_NAME": "x",
    "LMS_CLOUDINARY_API_KEY": "x",
    "POWERTOOLS_TRACE_DISABLED": "true",
    "HOME": os.devnull,
}


def count_instructions(script: str) -> int:
    """Of a whole process that runs the script. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={out}", "--quiet"]
        python = [sys.executable, "-I", "-S", "-B", "-c", script]
        subprocess.run([*command, *python], env=_SETTINGS, check=True, capture_output=True)  # noqa: S603
        return int(out.read_text().rpartition("summary: ")[2].split()[0])


def count_start_instructions(blueprint: FunctionSpec, archive: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(archive) as package:
            package.extractall(folder)
        facts = {"module": blueprint.module, "is_api": blueprint.is_api, "is_stream": "projector" in blueprint.name}
        return count_instructions(_FUNCTION_START.format(folder=folder, **facts))


def main(names: list[str]) -> None:
    target = local_target()
    packages = build(target)
    usual = count_instructions(_BASELINE.format(folder=str(CACHE / str(target) / "site")))
    measured: dict[str, Measured] = {functions_page.BASELINE: ("", f"{usual / 1e6:,.0f}", "1")}
    for blueprint in FUNCTIONS:
        if not names or blueprint.name in names:
            package = packages[blueprint.name]
            counted = count_start_instructions(blueprint, package.archive)
            size = f"{package.zipped / 1e6:.1f} MB"
            measured[blueprint.name] = size, f"{counted / 1e6:,.0f}", f"{counted / usual:.2f}"
            print(blueprint.name, *measured[blueprint.name], flush=True)
    functions_page.PAGE.write_text(functions_page.page(measured))


if __name__ == "__main__":
    main(sys.argv[1:])
