"""The example of the README, run as it is printed."""

import json
import re
import shutil
import subprocess

import pytest

from local.paths import ROOT
from tests.e2e.product import Product
from tests.e2e.users import User, create_published_course

EXAMPLE = re.compile(r"^```sh\n(API=.*?)```", re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(not (shutil.which("jq") and shutil.which("curl")), reason="needs curl and jq")
def test_readme_example_buys_a_course(product: Product, instructor: User) -> None:
    create_published_course(instructor, "Lanterns", amount=25_000)
    example = EXAMPLE.search((ROOT / "README.md").read_text())
    assert example, "the README has no example that begins with API="
    script = (
        example[1].replace("http://127.0.0.1:8000", product.url).replace("http://127.0.0.1:PORT", product.razorpay_url)
    )
    done = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, check=True)
    bought = json.loads(done.stdout)
    assert bought["enrollment"]["status"] == "active"
    assert bought["payment"]["status"] in ("authorized", "captured")  # captured once the webhook was received
