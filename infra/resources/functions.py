"""Creates every Lambda function in the same way, from its specification."""

from aws_cdk import AssetHashType, CfnParameter, Duration, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import privileges
from infra.function_specs import FUNCTIONS, FunctionSpec
from infra.packages.build import Package
from infra.resources import roles
from infra.secret_store import PARAMETERS
from infra.settings import StageSettings


class Functions(Construct):
    """All functions of `function_specs.FUNCTIONS`; each attribute maps a function's name to one of its resources.

    `by_name`: the function. `invocation_targets`: the function, or with SnapStart its alias. `logs`: its log group.
    `scopes`: the construct that contains its resources. `failures`: the dead-letter queue of the projector.
    """

    def __init__(
        self,
        scope: Construct,
        settings: StageSettings,
        table: dynamodb.Table,
        failures: sqs.Queue,
        packages: dict[str, Package],
        public_url: str,
    ) -> None:
        super().__init__(scope, "Functions")
        self._settings = settings
        self._table = table
        self._failures = failures
        self._environment = self._common_environment(public_url)
        self.scopes: dict[str, Construct] = {}
        self.by_name: dict[str, lambda_.Function] = {}
        self.invocation_targets: dict[str, lambda_.IFunction] = {}
        self.logs: dict[str, logs.LogGroup] = {}
        for spec in FUNCTIONS:
            self._add_function(spec, packages[spec.name])

    def _add_function(self, spec: FunctionSpec, package: Package) -> None:
        name, settings = spec.name, self._settings
        self.scopes[name] = scope = Construct(self, name)
        log_group = self._add_log_group(scope, name)
        secret = {"LMS_SECRET_NAME": roles.secret_name(settings, name)} if privileges.SECRETS[name] else {}
        queue = {"LMS_PROJECTOR_FAILURES_URL": self._failures.queue_url} if name in privileges.QUEUES else {}
        function = lambda_.Function(
            scope,
            "Function",
            function_name=f"lectern-{settings.stage}-{name}",
            description=f"Lectern {settings.stage}: {name}",
            runtime=lambda_.Runtime(settings.runtime, lambda_.RuntimeFamily.PYTHON, supports_snap_start=True),
            architecture=(
                lambda_.Architecture.ARM_64 if settings.architecture == "arm64" else lambda_.Architecture.X86_64
            ),
            handler=spec.handler,
            code=lambda_.Code.from_asset(
                package.archive, asset_hash=package.digest, asset_hash_type=AssetHashType.CUSTOM
            ),
            memory_size=settings.memory.get(name, spec.memory_mb),
            timeout=Duration.seconds(spec.timeout_seconds),
            reserved_concurrent_executions=settings.reserved_concurrency.get(name),
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if settings.snap_start else None,
            role=roles.create_role(scope, name, settings, self._table, self._failures),
            log_group=log_group,
            environment={**self._environment, **secret, **queue},
        )
        resource = function.node.default_child
        assert isinstance(resource, lambda_.CfnFunction)  # noqa: S101
        # Set on the resource, because the `tracing` argument would add a second policy to the role.
        resource.tracing_config = lambda_.CfnFunction.TracingConfigProperty(mode="Active")
        self.by_name[name], self.logs[name] = function, log_group
        self.invocation_targets[name] = self._published(function) if settings.snap_start else function

    def _add_log_group(self, scope: Construct, name: str) -> logs.LogGroup:
        settings = self._settings
        log_group = logs.LogGroup(
            scope,
            "Logs",
            log_group_name=roles.log_group_name(settings, name),
            removal_policy=RemovalPolicy.RETAIN if settings.keep_data else RemovalPolicy.DESTROY,
        )
        log_group.node.default_child.retention_in_days = settings.log_retention_days  # type: ignore[union-attr]
        return log_group

    @staticmethod
    def _published(function: lambda_.Function) -> lambda_.IFunction:
        """An alias of the newest version: SnapStart takes snapshots of versions only."""
        return lambda_.Alias(function, "Live", alias_name="live", version=function.current_version)

    def _common_environment(self, public_url: str) -> dict[str, str]:
        settings = self._settings
        parameters = {
            name: CfnParameter(
                self,
                "".join(part.title() for part in parameter.split("_")),
                type="AWS::SSM::Parameter::Value<String>",
                default=f"/{settings.prefix}/{parameter}",
                description=f"Parameter Store's name of {name}",
            ).value_as_string
            for name, parameter in PARAMETERS.items()
        }
        return {
            **parameters,
            "LMS_STAGE": settings.stage,
            "LMS_TABLE_NAME": self._table.table_name,
            "LMS_PUBLIC_URL": public_url,
            "LMS_CORS_ORIGINS": ",".join(settings.cors_origins),
            "LMS_LOG_LEVEL": settings.log_level,
            "LMS_ORDER_WINDOW_SECONDS": str(settings.order_window_seconds),
            **settings.settings,
        }
