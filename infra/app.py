"""The CDK app. `-c stage=prod` selects a stage of cdk.json."""

import sys

from aws_cdk import App, CliCredentialsStackSynthesizer

from infra import nag_rules
from infra.packages.build import Package, build
from infra.resources.cloudfront import CloudFrontStack
from infra.settings import InvalidStage, StageSettings, read_stage
from infra.stack import Backend


def add_stacks(app: App, settings: StageSettings, packages: dict[str, Package]) -> Backend:
    """Adds the stacks of a stage to `app` and returns the main one.

    Stacks for AWS are checked by cdk-nag: a violation fails the synthesis. Stacks for an emulator are not.
    """
    # An emulator enforces the roles of the stack, but it has no roles of a bootstrapped account to deploy with.
    backend = Backend(
        app, settings, packages, synthesizer=CliCredentialsStackSynthesizer() if settings.emulator else None
    )
    edge = CloudFrontStack(app, settings, settings.edge) if settings.edge else None
    if not settings.emulator:
        nag_rules.apply_rules(app, backend, edge)
    return backend


def main() -> None:
    app = App()
    try:
        context = {name: app.node.try_get_context(name) for name in (*StageSettings.__dataclass_fields__, "stages")}
        settings = read_stage({name: value for name, value in context.items() if value is not None})
    except InvalidStage as error:
        sys.exit(str(error))
    add_stacks(app, settings, build(settings.target))
    app.synth()


if __name__ == "__main__":
    main()
