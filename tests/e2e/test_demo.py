"""The scenarios of `make demo`: they pass on the product, and report failed steps."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import typer

from cli import demo
from cli._demo import dashboards, run
from cli._demo.client import ApiUser, Response
from cli._demo.courses import DemoCourses
from cli._demo.output import StepFailed, StepOutput


@pytest.fixture
def no_running_stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No stack of this clone is running, and no settings name another instance."""
    monkeypatch.delenv("LMS_TABLE_NAME")
    monkeypatch.setenv("LMS_LOCAL_DIR", str(tmp_path / "local"))


@pytest.mark.timeout(300)
def test_demo_without_running_stack_passes_all_56_steps_on_a_temporary_one(no_running_stack: None) -> None:
    lines: list[str] = []
    assert run.run_demo(lines.append), "\n".join(lines)
    marks = [line[:4] for line in lines]
    assert (marks.count("  ✓ "), marks.count("  ✗ ")) == (56, 0)
    assert lines[-1] == "\nall 56 steps passed"
    assert lines[0] == "no stack is running"
    assert any(line.endswith("POST /api/payments/verify > 400  code=signature_invalid") for line in lines)


def test_demo_without_fake_razorpay_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as raised:
        demo.command()
    assert raised.value.exit_code == 2
    assert capsys.readouterr().err == (
        "the demo pays at the fake Razorpay, but http://127.0.0.1:8000 uses http://127.0.0.1:9: "
        "stop it, and the demo starts a temporary instance\n"
    )


def test_demo_failed_step_is_reported_and_skips_the_rest_of_its_scenario() -> None:
    lines: list[str] = []
    output = StepOutput(lines.append)
    user = scripted_user(output, lambda _: httpx.Response(200, json={"status": "pending", "items": [{"id": 7}]}))
    reached = False
    with output.scenario("One"):
        with output.step("good"):
            user.get("/api/x").expect(200, {"status": "pending", "items.0.id": 7, "items.1.id": None})
        with output.step("bad"):
            user.get("/api/x").expect(200, {"status": "active"})
        reached = True
    with output.scenario("Two"), output.step("a status"):
        user.get("/api/x").expect(409)
    assert not reached
    assert lines == [
        "\nOne",
        "  ✓ good",
        "      me: GET /api/x > 200  status=pending  items.0.id=7  items.1.id=None",
        "  ✗ bad",
        "      me: GET /api/x > 200  status=pending",
        "      expected status='active', got 'pending'",
        "    the remaining steps of this scenario were skipped",
        "\nTwo",
        "  ✗ a status",
        "      me: GET /api/x > 200",
        "      expected 409, got 200: {'status': 'pending', 'items': [{'id': 7}]}",
        "    the remaining steps of this scenario were skipped",
    ]
    assert output.summary() == "1 of 3 steps passed"


def test_demo_step_fails_on_connection_error_and_on_unexpected_response() -> None:
    def raise_connect_error(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    lines: list[str] = []
    output = StepOutput(lines.append)
    with output.scenario("Silence"), output.step("a call"):
        scripted_user(output, raise_connect_error).get("/api/x")
    with output.scenario("Nonsense"), output.step("a key"):
        _ = dict[str, int]()["no such key"]
    assert (output.passed, output.failed) == (0, 2)
    assert lines[2] == "      ConnectError: refused"


def test_demo_dashboard_check_fails_on_a_difference_of_one_paisa(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli._demo.client.TIMEOUT_SECONDS", 0)
    before = dashboards.AdminCounters(dict.fromkeys(dashboards.EXPECTED_INCREASES, 0))
    revenue = {
        name: [{"amount": dashboards.EXPECTED_INCREASES[f"revenue.{name}"], "currency": "INR"}]
        for name in ("gross", "net")
    }
    revenue["refunded"] = [{"amount": dashboards.EXPECTED_INCREASES["revenue.refunded"] + 1, "currency": "INR"}]
    output = StepOutput(lambda _line: None)
    admin = scripted_user(output, lambda _: httpx.Response(200, json={"revenue": revenue}))
    with pytest.raises(StepFailed, match=r"revenue\.refunded increased by 69901, not 69900"):
        dashboards.check_admin(admin, before, DemoCourses(admin))


def test_demo_polling_prints_only_the_last_response(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli._demo.client._POLL_SECONDS", 0)
    counts = iter(range(100))
    lines: list[str] = []
    output = StepOutput(lines.append)
    user = scripted_user(output, lambda _: httpx.Response(200, json={"count": next(counts)}))
    with output.step("three"):
        response = user.eventually("/api/x", lambda seen: seen.value_at("count") == 3)
    assert isinstance(response, Response)
    assert response.value_at("count") == 3
    assert lines == ["  ✓ three", "      me: GET /api/x > 200"]


def scripted_user(output: StepOutput, handler: Callable[[httpx.Request], httpx.Response]) -> ApiUser:
    http = httpx.Client(base_url="http://127.0.0.1:1", transport=httpx.MockTransport(handler))
    return ApiUser(http, output, "me")
