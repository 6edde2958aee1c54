"""The HTTP API: each route bound to its function, throttled, logged, and open to the pages of `cors_origins`."""

import json
from typing import Final

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct

from infra.routes import PAYMENT_ROUTES, THROTTLED_ROUTES, Route
from infra.settings import DomainSettings, StageSettings
from shared.http import cors

_ACCESS_LOG_FIELDS: Final = {
    "request_id": "$context.requestId",
    "at": "$context.requestTime",
    "route": "$context.routeKey",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "milliseconds": "$context.responseLatency",
    "function_milliseconds": "$context.integrationLatency",
    "function_status": "$context.integrationStatus",
    "error": "$context.error.message",
    "function_error": "$context.integrationErrorMessage",
    "source": "$context.identity.sourceIp",
}
"""No path, no query and no header: links to shared courses and media carry signatures, headers carry tokens."""


class Api(Construct):
    """`url` is where callers reach it, `log_group_name` where each request is logged. `serve` adds the routes when the
    functions are there."""

    def __init__(self, scope: Construct, settings: StageSettings) -> None:
        super().__init__(scope, "Api")
        self._settings = settings
        self.api = apigateway.CfnApi(
            self,
            "Http",
            name=f"lectern-{settings.stage}",
            protocol_type="HTTP",
            disable_execute_api_endpoint=settings.domain is not None,
            cors_configuration=self._cors(settings.cors_origins),
        )
        self.url = self._address()
        # Logs that AWS itself delivers go under this prefix: one policy of the account lets it write to all of them.
        self.log_group_name = f"/aws/vendedlogs/{settings.prefix}/api"

    def serve(self, routes: list[Route], functions: dict[str, lambda_.IFunction]) -> apigateway.CfnStage:
        """Binds the routes, and makes the stage when all of them are there: it throttles some of them by name."""
        integrations = {name: self._integration(name, functions[name]) for name in sorted({r.function for r in routes})}
        bound = [
            apigateway.CfnRoute(
                self,
                f"Route {route.key}",
                api_id=self.api.ref,
                route_key=route.key,
                target=f"integrations/{integrations[route.function].ref}",
            )
            for route in routes
        ]
        stage = self._stage()
        for route in bound:
            stage.node.add_dependency(route)
        if self._settings.domain:
            self._name(self._settings.domain, stage)
        return stage

    def _address(self) -> str:
        if self._settings.emulator:
            return f"{self._settings.emulator}/_aws/execute-api/{self.api.ref}/$default"
        if self._settings.edge:
            return f"https://{self._settings.edge.name}"
        if self._settings.domain:
            return f"https://{self._settings.domain.name}"
        stack = Stack.of(self)
        return f"https://{self.api.ref}.execute-api.{stack.region}.{stack.url_suffix}"

    @staticmethod
    def _cors(origins: tuple[str, ...]) -> apigateway.CfnApi.CorsProperty | None:
        """As the functions answer themselves: so that preflights cost nothing, and throttled answers have it too."""
        if not origins:
            return None
        return apigateway.CfnApi.CorsProperty(
            allow_origins=list(origins),
            allow_credentials=True,
            allow_methods=cors.METHODS.split(", "),
            allow_headers=[name.lower() for name in cors.HEADERS.split(", ")],
            expose_headers=[name.lower() for name in cors.EXPOSED.split(", ")],
            max_age=cors.MAX_AGE,
        )

    def _integration(self, name: str, function: lambda_.IFunction) -> apigateway.CfnIntegration:
        stack = Stack.of(self)
        function.add_permission(
            "Api",
            principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
            source_arn=stack.format_arn(service="execute-api", resource=self.api.ref, resource_name="*/*"),
        )
        return apigateway.CfnIntegration(
            self,
            f"To {name}",
            api_id=self.api.ref,
            integration_type="AWS_PROXY",
            integration_uri=function.function_arn,
            payload_format_version="2.0",
            timeout_in_millis=30_000,
        )

    def _stage(self) -> apigateway.CfnStage:
        settings = self._settings
        log = logs.LogGroup(
            self,
            "AccessLog",
            log_group_name=self.log_group_name,
            removal_policy=RemovalPolicy.RETAIN if settings.keep_data else RemovalPolicy.DESTROY,
        )
        log.node.default_child.retention_in_days = settings.log_retention_days  # type: ignore[union-attr]
        ordinary, tight = settings.throttle, settings.tight_throttle
        stage = apigateway.CfnStage(
            self,
            "Stage",
            api_id=self.api.ref,
            stage_name="$default",
            auto_deploy=True,
            default_route_settings=apigateway.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=ordinary.rate, throttling_burst_limit=ordinary.burst
            ),
            route_settings={
                key: {
                    "ThrottlingRateLimit": (tight if key in THROTTLED_ROUTES else ordinary).rate,
                    "ThrottlingBurstLimit": (tight if key in THROTTLED_ROUTES else ordinary).burst,
                    "DetailedMetricsEnabled": key in PAYMENT_ROUTES,
                }
                for key in dict.fromkeys((*THROTTLED_ROUTES, *PAYMENT_ROUTES))
            },
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=Stack.of(self).format_arn(
                    service="logs",
                    resource="log-group",
                    resource_name=self.log_group_name,
                    arn_format=ArnFormat.COLON_RESOURCE_NAME,
                ),
                format=json.dumps(_ACCESS_LOG_FIELDS),
            ),
        )
        stage.node.add_dependency(log)
        return stage

    def _name(self, domain: DomainSettings, stage: apigateway.CfnStage) -> None:
        name = apigateway.CfnDomainName(
            self,
            "Name",
            domain_name=domain.name,
            domain_name_configurations=[
                apigateway.CfnDomainName.DomainNameConfigurationProperty(
                    certificate_arn=domain.certificate_arn, endpoint_type="REGIONAL", security_policy="TLS_1_2"
                )
            ],
        )
        mapping = apigateway.CfnApiMapping(
            self, "Mapping", api_id=self.api.ref, domain_name=name.ref, stage=stage.stage_name
        )
        mapping.node.add_dependency(stage)
        if domain.zone_id:
            zone = route53.HostedZone.from_hosted_zone_attributes(
                self, "Zone", hosted_zone_id=domain.zone_id, zone_name=domain.zone_name
            )
            target = targets.ApiGatewayv2DomainProperties(
                name.attr_regional_domain_name, name.attr_regional_hosted_zone_id
            )
            route53.ARecord(
                self, "Record", zone=zone, record_name=domain.name, target=route53.RecordTarget.from_alias(target)
            )
