"""A role per function, made from the written table: actions one by one, keys narrowed where partitions allow."""

from collections import defaultdict
from collections.abc import Iterator

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra import privileges
from infra.privileges import ANYWHERE
from infra.settings import StageSettings


def role_of(
    scope: Construct, function: str, settings: StageSettings, table: dynamodb.Table, log_group: logs.LogGroup
) -> iam.Role:
    """Nothing but what `privileges` says, its own log group, its own secret and traces."""
    role = iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    statements = [
        *_table_statements(function, table),
        iam.PolicyStatement(
            sid="Logs",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[f"{log_group.log_group_arn.removesuffix(':*')}:log-stream:*"],
        ),
        iam.PolicyStatement(
            sid="Traces",
            actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
            resources=["*"],
        ),
    ]
    if privileges.SECRETS[function]:
        statements.append(
            iam.PolicyStatement(
                sid="Secret",
                actions=["secretsmanager:GetSecretValue"],
                resources=[_secret_arn(scope, settings, function)],
            )
        )
    # One policy of its own: adding to the default one would leave its order to the order of calls.
    role.attach_inline_policy(iam.Policy(scope, "Policy", statements=statements))
    return role


def secret_name(settings: StageSettings, function: str) -> str:
    return f"{settings.prefix}/{function}"


def _secret_arn(scope: Construct, settings: StageSettings, function: str) -> str:
    """By name: Secrets Manager appends six characters, which `?` stands for one by one."""
    stack = Stack.of(scope)
    return stack.format_arn(
        service="secretsmanager",
        resource="secret",
        resource_name=f"{secret_name(settings, function)}-??????",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )


def _table_statements(function: str, table: dynamodb.Table) -> Iterator[iam.PolicyStatement]:
    """One statement per set of partitions: the actions that are allowed on exactly these."""
    for index in sorted({grant.index or "" for grant in privileges.TABLE[function]}):
        partitions_of: dict[str, set[str]] = defaultdict(set)
        for grant in privileges.TABLE[function]:
            if (grant.index or "") == index:
                for action in grant.actions:
                    partitions_of[action].add(grant.partition)
        actions_on: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for action, partitions in sorted(partitions_of.items()):
            actions_on[tuple(sorted(partitions))].append(f"dynamodb:{action}")
        arn = f"{table.table_arn}/index/{index}" if index else table.table_arn
        for partitions, actions in sorted(actions_on.items()):
            keys = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(partitions)}}
            yield iam.PolicyStatement(
                actions=actions, resources=[arn], conditions=None if partitions == (ANYWHERE,) else keys
            )
