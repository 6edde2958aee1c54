"""The stack of a stage: table, functions, API, stream, schedules, and what watches over them."""

from aws_cdk import CfnOutput, Stack, Tags
from constructs import Construct

from infra.packages.build import Package
from infra.resources.alarms import Alarms
from infra.resources.api import Api
from infra.resources.dashboard import Dashboard
from infra.resources.database import Database
from infra.resources.functions import Functions
from infra.resources.metrics import Metrics
from infra.resources.schedules import Schedules
from infra.resources.stream import Stream, failure_queue
from infra.routes import all_routes
from infra.settings import StageSettings


class Backend(Stack):
    def __init__(
        self, scope: Construct, settings: StageSettings, packages: dict[str, Package], **of_stack: object
    ) -> None:
        super().__init__(
            scope,
            f"Lectern-{settings.stage}",
            stack_name=f"lectern-{settings.stage}",
            description=f"Lectern, stage {settings.stage}",
            termination_protection=settings.keep_data,
            **of_stack,  # type: ignore[arg-type]  # a synthesizer, or nothing
        )
        Tags.of(self).add("product", "lectern")
        Tags.of(self).add("stage", settings.stage)
        self.prefix = settings.prefix
        database = Database(self, settings)
        self.api = api = Api(self, settings)
        self.stream_failures = failures = failure_queue(self, "StreamFailures", settings)
        self.functions = functions = Functions(self, settings, database.table, failures, packages, api.url)
        api.serve(all_routes(), functions.invoked)
        self.stream = Stream(self, database.table, functions.by_name["dashboards-projector"], failures)
        self.schedules = schedules = Schedules(self, settings, functions)
        metrics = Metrics(self, settings, functions, api.api.ref, database.table)
        self.alarms = alarms = Alarms(self, settings, metrics, failures, schedules.failures)
        Dashboard(self, settings, metrics, alarms, api)
        CfnOutput(self, "Url", value=api.url)
        CfnOutput(self, "ApiId", value=api.api.ref)
        CfnOutput(self, "TableName", value=database.table.table_name)
