"""The rules bite: what breaks one ends the synthesis, and every exception has a reason and is needed."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra import nag_rules, settings
from infra.packages.build import Package
from tests.infra.conftest import context
from tests.infra.test_cloudfront import DOMAIN, EDGE


def build_app(folder: Path, stage: str, packages: dict[str, Package], **given: Any) -> tuple[Any, Any]:
    """The app that is deployed, and its stack."""
    from aws_cdk import App

    from infra import app

    chosen = context(stage, **given)
    cdk = App(outdir=str(folder), context=chosen, analytics_reporting=False)
    return cdk, app.make(cdk, settings.read(chosen), packages)


def read_report(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "validation-report.json").read_text())["pluginReports"]
    return found


def test_nag_rule_violation_without_exception_fails_the_synthesis(
    empty_packages: dict[str, Package], tmp_path: Path
) -> None:
    from aws_cdk import aws_sqs as sqs

    cdk, backend = build_app(tmp_path, "dev", empty_packages)
    sqs.Queue(backend, "Careless")
    with pytest.raises(RuntimeError, match="ValidationFailed") as ended:
        cdk.synth()
    for rule in ("AwsSolutions::AwsSolutions-SQS4", "Serverless::Serverless-SQSRedrivePolicy"):
        assert f"Acknowledge with '{rule}'" in str(ended.value)


def test_nag_packs_report_no_violation_and_every_exception_is_used(
    empty_packages: dict[str, Package], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    excepted: set[tuple[str, str]] = set()
    accept = nag_rules._acknowledge

    def noting(construct: Any, reasons: dict[str, str]) -> None:
        excepted.update((construct.node.path, rule) for rule in reasons)
        accept(construct, reasons)

    monkeypatch.setattr(nag_rules, "_acknowledge", noting)
    cdk, _ = build_app(tmp_path, "prod", empty_packages, domain=DOMAIN, edge=EDGE)
    cdk.synth()
    reports = read_report(tmp_path)
    assert {report["pluginName"] for report in reports} == {"AwsSolutions", "Serverless"}
    assert [violation for report in reports for violation in report["violations"]] == []
    suppressed = [each for report in reports for each in report["suppressedViolations"]]
    assert all(len(each["reason"]) > 15 for each in suppressed)
    assert {(each["acknowledgedAt"], each["acknowledgedId"]) for each in suppressed} == excepted
