"""The cdk-nag rules of every synthesis (AWS Solutions, Serverless), and the exceptions with their reasons."""

from typing import Final

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks
from constructs import IConstruct

from infra.function_specs import FUNCTIONS
from infra.resources.cloudfront import CloudFrontStack
from infra.resources.schedules import SCHEDULED
from infra.stack import Backend

_BYTECODE_REASON: Final = "packages contain bytecode, which every machine can compile for Python 3.13 only"
_DEAD_LETTER_REASON: Final = "it is a dead-letter queue itself, with an alarm"


def apply_rules(app: App, backend: Backend, edge: CloudFrontStack | None) -> None:
    """Adds the rules to the app. A violation without an exception here fails the synthesis."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(), ServerlessChecks())
    _acknowledge(
        backend.api,
        {
            "AwsSolutions::AwsSolutions-APIG4": "the functions check the access token before they process a request, "
            "and a test compares each route with the roles that may call it",
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
        {"AwsSolutions::AwsSolutions-IAM5[Resource::*]": "dynamodb:ListStreams supports no narrower resource"},
    )
    _acknowledge(
        backend.alarms.topic,
        {"Serverless::Serverless-SNSRedrivePolicy": "an e-mail subscription has no dead-letter queue; the alarm stays"},
    )
    if edge:
        _acknowledge(
            edge.distribution,
            {
                "AwsSolutions::AwsSolutions-CFR1": "learners are in every country",
                "AwsSolutions::AwsSolutions-CFR3": "the API logs every request without the query string, which "
                "CloudFront's logs would contain",
            },
        )
    for spec in FUNCTIONS:
        _acknowledge_function(backend, spec.name)


def _acknowledge_function(backend: Backend, name: str) -> None:
    log_streams = (
        f"arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:/{backend.prefix}/{name}:log-stream:*"
    )
    has_failure_queue = name in SCHEDULED or _is_stream_consumer(name)
    _acknowledge(
        backend.functions.by_name[name],
        {
            "AwsSolutions::AwsSolutions-L1": _BYTECODE_REASON,
            "Serverless::Serverless-LambdaLatestVersion": _BYTECODE_REASON,
            "Serverless::Serverless-LambdaDLQ": (
                "an on-failure destination stores failed events"
                if has_failure_queue
                else "callers invoke it synchronously"
            ),
        },
    )
    _acknowledge(
        backend.functions.scopes[name],
        {
            f"AwsSolutions::AwsSolutions-IAM5[Resource::{log_streams}]": "Lambda chooses the names of log streams",
            "AwsSolutions::AwsSolutions-IAM5[Resource::*]": "X-Ray actions support no resource",
        },
    )


def _is_stream_consumer(name: str) -> bool:
    return name == "dashboards-projector"


def _acknowledge(construct: IConstruct, reasons: dict[str, str]) -> None:
    """Exempts the construct from rules. `reasons`: rule id to reason."""
    Validations.of(construct).acknowledge(*(Acknowledgment(id=rule, reason=why) for rule, why in reasons.items()))
