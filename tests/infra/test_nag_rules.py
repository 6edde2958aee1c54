"""cdk-nag: a violation fails the synthesis, and every exception has a reason and is used."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infra import nag_rules, settings
from infra.packages.build import Package
from tests.infra.conftest import context
from tests.infra.test_cloudfront import DOMAIN, EDGE

if TYPE_CHECKING:
    from aws_cdk import App

    from infra.stack import Backend


def build_app(folder: Path, stage: str, packages: dict[str, Package], **overrides: Any) -> tuple["App", "Backend"]:
    """The app as it is deployed, and its main stack."""
    from aws_cdk import App

    from infra.app import add_stacks

    stage_context = context(stage, **overrides)
    app = App(outdir=str(folder), context=stage_context, analytics_reporting=False)
    return app, add_stacks(app, settings.read_stage(stage_context), packages)


def read_report(folder: Path) -> list[dict[str, Any]]:
    reports: list[dict[str, Any]] = json.loads((folder / "validation-report.json").read_text())["pluginReports"]
    return reports


def test_nag_rule_violation_without_exception_fails_the_synthesis(
    empty_packages: dict[str, Package], tmp_path: Path
) -> None:
    from aws_cdk import aws_sqs as sqs

    app, backend = build_app(tmp_path, "dev", empty_packages)
    sqs.Queue(backend, "Unencrypted")
    with pytest.raises(RuntimeError, match="ValidationFailed") as failure:
        app.synth()
    for rule in ("AwsSolutions::AwsSolutions-SQS4", "Serverless::Serverless-SQSRedrivePolicy"):
        assert f"Acknowledge with '{rule}'" in str(failure.value)


def test_nag_packs_report_no_violation_and_every_exception_is_used(
    empty_packages: dict[str, Package], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exceptions: set[tuple[str, str]] = set()
    acknowledge = nag_rules._acknowledge

    def record_and_acknowledge(construct: Any, reasons: dict[str, str]) -> None:
        exceptions.update((construct.node.path, rule) for rule in reasons)
        acknowledge(construct, reasons)

    monkeypatch.setattr(nag_rules, "_acknowledge", record_and_acknowledge)
    app, _ = build_app(tmp_path, "prod", empty_packages, domain=DOMAIN, edge=EDGE)
    app.synth()
    reports = read_report(tmp_path)
    assert {report["pluginName"] for report in reports} == {"AwsSolutions", "Serverless"}
    assert [violation for report in reports for violation in report["violations"]] == []
    suppressed = [each for report in reports for each in report["suppressedViolations"]]
    assert all(len(each["reason"]) > 15 for each in suppressed)
    assert {(each["acknowledgedAt"], each["acknowledgedId"]) for each in suppressed} == exceptions
