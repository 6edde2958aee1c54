"""Alarms notify the topic and link a runbook; metrics match the functions' logs and emitted metrics."""

import re
from inspect import getsource
from typing import Any

from functions.payments import (
    invariants_handler,
    razorpay_evidence,
    reconcile_handler,
    sweep_handler,
    webhook,
)
from functions.payments.checkout import adopt_order, verify
from functions.payments.polling import due_receipts
from functions.payments.polling.sweep_report import SweepReport
from functions.payments.reconciliation import passes
from functions.payments.refunds import execute_refunds, sync_refunds
from infra.packages.import_closure import ROOT
from shared.db.table import unreadable_items
from shared.observability import NAMESPACE
from shared.settlement import claim_writing, settle
from tests.infra.conftest import Template

RUNBOOKS = ROOT / "docs" / "runbooks"


def test_every_alarm_links_a_runbook_and_notifies_the_topic(template: Template) -> None:
    (topic,) = template.of_type("SNS::Topic")
    alarms = template.properties("CloudWatch::Alarm")
    assert len(alarms) > 30
    for alarm in alarms:
        link = re.fullmatch(r"See docs/runbooks/([a-z-]+\.md)", alarm["AlarmDescription"])
        assert link, alarm
        assert (RUNBOOKS / link[1]).is_file(), link[1]
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": topic}]


def test_every_runbook_belongs_to_an_alarm_and_has_its_three_sections(template: Template) -> None:
    linked = {alarm["AlarmDescription"].rpartition("/")[2] for alarm in template.properties("CloudWatch::Alarm")}
    pages = {page.name for page in RUNBOOKS.glob("*.md")} - {"README.md"}
    assert pages - linked <= {"no-orders.md", "restore.md"}
    for page in pages:
        text = (RUNBOOKS / page).read_text()
        for section in ("## What it means", "## What to run", "## What to tell"):
            assert section in text, (page, section)


def test_missing_data_alarms_exist_for_sweep_invariants_and_orders(prod: Template) -> None:
    alarms_when_missing = {
        alarm["AlarmName"]
        for alarm in prod.properties("CloudWatch::Alarm")
        if alarm["TreatMissingData"] == "breaching" and alarm["ComparisonOperator"] == "LessThanThreshold"
    }
    assert alarms_when_missing == {
        "lectern-prod-sweep-silent",
        "lectern-prod-invariants-silent",
        "lectern-prod-reconciliation-silent",
        "lectern-prod-no-orders",
    }


