"""The journey of `make demo`: it holds on the product, and it is able to say that something does not."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import typer

from cli import demo
from cli._demo import dashboards, run
from cli._demo.client import ApiUser, Response
from cli._demo.output import StepFailed, StepOutput


@pytest.fixture
def no_running_stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing runs from this clone, and no settings point elsewhere."""
    monkeypatch.delenv("LMS_TABLE_NAME")
    monkeypatch.setenv("LMS_LOCAL_DIR", str(tmp_path / "local"))


@pytest.mark.timeout(300)
def test_demo_without_running_stack_passes_all_48_steps_on_its_own(no_running_stack: None) -> None:
    lines: list[str] = []
    assert run.run_demo(lines.append), "\n".join(lines)
    marks = [line[:4] for line in lines]
    assert (marks.count("  ✓ "), marks.count("  ✗ ")) == (48, 0)
    assert lines[-1] == "\nall 48 steps held"
    assert lines[0] == "nothing runs here"
    assert any(line.endswith("POST /api/payments/verify > 400  code=signature_invalid") for line in lines)


def test_demo_with_a_gateway_other_than_the_fake_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as left:
        demo.command()
    assert left.value.exit_code == 2
    assert capsys.readouterr().err == (
        "the journey pays at the stand-in for Razorpay, and http://127.0.0.1:8000 uses http://127.0.0.1:9: "
        "stop it, and the journey starts an instance of its own\n"
    )


def test_demo_failed_step_is_reported_and_skips_the_rest_of_its_chapter() -> None:
    lines: list[str] = []
    teller = StepOutput(lines.append)
    somebody = scripted_user(teller, lambda _: httpx.Response(200, json={"status": "pending", "items": [{"id": 7}]}))
    reached = False
    with teller.scenario("One"):
        with teller.step("good"):
            somebody.get("/api/x").expect(200, {"status": "pending", "items.0.id": 7, "items.1.id": None})
        with teller.step("bad"):
            somebody.get("/api/x").expect(200, {"status": "active"})
        reached = True
    with teller.scenario("Two"), teller.step("a status"):
        somebody.get("/api/x").expect(409)
    assert not reached
    assert lines == [
        "\nOne",
        "  ✓ good",
        "      me: GET /api/x > 200  status=pending  items.0.id=7  items.1.id=None",
        "  ✗ bad",
        "      me: GET /api/x > 200  status=pending",
        "      expected status='active', got 'pending'",
        "    the rest of this chapter was not played",
        "\nTwo",
        "  ✗ a status",
        "      me: GET /api/x > 200",
        "      expected 409, got 200: {'status': 'pending', 'items': [{'id': 7}]}",
        "    the rest of this chapter was not played",
    ]
    assert teller.summary() == "1 of 3 steps held"


def test_demo_step_fails_on_connection_error_and_on_unexpected_response() -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    lines: list[str] = []
    teller = StepOutput(lines.append)
    with teller.scenario("Silence"), teller.step("a call"):
        scripted_user(teller, silent).get("/api/x")
    with teller.scenario("Nonsense"), teller.step("a key"):
        _ = {}["no such key"]
    assert (teller.passed, teller.failed) == (0, 2)
    assert lines[2] == "      ConnectError: refused"


def test_demo_dashboard_check_fails_on_a_difference_of_one_paisa(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli._demo.client.TIMEOUT_SECONDS", 0)
    before = dashboards.AdminCounters(dict.fromkeys(dashboards.EXPECTED_INCREASES, 0))
    revenue = {
        name: [{"amount": dashboards.EXPECTED_INCREASES[f"revenue.{name}"], "currency": "INR"}]
        for name in ("gross", "net")
    }
    revenue["refunded"] = [{"amount": dashboards.EXPECTED_INCREASES["revenue.refunded"] + 1, "currency": "INR"}]
    teller = StepOutput(lambda _line: None)
    admin = scripted_user(teller, lambda _: httpx.Response(200, json={"revenue": revenue}))
    with pytest.raises(StepFailed, match=r"revenue\.refunded grew by 59901, not 59900"):
        dashboards.check_admin(admin, before, dashboards.DemoCourses(admin))


def test_demo_polling_prints_only_the_last_response(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli._demo.client._POLL_SECONDS", 0)
    counts = iter(range(100))
    lines: list[str] = []
    teller = StepOutput(lines.append)
    somebody = scripted_user(teller, lambda _: httpx.Response(200, json={"count": next(counts)}))
    with teller.step("three"):
        answer = somebody.eventually("/api/x", lambda seen: seen.value_at("count") == 3)
    assert isinstance(answer, Response)
    assert answer.value_at("count") == 3
    assert lines == ["  ✓ three", "      me: GET /api/x > 200"]


def scripted_user(teller: StepOutput, answer: Callable[[httpx.Request], httpx.Response]) -> ApiUser:
    http = httpx.Client(base_url="http://127.0.0.1:1", transport=httpx.MockTransport(answer))
    return ApiUser(http, teller, "me")
