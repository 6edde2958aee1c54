"""The stream, the schedules, and their dead-letter queues."""

import json
from typing import Any

from functions.dashboards import projector
from shared.db.table.base import KINDS
from tests.infra.conftest import Template


def stream_source(template: Template) -> dict[str, Any]:
    (source,) = template.properties("Lambda::EventSourceMapping")
    return source


def matches_pattern(pattern: Any, event: Any) -> bool:
    """Matches as a Lambda event filter does: every name is present, and its value is one of the list."""
    if isinstance(pattern, list):
        return event in pattern
    return isinstance(event, dict) and all(
        name in event and matches_pattern(part, event[name]) for name, part in pattern.items()
    )


def passes_filter(template: Template, record: dict[str, Any]) -> bool:
    filters = stream_source(template)["FilterCriteria"]["Filters"]
    return any(matches_pattern(json.loads(each["Pattern"]), record) for each in filters)


def make_record(name: str, *, old: str | None = None, new: str | None = None) -> dict[str, Any]:
    images = {"OldImage": old, "NewImage": new}
    return {
        "eventName": name,
        "dynamodb": {image: {"kind": {"S": kind}, "pk": {"S": "x"}} for image, kind in images.items() if kind},
    }


def test_stream_filter_starts_projector_only_for_projected_kinds(template: Template) -> None:
    kinds = set(KINDS)
    assert set(projector.SOURCES) < kinds
    for kind in kinds:
        for change in (
            make_record("INSERT", new=kind),
            make_record("MODIFY", old=kind, new=kind),
            make_record("REMOVE", old=kind),
        ):
            assert passes_filter(template, change) is (kind in projector.SOURCES), change


def test_stream_filters_list_exactly_the_projected_kinds(template: Template) -> None:
    for each in stream_source(template)["FilterCriteria"]["Filters"]:
        (image,) = json.loads(each["Pattern"])["dynamodb"].values()
        assert sorted(image["kind"]["S"]) == sorted(projector.SOURCES)


def test_stream_failure_is_retried_bisected_and_sent_to_a_queue(template: Template) -> None:
    source = stream_source(template)
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["BisectBatchOnFunctionError"] is True
    assert 0 < source["MaximumRetryAttempts"] <= 20
    assert source["StartingPosition"] == "TRIM_HORIZON"
    queue = source["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]
    assert template.resources[queue]["Type"] == "AWS::SQS::Queue"


def test_queues_are_encrypted_tls_only_and_retain_14_days(template: Template) -> None:
    queues = template.properties("SQS::Queue")
    assert len(queues) == 2
    for queue in queues:
        assert queue["SqsManagedSseEnabled"] is True
        assert queue["MessageRetentionPeriod"] == 14 * 86_400
    for policy in template.properties("SQS::QueuePolicy"):
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_schedules_run_each_function_at_its_time_with_its_event(template: Template) -> None:
    rates: dict[str, list[tuple[str, Any]]] = {}
    for schedule in template.properties("Scheduler::Schedule"):
        function = template.resources[schedule["Target"]["Arn"]["Fn::GetAtt"][0]]["Properties"]["FunctionName"]
        times = rates.setdefault(function.split("-", 2)[2], [])
        times.append((schedule["ScheduleExpression"], json.loads(schedule["Target"]["Input"])))
        assert "DeadLetterConfig" in schedule["Target"]
        assert schedule["State"] == "ENABLED" if "State" in schedule else True
    assert {name: sorted(times) for name, times in rates.items()} == {
        "payments-sweep": [("rate(5 minutes)", {})],
        "payments-invariants": [("rate(1 hour)", {}), ("rate(15 minutes)", {"pass": "full"})],
        "payments-reconcile": [
            ("cron(15 20 * * ? *)", {"pass": "nightly"}),
            ("rate(1 hour)", {"pass": "hourly"}),
        ],
    }


def test_failed_scheduled_run_is_reported_and_not_retried(template: Template) -> None:
    configs = template.properties("Lambda::EventInvokeConfig")
    schedules = template.properties("Scheduler::Schedule")
    assert len(configs) == len({schedule["Target"]["Arn"]["Fn::GetAtt"][0] for schedule in schedules}) == 3
    for config in configs:
        assert config["MaximumRetryAttempts"] == 0
        assert "OnFailure" in config["DestinationConfig"]


def test_sweep_timeout_is_shorter_than_its_interval(template: Template) -> None:
    assert template.functions()["payments-sweep"]["Timeout"] < 300
