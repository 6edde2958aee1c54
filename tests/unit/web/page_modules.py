"""Runs modules of the web page in Node.js."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

WEB = Path(__file__).parent.parent.parent.parent / "web"

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")


def run_script(tmp_path: Path, imports: str, script: str, reader: str = "UTC") -> Any:
    """The value that the script assigns to `result`, for a reader whose clock is in the zone `reader`. `imports` are
    import statements of the page's modules, at `./js/`."""
    shutil.copytree(WEB / "js", tmp_path / "js")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "main.js").write_text(f"{imports}\nlet result;\n{script}\nconsole.log(JSON.stringify(result));\n")
    done = subprocess.run(
        ["node", str(tmp_path / "main.js")],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "TZ": reader},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
