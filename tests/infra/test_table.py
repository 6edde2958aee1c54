"""The table of the template equals the table that the other tests use."""

from typing import Any

import pytest

from infra.packages.import_closure import ROOT
from tests.infra.conftest import Template


@pytest.fixture
def table(template: Template) -> dict[str, Any]:
    (found,) = template.of_type("DynamoDB::Table").values()
    return found


def test_table_schema_equals_the_local_table(table: dict[str, Any]) -> None:
    from local.dynamodb import engine

    local_table: dict[str, Any] = engine.TABLE_DEFINITION
    properties = table["Properties"]
    assert properties["KeySchema"] == local_table["KeySchema"]
    assert properties["BillingMode"] == local_table["BillingMode"]
    assert properties["StreamSpecification"] == {"StreamViewType": local_table["StreamSpecification"]["StreamViewType"]}
    by_name = {index["IndexName"]: index for index in properties["GlobalSecondaryIndexes"]}
    assert by_name == {index["IndexName"]: index for index in local_table["GlobalSecondaryIndexes"]}
    attributes = {each["AttributeName"]: each["AttributeType"] for each in properties["AttributeDefinitions"]}
    assert attributes == {each["AttributeName"]: each["AttributeType"] for each in local_table["AttributeDefinitions"]}


def test_table_has_point_in_time_recovery_encryption_and_ttl(table: dict[str, Any]) -> None:
    properties = table["Properties"]
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_prod_table_and_logs_are_retained_and_dev_table_is_deleted(prod: Template, dev: Template) -> None:
    (retained,), (deleted,) = prod.of_type("DynamoDB::Table").values(), dev.of_type("DynamoDB::Table").values()
    assert retained["Properties"]["DeletionProtectionEnabled"] is True
    assert (retained["DeletionPolicy"], retained["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert (deleted["DeletionPolicy"], deleted["UpdateReplacePolicy"]) == ("Delete", "Delete")
    for name, log in prod.of_type("Logs::LogGroup").items():
        assert (log["DeletionPolicy"], log["Properties"]["RetentionInDays"]) == ("Retain", 365), name


def test_retained_resources_are_only_tables_and_log_groups(template: Template) -> None:
    retained = {each["Type"] for each in template.resources.values() if each.get("DeletionPolicy") == "Retain"}
    assert retained <= {"AWS::DynamoDB::Table", "AWS::Logs::LogGroup"}


def test_data_model_page_names_the_ttl_attribute() -> None:
    assert "expires_at" in (ROOT / "docs" / "data-model.md").read_text()
