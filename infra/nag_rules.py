"""The rules every synthesis is held to (AWS Solutions, Serverless), and what is excepted, each with its reason."""

from typing import Final

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks
from constructs import IConstruct

from infra.function_specs import FUNCTIONS
from infra.resources.cloudfront import CloudFrontStack
from infra.resources.schedules import SCHEDULED
from infra.stack import Backend

_BYTECODE_REASON: Final = "packages bring bytecode, and the interpreter that makes it on any machine is Python 3.13"
_DEAD_LETTER_REASON: Final = "it is a dead-letter queue itself, with an alarm"


def apply_rules(app: App, backend: Backend, edge: CloudFrontStack | None) -> None:
    """A finding that has no reason here ends the synthesis."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(), ServerlessChecks())
    _acknowledge(
        backend.api,
        {
            "AwsSolutions::AwsSolutions-APIG4": "the functions check the access token before all else of a request, "
            "and a test holds every route to the roles that may call it",
        },
    )
    for queue in (backend.stream_failures, backend.schedules.failures):
        _acknowledge(
            queue,
            {
                "AwsSolutions::AwsSolutions-SQS3": _DEAD_LETTER_REASON,
                "Serverless::Serverless-SQSRedrivePolicy": _DEAD_LETTER_REASON,
            },
        )
    _acknowledge(
        backend.stream,
        {"AwsSolutions::AwsSolutions-IAM5[Resource::*]": "dynamodb:ListStreams has no narrower resource"},
    )
    _acknowledge(
        backend.alarms.topic,
        {"Serverless::Serverless-SNSRedrivePolicy": "mail has no queue to be parked in; the alarm itself stays"},
    )
    if edge:
        _acknowledge(
            edge.distribution,
            {
                "AwsSolutions::AwsSolutions-CFR1": "learners are everywhere",
                "AwsSolutions::AwsSolutions-CFR3": "the API logs every request, without addresses' queries, which "
                "CloudFront's logs would hold",
            },
        )
    for blueprint in FUNCTIONS:
        _acknowledge_function(backend, blueprint.name)


def _acknowledge_function(backend: Backend, name: str) -> None:
    streams = (
        f"arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:/{backend.prefix}/{name}:log-stream:*"
    )
    queued = (
        "an on-failure destination keeps what fails"
        if name in SCHEDULED or _is_stream_consumer(name)
        else "nothing is queued"
    )
    _acknowledge(
        backend.functions.by_name[name],
        {
            "AwsSolutions::AwsSolutions-L1": _BYTECODE_REASON,
            "Serverless::Serverless-LambdaLatestVersion": _BYTECODE_REASON,
            "Serverless::Serverless-LambdaDLQ": queued,
        },
    )
    _acknowledge(
        backend.functions.scopes[name],
        {
            f"AwsSolutions::AwsSolutions-IAM5[Resource::{streams}]": "Lambda names its log streams",
            "AwsSolutions::AwsSolutions-IAM5[Resource::*]": "traces have no resource",
        },
    )


def _is_stream_consumer(name: str) -> bool:
    return name == "dashboards-projector"


def _acknowledge(construct: IConstruct, reasons: dict[str, str]) -> None:
    Validations.of(construct).acknowledge(*(Acknowledgment(id=rule, reason=why) for rule, why in reasons.items()))
