"""A role per function, made from the written table: actions one by one, keys narrowed where partitions allow."""

from collections import defaultdict
from collections.abc import Iterator

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import privileges
from infra.privileges import ANYWHERE
from infra.settings import StageSettings


def role_of(
    scope: Construct, function: str, settings: StageSettings, table: dynamodb.Table, failures: sqs.Queue
) -> iam.Role:
    """Nothing but what `privileges` says, its own log group, its own secret and traces."""
    role = iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    statements = [
        *_table_statements(function, table),
        iam.PolicyStatement(
            sid="Logs",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[_arn(scope, "logs", "log-group", f"{log_group_name(settings, function)}:log-stream:*")],
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
                # Secrets Manager appends a hyphen and six characters to the name.
                resources=[_arn(scope, "secretsmanager", "secret", f"{secret_name(settings, function)}-??????")],
            )
        )
    if function in privileges.QUEUES:
        statements.append(
            iam.PolicyStatement(
                sid="Failures", actions=list(privileges.QUEUES[function]), resources=[failures.queue_arn]
            )
        )
    # One policy of its own: adding to the default one would leave its order to the order of calls.
    role.attach_inline_policy(iam.Policy(scope, "Policy", statements=statements))
    return role


def log_group_name(settings: StageSettings, function: str) -> str:
    return f"/{settings.prefix}/{function}"


def secret_name(settings: StageSettings, function: str) -> str:
    return f"{settings.prefix}/{function}"


def _arn(scope: Construct, service: str, resource: str, name: str) -> str:
    return Stack.of(scope).format_arn(
        service=service, resource=resource, resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME
    )


def _table_statements(function: str, table: dynamodb.Table) -> Iterator[iam.PolicyStatement]:
    """One statement per set of partitions: the actions that are allowed on exactly these."""
    for index in sorted({grant.index or "" for grant in privileges.GRANTS[function]}):
        partitions_of: dict[str, set[str]] = defaultdict(set)
        for grant in privileges.GRANTS[function]:
            if (grant.index or "") == index:
                for action in grant.actions:
                    partitions_of[action].add(grant.partition)
        actions_on: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for action, found in sorted(partitions_of.items()):
            actions_on[tuple(sorted(found))].append(f"dynamodb:{action}")
        arn = f"{table.table_arn}/index/{index}" if index else table.table_arn
        for partitions, actions in sorted(actions_on.items()):
            keys = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(partitions)}}
            yield iam.PolicyStatement(
                actions=actions, resources=[arn], conditions=None if partitions == (ANYWHERE,) else keys
            )
