"""Connects the table's stream to the projector: filters by projected kinds, and keeps records that fail."""

import json
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from functions.dashboards import projector
from infra.settings import StageSettings

_BATCH_SIZE: Final = 50
_MAX_RETRIES: Final = 10
_RETENTION: Final = Duration.days(14)


def create_failure_queue(scope: Construct, name: str, settings: StageSettings) -> sqs.Queue:
    """A dead-letter queue that retains messages for two weeks; `Alarms` adds an alarm for it."""
    return sqs.Queue(
        scope,
        name,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=not settings.emulator,  # an emulator has no TLS, so the policy would deny every call
        retention_period=_RETENTION,
    )


class Stream(Construct):
    """Records that fail every retry are sent to `failures`, so that they do not block the records behind them."""

    def __init__(
        self, scope: Construct, table: dynamodb.Table, projector_function: lambda_.Function, failures: sqs.Queue
    ) -> None:
        super().__init__(scope, "Stream")
        access = iam.Policy(
            self,
            "Access",
            statements=[
                iam.PolicyStatement(
                    sid="Stream",
                    actions=["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
                    resources=[str(table.table_stream_arn)],
                ),
                # This action supports no narrower resource.
                iam.PolicyStatement(sid="Streams", actions=["dynamodb:ListStreams"], resources=["*"]),
                iam.PolicyStatement(sid="Failures", actions=["sqs:SendMessage"], resources=[failures.queue_arn]),
            ],
        )
        role = projector_function.role
        assert role is not None  # noqa: S101 (every function of ours has one)
        access.attach_to_role(role)
        source = lambda_.CfnEventSourceMapping(
            self,
            "Source",
            function_name=projector_function.function_arn,
            event_source_arn=table.table_stream_arn,
            starting_position="TRIM_HORIZON",
            batch_size=_BATCH_SIZE,
            maximum_batching_window_in_seconds=0,
            bisect_batch_on_function_error=True,
            maximum_retry_attempts=_MAX_RETRIES,
            maximum_record_age_in_seconds=int(Duration.hours(12).to_seconds()),
            function_response_types=["ReportBatchItemFailures"],
            destination_config=lambda_.CfnEventSourceMapping.DestinationConfigProperty(
                on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(destination=failures.queue_arn)
            ),
            filter_criteria=lambda_.CfnEventSourceMapping.FilterCriteriaProperty(
                filters=[
                    lambda_.CfnEventSourceMapping.FilterProperty(pattern=json.dumps(each)) for each in stream_filters()
                ]
            ),
        )
        source.node.add_dependency(access)


def stream_filters() -> list[dict[str, object]]:
    """Filter patterns for changes of projected kinds: by the new image, or by the old image of a removed item."""
    kinds = {"kind": {"S": sorted(projector.SOURCES)}}
    return [{"dynamodb": {"NewImage": kinds}}, {"eventName": ["REMOVE"], "dynamodb": {"OldImage": kinds}}]
