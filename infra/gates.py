"""The rules every synthesis is held to (AWS Solutions, Serverless), and what is excepted, each with its reason."""

from typing import Final

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks
from constructs import IConstruct

from infra.blueprints import FUNCTIONS
from infra.edge import EdgeStack
from infra.schedules import SCHEDULED
from infra.stack import Backend

_COMPILED: Final = "packages bring bytecode, and the interpreter that makes it on any machine is Python 3.13"
_PARKED: Final = "it is a dead-letter queue itself, with an alarm"


def apply(app: App, backend: Backend, edge: EdgeStack | None) -> None:
    """A finding that has no reason here ends the synthesis."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(), ServerlessChecks())
    _except(
        backend.api,
        {
            "AwsSolutions::AwsSolutions-APIG4": "the functions check the access token before all else of a request, "
            "and a test holds every route to the roles that may call it",
        },
    )
    for queue in (backend.stream_failures, backend.schedules.failures):
        _except(queue, {"AwsSolutions::AwsSolutions-SQS3": _PARKED, "Serverless::Serverless-SQSRedrivePolicy": _PARKED})
    _except(
        backend.stream,
        {"AwsSolutions::AwsSolutions-IAM5[Resource::*]": "dynamodb:ListStreams has no narrower resource"},
    )
    _except(
        backend.alarms.topic,
        {"Serverless::Serverless-SNSRedrivePolicy": "mail has no queue to be parked in; the alarm itself stays"},
    )
    if edge:
        _except(
            edge.distribution,
            {
                "AwsSolutions::AwsSolutions-CFR1": "learners are everywhere",
                "AwsSolutions::AwsSolutions-CFR3": "the API logs every request, without addresses' queries, which "
                "CloudFront's logs would hold",
            },
        )
    for blueprint in FUNCTIONS:
        _except_function(backend, blueprint.name)


def _except_function(backend: Backend, name: str) -> None:
    streams = (
        f"arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:/{backend.prefix}/{name}:log-stream:*"
    )
    queued = (
        "an on-failure destination keeps what fails" if name in SCHEDULED or _streams(name) else "nothing is queued"
    )
    _except(
        backend.functions.by_name[name],
        {
            "AwsSolutions::AwsSolutions-L1": _COMPILED,
            "Serverless::Serverless-LambdaLatestVersion": _COMPILED,
            "Serverless::Serverless-LambdaDLQ": queued,
        },
    )
    _except(
        backend.functions.scopes[name],
        {
            f"AwsSolutions::AwsSolutions-IAM5[Resource::{streams}]": "Lambda names its log streams",
            "AwsSolutions::AwsSolutions-IAM5[Resource::*]": "traces have no resource",
        },
    )


def _streams(name: str) -> bool:
    return name == "dashboards-projector"


def _except(construct: IConstruct, reasons: dict[str, str]) -> None:
    Validations.of(construct).acknowledge(*(Acknowledgment(id=rule, reason=why) for rule, why in reasons.items()))
