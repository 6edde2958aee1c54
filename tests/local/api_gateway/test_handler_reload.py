"""Reload of changed handler loader without a restart."""

import itertools
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.handler_loader import HandlerLoader
from local.reloader import Reloader
from local.waiting import PATIENCE_SECONDS, wait_until
from tests.local.api_gateway.sample_handlers import sample_code


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[tuple[HandlerLoader, Path]]:
    with sample_code(tmp_path) as (make, handler):
        loader = make()
        yield loader, handler
        loader.close()


def call_route(loader: HandlerLoader, path: str) -> Any:
    found = loader.current.routes.find("GET", path)
    assert found is not None
    return found[0].target.handler({"rawPath": path}, None)


def replace_in_handler(handler: Path, old: str = "VERSION = 1", new: str = "VERSION = 2") -> None:
    handler.write_text(handler.read_text().replace(old, new))


def test_loaded_functions_are_named_after_their_modules(sample: tuple[HandlerLoader, Path]) -> None:
    loaded = sample[0].current
    found = loaded.routes.find("GET", "/api/version")
    assert found is not None
    names = (found[0].target.name, loaded.default.name, loaded.stream.name, loaded.sweep.name)
    assert names == ("echo", "dashboards", "dashboards-projector", "payments-sweep")
    assert loaded.reconciliation.name == "payments-reconcile"


def test_reload_uses_changed_code_within_the_same_second(sample: tuple[HandlerLoader, Path]) -> None:
    loader, handler = sample
    for version in range(2, 6):
        replace_in_handler(handler, f"VERSION = {version - 1}", f"VERSION = {version}")
        assert loader.reload([handler]) < 10
        assert call_route(loader, "/api/version") == {"version": version}


def test_reload_finds_a_new_route(sample: tuple[HandlerLoader, Path]) -> None:
    loader, handler = sample
    assert loader.current.routes.find("GET", "/api/new") is None
    replace_in_handler(handler, '("GET", "/api/slow")', '("GET", "/api/slow"), ("GET", "/api/new")')
    loader.reload([handler])
    assert loader.current.routes.find("GET", "/api/new") is not None


def test_reload_lets_request_in_flight_finish_on_old_code(sample: tuple[HandlerLoader, Path]) -> None:
    loader, handler = sample
    responses: list[Any] = []
    thread = threading.Thread(target=lambda: responses.append(call_route(loader, "/api/slow")))
    thread.start()
    found = loader.current.routes.find("GET", "/api/slow")
    assert found is not None
    assert found[0].target.handler.__globals__["begun"].wait(PATIENCE_SECONDS)
    replace_in_handler(handler)
    loader.reload([handler])
    assert call_route(loader, "/api/version") == {"version": 2}
    thread.join()
    assert responses == [{"slept": True, "version": 1}]


@pytest.mark.parametrize("mistake", ["VERSION = = 2", "import nothing_of_that_name", "raise SystemExit(1)"])
def test_reload_with_broken_code_keeps_old_code_and_modules(sample: tuple[HandlerLoader, Path], mistake: str) -> None:
    loader, handler = sample
    before = {name: module for name, module in sys.modules.items() if name.startswith("shop")}
    replace_in_handler(handler, new=mistake)
    with pytest.raises((SyntaxError, ImportError, SystemExit)):
        loader.reload([handler])
    assert call_route(loader, "/api/version") == {"version": 1}
    assert {name: module for name, module in sys.modules.items() if name.startswith("shop")} == before
    replace_in_handler(handler, mistake, "VERSION = 3")
    loader.reload([handler])
    assert call_route(loader, "/api/version") == {"version": 3}


def test_close_restores_previously_imported_modules(tmp_path: Path) -> None:
    with sample_code(tmp_path) as (make, _):
        outer = make()
        module = sys.modules[make.args[0]]
        inner = make()
        assert sys.modules[make.args[0]] is not module
        inner.close()
        assert sys.modules[make.args[0]] is module
        outer.close()
        assert make.args[0] not in sys.modules


def test_reloader_reloads_saved_file_and_prints_the_result(
    sample: tuple[HandlerLoader, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loader, handler = sample
    reloader = Reloader(loader, [handler.parents[1]], tmp_path)
    reloader.start()
    name = ".".join(handler.relative_to(tmp_path).with_suffix("").parts)
    try:
        # The reloader starts watching in its thread at an unknown time: edit until an edit is noticed.
        edits = itertools.count(2)
        output = ""
        while f"reloaded {name}" not in output:
            version = next(edits)
            replace_in_handler(handler, f"VERSION = {version - 1}", f"VERSION = {version}")
            output += read_output_until(capsys, "reloaded", seconds=2)
            assert version < 30, output
        assert re.match(rf"reloaded {name} in \d+\.\d\d s\n", output)
        assert wait_until(lambda: call_route(loader, "/api/version") == {"version": version})

        replace_in_handler(handler, f"VERSION = {version}", "VERSION = = 3")
        output = read_output_until(capsys, "not reloaded")
        assert "SyntaxError: invalid syntax" in output
        assert f"not reloaded: {name} cannot be imported, the previous code stays in use" in output
        assert call_route(loader, "/api/version") == {"version": version}
    finally:
        reloader.stop()


def read_output_until(capsys: pytest.CaptureFixture[str], text: str, seconds: float = PATIENCE_SECONDS) -> str:
    """The output up to the moment it contains `text`, or until `seconds` have passed."""
    output: list[str] = []

    def has_text() -> bool:
        output.extend(capsys.readouterr())
        return text in "".join(output)

    wait_until(has_text, seconds)
    return "".join(output)
