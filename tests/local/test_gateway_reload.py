"""New code without a restart."""

import itertools
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.code import HandlerLoader
from local.reload import Reloader
from local.waiting import PATIENCE_SECONDS, wait_until
from tests.local.shop import shop_code


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[HandlerLoader, Path]]:
    with shop_code(tmp_path) as (make, handler):
        code = make()
        yield code, handler
        code.close()


def call(code: HandlerLoader, path: str) -> Any:
    found = code.current.routes.find("GET", path)
    assert found is not None
    return found[0].target.handler({"rawPath": path}, None)


def edit(handler: Path, old: str = "VERSION = 1", new: str = "VERSION = 2") -> None:
    handler.write_text(handler.read_text().replace(old, new))


def test_functions_are_named_after_their_modules(shop: tuple[HandlerLoader, Path]) -> None:
    loaded = shop[0].current
    found = loaded.routes.find("GET", "/api/version")
    assert found is not None
    names = (found[0].target.name, loaded.default.name, loaded.stream.name, loaded.sweep.name)
    assert names == ("echo", "dashboards", "dashboards-projector", "payments-sweep")


def test_a_change_is_used_at_once_even_within_the_same_second(shop: tuple[HandlerLoader, Path]) -> None:
    code, handler = shop
    for version in range(2, 6):
        edit(handler, f"VERSION = {version - 1}", f"VERSION = {version}")
        assert code.reload([handler]) < 10
        assert call(code, "/api/version") == {"version": version}


def test_a_new_route_is_found(shop: tuple[HandlerLoader, Path]) -> None:
    code, handler = shop
    assert code.current.routes.find("GET", "/api/new") is None
    edit(handler, '("GET", "/api/slow")', '("GET", "/api/slow"), ("GET", "/api/new")')
    code.reload([handler])
    assert code.current.routes.find("GET", "/api/new") is not None


def test_a_request_in_flight_finishes_on_the_old_code(shop: tuple[HandlerLoader, Path]) -> None:
    code, handler = shop
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(call(code, "/api/slow")))
    thread.start()
    found = code.current.routes.find("GET", "/api/slow")
    assert found is not None
    assert found[0].target.handler.__globals__["begun"].wait(PATIENCE_SECONDS)
    edit(handler)
    code.reload([handler])
    assert call(code, "/api/version") == {"version": 2}
    thread.join()
    assert answers == [{"slept": True, "version": 1}]


@pytest.mark.parametrize("mistake", ["VERSION = = 2", "import nothing_of_that_name", "raise SystemExit(1)"])
def test_a_mistake_keeps_the_old_code_and_its_modules(shop: tuple[HandlerLoader, Path], mistake: str) -> None:
    code, handler = shop
    before = {name: module for name, module in sys.modules.items() if name.startswith("shop")}
    edit(handler, new=mistake)
    with pytest.raises((SyntaxError, ImportError, SystemExit)):
        code.reload([handler])
    assert call(code, "/api/version") == {"version": 1}
    assert {name: module for name, module in sys.modules.items() if name.startswith("shop")} == before
    edit(handler, mistake, "VERSION = 3")
    code.reload([handler])
    assert call(code, "/api/version") == {"version": 3}


def test_closing_puts_back_what_was_imported_before(tmp_path: Path) -> None:
    with shop_code(tmp_path) as (make, _):
        mine = make()
        module = sys.modules[make.args[0]]
        other = make()
        assert sys.modules[make.args[0]] is not module
        other.close()
        assert sys.modules[make.args[0]] is module
        mine.close()
        assert make.args[0] not in sys.modules


def test_saving_a_file_reloads_and_says_so(
    shop: tuple[HandlerLoader, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, handler = shop
    reloader = Reloader(code, [handler.parents[1]], tmp_path)
    reloader.start()
    name = ".".join(handler.relative_to(tmp_path).with_suffix("").parts)
    try:
        # The watch begins in its thread, at a moment that cannot be seen: edit until an edit is noticed.
        edits = itertools.count(2)
        said = ""
        while f"reloaded {name}" not in said:
            version = next(edits)
            edit(handler, f"VERSION = {version - 1}", f"VERSION = {version}")
            said += wait_for(capsys, "reloaded", seconds=2)
            assert version < 30, said
        assert re.match(rf"reloaded {name} in \d+\.\d\d s\n", said)
        assert wait_until(lambda: call(code, "/api/version") == {"version": version})

        edit(handler, f"VERSION = {version}", "VERSION = = 3")
        said = wait_for(capsys, "not reloaded")
        assert "SyntaxError: invalid syntax" in said
        assert f"not reloaded: {name} cannot be loaded, the code before this change goes on" in said
        assert call(code, "/api/version") == {"version": version}
    finally:
        reloader.stop()


def wait_for(capsys: pytest.CaptureFixture[str], words: str, seconds: float = PATIENCE_SECONDS) -> str:
    """What was printed until the words came, or the seconds had passed."""
    said: list[str] = []

    def heard() -> bool:
        said.extend(capsys.readouterr())
        return words in "".join(said)

    wait_until(heard, seconds)
    return "".join(said)
