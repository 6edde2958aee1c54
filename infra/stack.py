"""The stack of a stage: table, functions, API, stream, schedules, metrics, alarms and dashboard."""

from aws_cdk import CfnOutput, IStackSynthesizer, Stack, Tags
from constructs import Construct

from infra.packages.build import Package
from infra.resources.alarms import Alarms
from infra.resources.api import Api
from infra.resources.dashboard import Dashboard
from infra.resources.database import Database
from infra.resources.functions import Functions
from infra.resources.metrics import Metrics
from infra.resources.schedules import Schedules
from infra.resources.stream import Stream, create_failure_queue
from infra.routes import all_routes
from infra.settings import StageSettings


class Backend(Stack):
    """Outputs: `Url` and `ApiId` of the API, `TableName`.

    `packages`: function to package. `synthesizer` is the CDK's default if None.
    """

    def __init__(
        self,
        scope: Construct,
        settings: StageSettings,
        packages: dict[str, Package],
        *,
        synthesizer: IStackSynthesizer | None = None,
    ) -> None:
        super().__init__(
            scope,
            f"Lectern-{settings.stage}",
            stack_name=f"lectern-{settings.stage}",
            description=f"Lectern, stage {settings.stage}",
            termination_protection=settings.keep_data,
            synthesizer=synthesizer,
        )
        Tags.of(self).add("product", "lectern")
        Tags.of(self).add("stage", settings.stage)
        self.prefix = settings.prefix
        table = Database(self, settings).table
        self.api = Api(self, settings)
        self.stream_failures = create_failure_queue(self, "StreamFailures", settings)
        self.functions = Functions(self, settings, table, self.stream_failures, packages, self.api.url)
        self.api.add_routes(all_routes(), self.functions.invocation_targets)
        self.stream = Stream(self, table, self.functions.by_name["dashboards-projector"], self.stream_failures)
        self.schedules = Schedules(self, settings, self.functions)
        metrics = Metrics(self, settings, self.functions, self.api.api.ref, table)
        self.alarms = Alarms(self, settings, metrics, self.stream_failures, self.schedules.failures)
        Dashboard(self, settings, metrics, self.alarms, self.api)
        CfnOutput(self, "Url", value=self.api.url)
        CfnOutput(self, "ApiId", value=self.api.api.ref)
        CfnOutput(self, "TableName", value=table.table_name)
