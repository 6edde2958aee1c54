"""What moves by itself: the stream, the schedules, and where their failures go."""

import json
from typing import Any

from functions.dashboards import projector
from infra.schedules import SCHEDULED
from shared.db import store
from tests.infra.conftest import Template


def source_of(template: Template) -> dict[str, Any]:
    (source,) = template.properties("Lambda::EventSourceMapping")
    return source


def matches(pattern: Any, event: Any) -> bool:
    """As Lambda filters: every name is there, and its value is one of the list."""
    if isinstance(pattern, list):
        return event in pattern
    return isinstance(event, dict) and all(
        name in event and matches(part, event[name]) for name, part in pattern.items()
    )


def delivered(template: Template, record: dict[str, Any]) -> bool:
    filters = source_of(template)["FilterCriteria"]["Filters"]
    return any(matches(json.loads(each["Pattern"]), record) for each in filters)


def record(name: str, *, old: str | None = None, new: str | None = None) -> dict[str, Any]:
    images = {"OldImage": old, "NewImage": new}
    return {
        "eventName": name,
        "dynamodb": {image: {"kind": {"S": kind}, "pk": {"S": "x"}} for image, kind in images.items() if kind},
    }


def test_a_change_starts_the_projector_exactly_when_it_projects_its_kind(template: Template) -> None:
    kinds = set(store.KINDS)
    assert set(projector.SOURCES) < kinds
    for kind in kinds:
        for change in (record("INSERT", new=kind), record("MODIFY", old=kind, new=kind), record("REMOVE", old=kind)):
            assert delivered(template, change) is (kind in projector.SOURCES), change


def test_the_filters_name_the_kinds_that_are_projected_and_no_other(template: Template) -> None:
    for each in source_of(template)["FilterCriteria"]["Filters"]:
        (image,) = json.loads(each["Pattern"])["dynamodb"].values()
        assert sorted(image["kind"]["S"]) == sorted(projector.SOURCES)


def test_a_poison_record_is_tried_halved_and_parked(template: Template) -> None:
    source = source_of(template)
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["BisectBatchOnFunctionError"] is True
    assert 0 < source["MaximumRetryAttempts"] <= 20
    assert source["StartingPosition"] == "TRIM_HORIZON"
    parked = source["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]
    assert template.resources[parked]["Type"] == "AWS::SQS::Queue"


def test_queues_are_encrypted_private_and_keep_two_weeks(template: Template) -> None:
    queues = template.properties("SQS::Queue")
    assert len(queues) == 2
    for queue in queues:
        assert queue["SqsManagedSseEnabled"] is True
        assert queue["MessageRetentionPeriod"] == 14 * 86_400
    for policy in template.properties("SQS::QueuePolicy"):
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_the_sweep_runs_every_five_minutes_and_the_books_are_checked_every_hour(template: Template) -> None:
    rates = {}
    for schedule in template.properties("Scheduler::Schedule"):
        function = template.resources[schedule["Target"]["Arn"]["Fn::GetAtt"][0]]["Properties"]["FunctionName"]
        rates[function.split("-", 2)[2]] = schedule["ScheduleExpression"]
        assert "DeadLetterConfig" in schedule["Target"]
        assert schedule["State"] == "ENABLED" if "State" in schedule else True
    assert rates == {"payments-sweep": "rate(5 minutes)", "payments-invariants": "rate(1 hour)"}


def test_a_run_that_fails_is_told_and_not_repeated(template: Template) -> None:
    configs = template.properties("Lambda::EventInvokeConfig")
    assert len(configs) == len(SCHEDULED)
    for config in configs:
        assert config["MaximumRetryAttempts"] == 0
        assert "OnFailure" in config["DestinationConfig"]


def test_a_run_ends_before_the_next_begins(template: Template) -> None:
    assert template.functions()["payments-sweep"]["Timeout"] < 300
