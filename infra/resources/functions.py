"""The one way a Lambda function is made."""

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
    """`by_name`: every function of blueprints.FUNCTIONS; `invoked`: what is to be called; `logs`: their log groups;
    `scopes`: all that belongs to each."""

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
        self._environment = self._settings_of_all(public_url)
        self.scopes: dict[str, Construct] = {}
        self.by_name: dict[str, lambda_.Function] = {}
        self.invoked: dict[str, lambda_.IFunction] = {}
        self.logs: dict[str, logs.LogGroup] = {}
        for blueprint in FUNCTIONS:
            self._make(blueprint, packages[blueprint.name])

    def _make(self, blueprint: FunctionSpec, package: Package) -> None:
        name, settings = blueprint.name, self._settings
        self.scopes[name] = scope = Construct(self, name)
        log_group = logs.LogGroup(
            scope,
            "Logs",
            log_group_name=roles.log_group_name(settings, name),
            removal_policy=RemovalPolicy.RETAIN if settings.keep_data else RemovalPolicy.DESTROY,
        )
        log_group.node.default_child.retention_in_days = settings.log_retention_days  # type: ignore[union-attr]
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
            handler=blueprint.handler,
            code=lambda_.Code.from_asset(
                package.archive, asset_hash=package.digest, asset_hash_type=AssetHashType.CUSTOM
            ),
            memory_size=settings.memory.get(name, blueprint.memory),
            timeout=Duration.seconds(blueprint.seconds),
            reserved_concurrent_executions=settings.reserved_concurrency.get(name),
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if settings.snap_start else None,
            role=roles.role_of(scope, name, settings, self._table, self._failures),
            log_group=log_group,
            environment={**self._environment, **secret, **queue},
        )
        resource = function.node.default_child
        assert isinstance(resource, lambda_.CfnFunction)  # noqa: S101
        # Asked for here, because `tracing` would add a policy of its own to the role.
        resource.tracing_config = lambda_.CfnFunction.TracingConfigProperty(mode="Active")
        self.by_name[name], self.logs[name] = function, log_group
        self.invoked[name] = self._published(function) if settings.snap_start else function

    @staticmethod
    def _published(function: lambda_.Function) -> lambda_.IFunction:
        """Snapshots are taken of versions, so callers go to an alias of the newest."""
        return lambda_.Alias(function, "Live", alias_name="live", version=function.current_version)

    def _settings_of_all(self, public_url: str) -> dict[str, str]:
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
