"""The rules every synthesis is held to (AWS Solutions, Serverless), and what is excepted, each with its reason."""

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from infra.stack import Backend


def apply(app: App, backend: Backend) -> None:
    """A finding ends the synthesis."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(), ServerlessChecks())