def test_alarm_topic_accepts_only_cloudwatch_of_this_account(template: Template) -> None:
    (policy,) = template.properties("SNS::TopicPolicy")
    allowed = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    assert [each["Principal"] for each in allowed] == [{"Service": "cloudwatch.amazonaws.com"}]
    assert allowed[0]["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_metric_filters_match_messages_the_functions_log(template: Template) -> None:
    source = "\n".join(getsource(module) for module in (sweep_handler, verify, webhook))
    source += "\n".join(file.read_text() for file in (ROOT / "functions" / "auth").glob("*.py"))
    for metric_filter in template.properties("Logs::MetricFilter"):
        for message in re.findall(r'\$\.message = "([^"]+)"', metric_filter["FilterPattern"]):
            assert f'"{message}"' in source, message
        value = metric_filter["MetricTransformations"][0]["MetricValue"]
        if value.startswith("$."):
            assert value.removeprefix("$.") in set(SweepReport.__dataclass_fields__), value


def test_sweep_slow_alarm_fires_when_a_run_may_make_a_learner_wait_15_minutes(prod: Template) -> None:
    """Minutes: 7.5 between two polls, 5 until a run begins, and the run."""
    (alarm,) = (each for each in prod.properties("CloudWatch::Alarm") if each["AlarmName"] == "lectern-prod-sweep-slow")
    assert (alarm["MetricName"], alarm["Statistic"], alarm["Threshold"]) == ("Duration", "Maximum", 150_000)
    assert 7.5 + 5 + alarm["Threshold"] / 60_000 == 15


def alarms_of_service(template: Template, service: str) -> list[dict[str, Any]]:
    """The alarms on metrics that this service emits."""
    return [each for each in watched_metrics(template) if {"Name": "service", "Value": service} in each["Dimensions"]]


def watched_metrics(template: Template) -> list[dict[str, Any]]:
    """The alarms of metrics that the functions emit."""
    return [each for each in template.properties("CloudWatch::Alarm") if each.get("Namespace") == NAMESPACE]


def test_event_alarms_watch_the_metrics_the_functions_emit(template: Template) -> None:
    sources = {
        "webhook": getsource(webhook),
        "adoption": getsource(adopt_order),
        "refunds": getsource(razorpay_evidence) + getsource(execute_refunds) + getsource(sync_refunds),
        "store": getsource(unreadable_items),
        "settlement": getsource(settle) + getsource(claim_writing),
        "receipts": getsource(due_receipts),
    }
    watched = {
        (service, alarm["MetricName"]): alarm["Statistic"]
        for service in sources
        for alarm in alarms_of_service(template, service)
    }
    assert watched == {
        ("webhook", "webhooks_unreadable"): "Sum",
        ("adoption", "orders_orphaned"): "Sum",
        ("settlement", "payments_on_hold"): "Sum",
        ("settlement", "attempts_unlisted"): "Sum",
        ("settlement", "coupons_not_written"): "Sum",
        ("receipts", "notes_without_receipt"): "Sum",
        ("refunds", "refund_statuses_unknown"): "Sum",
        ("refunds", "refunds_rejected"): "Sum",
        ("refunds", "refunds_unreadable"): "Sum",
        ("store", "items_unreadable"): "Sum",
    }
    for service, name in watched:
        assert f'emit_metrics("{service}", {{"{name}": 1}})' in sources[service]


def test_invariant_alarms_watch_the_metrics_the_function_emits(template: Template) -> None:
    source = getsource(invariants_handler)
    watched = alarms_of_service(template, "invariants")
    assert {each["MetricName"] for each in watched} == {
        "breaches",
        "oldest_refund_hours",
        "oldest_learner_request_hours",
        "disputes_due",
        "disputes_unknown",
        "pass_age_hours",
        "unexamined_hours",
    }
    for each in watched:
        assert f'"{each["MetricName"]}":' in source
    assert re.search(r'emit_metrics\(\s*"invariants",', source)


def test_reconciliation_alarms_watch_the_metrics_the_function_emits(template: Template) -> None:
    source = getsource(reconcile_handler)
    alarms = alarms_of_service(template, "reconciliation")
    watched = {each["MetricName"]: (each["Threshold"], each["EvaluationPeriods"], each["Period"]) for each in alarms}
    assert watched == {
        "hourly_lag_minutes": (180, 1, 3600),
        "nightly_lag_minutes": (2_880, 1, 3600),
        "differences_open": (1, 1, 3600),
        "reconciliation_failed": (1, 3, 3600),
        "entities_unreadable": (1, 3, 3600),
        "settlements_unexplained": (1, 1, 3600),
    }
    for name in ("differences_open", "reconciliation_failed", "entities_unreadable"):
        assert f'"{name}":' in source
    assert 'f"{name}_lag_minutes":' in source
    assert [which.name for which in passes.PASSES] == ["hourly", "nightly"]
    assert re.search(r'emit_metrics\(\s*"reconciliation",', source)


def test_on_call_address_is_subscribed_in_prod_only(prod: Template, dev: Template) -> None:
    (subscription,) = prod.properties("SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "on-call@example.com")
    assert dev.properties("SNS::Subscription") == []


def test_dashboard_shows_routes_access_logs_and_lag(template: Template) -> None:
    (page,) = template.properties("CloudWatch::Dashboard")
    body = "".join(part if isinstance(part, str) else "x" for part in page["DashboardBody"]["Fn::Join"][1])
    assert "by route" in body
    assert "/aws/vendedlogs/lectern/" in body
    assert "OldestDueSeconds" in body
    assert "IteratorAge" in body
