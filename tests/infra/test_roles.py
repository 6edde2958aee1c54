"""The roles of the template grant exactly what the privilege table lists."""

from collections import defaultdict
from typing import Any

import pytest

from infra import privileges
from tests.infra.conftest import Template

Statement = dict[str, Any]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(template: Template, function: str) -> list[Statement]:
    """The statements of all policies of the function's role."""
    role = template.functions()[function]["Role"]["Fn::GetAtt"][0]
    properties = template.resources[role]["Properties"]
    assert "ManagedPolicyArns" not in properties
    assert "Policies" not in properties
    policies = template.properties("IAM::Policy")
    return [
        statement
        for policy in policies
        if {"Ref": role} in policy["Roles"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def table_grants(template: Template, function: str) -> set[tuple[str, str, str | None]]:
    """(action, partition, index) of every statement for the table or an index."""
    (table,) = template.of_type("DynamoDB::Table")
    granted = set()
    for statement in statements(template, function):
        index = None
        match statement["Resource"]:
            case {"Fn::GetAtt": [resource, "Arn"]} if resource == table:
                pass
            case {"Fn::Join": ["", [{"Fn::GetAtt": [resource, "Arn"]}, suffix]]} if resource == table:
                index = suffix.removeprefix("/index/")
            case _:
                continue
        assert statement["Effect"] == "Allow"
        condition = statement.get("Condition", {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["*"]}})
        assert list(condition) == ["ForAllValues:StringLike"]
        assert list(condition["ForAllValues:StringLike"]) == ["dynamodb:LeadingKeys"]
        for action in as_list(statement["Action"]):
            for partition in as_list(condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]):
                granted.add((action.removeprefix("dynamodb:"), partition, index))
    return granted


@pytest.mark.parametrize("function", privileges.GRANTS)
def test_function_role_grants_exactly_the_privilege_table(template: Template, function: str) -> None:
    granted = {
        (action, grant.partition, grant.index) for grant in privileges.GRANTS[function] for action in grant.actions
    }
    assert table_grants(template, function) == granted


@pytest.mark.parametrize("function", privileges.GRANTS)
def test_function_role_restricts_partition_keys_except_for_scan(template: Template, function: str) -> None:
    (table,) = template.of_type("DynamoDB::Table")
    for statement in statements(template, function):
        if table in str(statement["Resource"]) and "StreamArn" not in str(statement["Resource"]):
            is_scan = as_list(statement["Action"]) == ["dynamodb:Scan"]
            assert ("Condition" in statement) is not is_scan


@pytest.mark.parametrize("function", privileges.SECRETS)
def test_function_role_reads_only_its_own_secret(template: Template, function: str) -> None:
    secret_statements = [each for each in statements(template, function) if "secretsmanager" in str(each["Action"])]
    if not privileges.SECRETS[function]:
        assert secret_statements == []
        return
    (statement,) = secret_statements
    assert statement["Action"] == "secretsmanager:GetSecretValue"
    name = template.functions()[function]["Environment"]["Variables"]["LMS_SECRET_NAME"]
    assert statement["Resource"]["Fn::Join"][1][-1] == f":secret:{name}-??????"
    assert name.endswith(f"/{function}")


def test_function_role_reads_attributes_only_of_its_failure_queue(template: Template) -> None:
    for function in privileges.GRANTS:
        queue_statements = [
            each for each in statements(template, function) if "GetQueueAttributes" in str(each["Action"])
        ]
        url = template.functions()[function]["Environment"]["Variables"].get("LMS_PROJECTOR_FAILURES_URL")
        if function not in privileges.QUEUES:
            assert (queue_statements, url) == ([], None)
            continue
        (source,) = template.properties("Lambda::EventSourceMapping")
        queue = source["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]
        (statement,) = queue_statements
        assert as_list(statement["Action"]) == list(privileges.QUEUES[function])
        assert (statement["Resource"], url) == ({"Fn::GetAtt": [queue, "Arn"]}, {"Ref": queue})


def test_secret_privileges_give_each_key_only_to_its_users() -> None:
    readers = defaultdict(set)
    for function, names in privileges.SECRETS.items():
        for name in names:
            readers[name].add(function)
    assert readers["LMS_JWT_PRIVATE_KEY"] == readers["LMS_REFRESH_KEY"] == {"auth"}
    assert readers["LMS_RAZORPAY_WEBHOOK_SECRET"] == {"payments-webhook"}
    assert readers["LMS_RAZORPAY_KEY_SECRET"] == {
        "payments",
        "payments-webhook",
        "payments-sweep",
        "payments-reconcile",
    }


def test_policies_contain_no_wildcard_action(template: Template) -> None:
    for policy in template.properties("IAM::Policy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            assert not any("*" in action for action in as_list(statement["Action"])), statement
            assert "NotAction" not in statement
            assert "NotResource" not in statement


def test_policies_have_wildcard_resource_only_where_unavoidable(template: Template) -> None:
    without_resources = {"xray:PutTraceSegments", "xray:PutTelemetryRecords", "dynamodb:ListStreams"}
    for policy in template.properties("IAM::Policy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            for resource in as_list(statement["Resource"]):
                if resource == "*":
                    assert set(as_list(statement["Action"])) <= without_resources, statement
                else:
                    assert "*" not in str(resource).replace(":log-stream:*", ""), statement


@pytest.mark.parametrize("function", privileges.GRANTS)
def test_function_role_writes_only_to_its_own_log(template: Template, function: str) -> None:
    (log_statement,) = (each for each in statements(template, function) if "logs:" in str(each["Action"]))
    log = template.resources[template.functions()[function]["LoggingConfig"]["LogGroup"]["Ref"]]["Properties"]
    assert log_statement["Resource"]["Fn::Join"][1][-1] == f":log-group:{log['LogGroupName']}:log-stream:*"
    assert sorted(log_statement["Action"]) == ["logs:CreateLogStream", "logs:PutLogEvents"]


def test_functions_do_not_share_roles(template: Template) -> None:
    roles = [function["Role"]["Fn::GetAtt"][0] for function in template.functions().values()]
    assert len(set(roles)) == len(roles) == len(privileges.GRANTS)


def test_roles_are_assumable_only_by_lambda_and_scheduler(template: Template) -> None:
    services = {
        statement["Principal"]["Service"]
        for role in template.properties("IAM::Role")
        for statement in role["AssumeRolePolicyDocument"]["Statement"]
    }
    assert services == {"lambda.amazonaws.com", "scheduler.amazonaws.com"}
