"""Creates the IAM role of each function from the privilege table."""

from collections import defaultdict
from collections.abc import Iterator

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import privileges
from infra.privileges import ANY_PARTITION
from infra.settings import StageSettings


def create_role(
    scope: Construct, function: str, settings: StageSettings, table: dynamodb.Table, failures: sqs.Queue
) -> iam.Role:
    """A role with the function's grants on the table, its log group, its secret and queue if it has one, and traces.

    `failures`: the dead-letter queue of the projector.
    """
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
    # A separate policy: the order of statements in the role's default policy would depend on the order of calls.
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
    """Yields the statements for the table and its indexes: one for each set of partitions and its actions."""
    for index in sorted({grant.index or "" for grant in privileges.GRANTS[function]}):
        arn = f"{table.table_arn}/index/{index}" if index else table.table_arn
        for partitions, actions in sorted(_actions_by_partitions(function, index).items()):
            keys = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(partitions)}}
            yield iam.PolicyStatement(
                actions=actions, resources=[arn], conditions=None if partitions == (ANY_PARTITION,) else keys
            )


def _actions_by_partitions(function: str, index: str) -> dict[tuple[str, ...], list[str]]:
    """Set of partitions (sorted) to the actions granted on exactly that set. `index` is "" for the table itself."""
    partitions_by_action: dict[str, set[str]] = defaultdict(set)
    for grant in privileges.GRANTS[function]:
        if (grant.index or "") == index:
            for action in grant.actions:
                partitions_by_action[action].add(grant.partition)
    actions_by_partitions: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for action, partitions in sorted(partitions_by_action.items()):
        actions_by_partitions[tuple(sorted(partitions))].append(f"dynamodb:{action}")
    return actions_by_partitions
