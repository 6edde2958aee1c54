"""`python -m infra.cold_start [FUNCTION …]`: measures the cost of a cold start of each function in CPU instructions.

Writes the measurements into the table of docs/deploy.md. Instructions are repeatable where times are not. valgrind
counts a whole process: the interpreter, the import of the handler from its package, the settings, the client of the
table, and a first response that needs no request to the table. The baseline is a reference stack (boto3, PynamoDB,
Powertools with validation, pydantic, PyJWT) with the same kind of bytecode. Work that only Lambda does is not counted.
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
from infra.functions_page import Measurement
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
    """The instructions of a process that runs `script`. Raises CalledProcessError when the script fails."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={out}", "--quiet"]
        python = [sys.executable, "-I", "-S", "-B", "-c", script]
        subprocess.run([*command, *python], env=_SETTINGS, check=True, capture_output=True)  # noqa: S603
        return int(out.read_text().rpartition("summary: ")[2].split()[0])


def count_start_instructions(spec: FunctionSpec, archive: str) -> int:
    """The instructions of a start of the function from its package. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(archive) as package:
            package.extractall(folder)
        script = _FUNCTION_START.format(
            folder=folder, module=spec.module, is_api=spec.is_api, is_stream="projector" in spec.name
        )
        return count_instructions(script)


def main(names: list[str]) -> None:
    target = local_target()
    packages = build(target)
    baseline = count_instructions(_BASELINE.format(folder=str(CACHE / str(target) / "site")))
    measurements = {functions_page.BASELINE: Measurement("", f"{baseline / 1e6:,.0f}", "1")}
    for spec in FUNCTIONS:
        if names and spec.name not in names:
            continue
        package = packages[spec.name]
        count = count_start_instructions(spec, package.archive)
        measurements[spec.name] = Measurement(
            f"{package.zipped / 1e6:.1f} MB", f"{count / 1e6:,.0f}", f"{count / baseline:.2f}"
        )
        print(spec.name, *measurements[spec.name], flush=True)
    functions_page.PAGE.write_text(functions_page.page(measurements))


if __name__ == "__main__":
    main(sys.argv[1:])
