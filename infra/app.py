"""The CDK app: `-c stage=prod` chooses a stage of cdk.json."""

import sys

from aws_cdk import App, CliCredentialsStackSynthesizer

from infra import nag_rules
from infra.packages.build import Package, build
from infra.resources.cloudfront import CloudFrontStack
from infra.settings import InvalidStage, StageSettings, read
from infra.stack import Backend


def make(app: App, settings: StageSettings, packages: dict[str, Package]) -> Backend:
    """The stack of a stage in `app`. For AWS it is held to rules that end its synthesis when it breaks one."""
    # An emulator enforces roles, but not those that a bootstrapped account deploys with.
    synthesizer = {"synthesizer": CliCredentialsStackSynthesizer()} if settings.emulator else {}
    backend = Backend(app, settings, packages, **synthesizer)
    edge = CloudFrontStack(app, settings, settings.edge) if settings.edge else None
    if not settings.emulator:
        nag_rules.apply_rules(app, backend, edge)
    return backend


def main() -> None:
    app = App()
    try:
        context = {name: app.node.try_get_context(name) for name in (*StageSettings.__dataclass_fields__, "stages")}
        settings = read({name: value for name, value in context.items() if value is not None})
    except InvalidStage as sentence:
        sys.exit(str(sentence))
    make(app, settings, build(settings.target))
    app.synth()


if __name__ == "__main__":
    main()
