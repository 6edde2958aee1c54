"""The HTTP API: routes and their functions, throttling, access log, and CORS for `cors_origins`."""

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
from infra.settings import DomainSettings, StageSettings, Throttle
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
"""No path, query string or header: signed links contain their signature in the URL, and headers contain tokens."""


class Api(Construct):
    """The API without routes; `add_routes` adds them once the functions exist.

    `url`: the public URL. `log_group_name`: the log group with one line per request.
    """

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
        self.url = self._public_url()
        # With this prefix, one resource policy of the account allows AWS to deliver every such log.
        self.log_group_name = f"/aws/vendedlogs/{settings.prefix}/api"

    def add_routes(self, routes: list[Route], functions: dict[str, lambda_.IFunction]) -> apigateway.CfnStage:
        """Adds the routes and then the stage, which depends on them because it throttles some of them by name.

        `functions`: function name to the function that API Gateway invokes.
        """
        integrations = {
            name: self._add_integration(name, functions[name]) for name in sorted({r.function for r in routes})
        }
        resources = [
            apigateway.CfnRoute(
                self,
                f"Route {route.key}",
                api_id=self.api.ref,
                route_key=route.key,
                target=f"integrations/{integrations[route.function].ref}",
            )
            for route in routes
        ]
        stage = self._add_stage()
        for resource in resources:
            stage.node.add_dependency(resource)
        if self._settings.domain:
            self._add_domain_name(self._settings.domain, stage)
        return stage

    def _public_url(self) -> str:
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
        """The same CORS headers that the functions send.

        With them API Gateway answers preflight requests at no cost, and its own 429 responses have the headers too.
        """
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

    def _add_integration(self, name: str, function: lambda_.IFunction) -> apigateway.CfnIntegration:
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

    def _add_stage(self) -> apigateway.CfnStage:
        settings = self._settings
        log = logs.LogGroup(
            self,
            "AccessLog",
            log_group_name=self.log_group_name,
            removal_policy=RemovalPolicy.RETAIN if settings.keep_data else RemovalPolicy.DESTROY,
        )
        log.node.default_child.retention_in_days = settings.log_retention_days  # type: ignore[union-attr]
        throttle, tight_throttle = settings.throttle, settings.tight_throttle
        stage = apigateway.CfnStage(
            self,
            "Stage",
            api_id=self.api.ref,
            stage_name="$default",
            auto_deploy=True,
            default_route_settings=apigateway.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=throttle.rate, throttling_burst_limit=throttle.burst
            ),
            route_settings={
                key: _route_settings(key, tight_throttle if key in THROTTLED_ROUTES else throttle)
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

    def _add_domain_name(self, domain: DomainSettings, stage: apigateway.CfnStage) -> None:
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


def _route_settings(key: str, throttle: Throttle) -> dict[str, object]:
    return {
        "ThrottlingRateLimit": throttle.rate,
        "ThrottlingBurstLimit": throttle.burst,
        "DetailedMetricsEnabled": key in PAYMENT_ROUTES,
    }
