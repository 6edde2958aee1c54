"""CloudFront in front of the API: caches the public catalogue close to its readers, and limits requests by IP address.

Its stack is in us-east-1, because firewalls and certificates of CloudFront must be there. It refers to the main stack
only by names that are known before the deployment: the API's domain name, and the secret with which CloudFront proves
to the functions that the client IP header is its own.
"""

from collections.abc import Callable
from typing import Final

from aws_cdk import CfnOutput, Duration, SecretValue, Stack
from aws_cdk import aws_certificatemanager as certificates
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.settings import DomainSettings, EdgeSettings, StageSettings
from shared.http import client_ip

REGION: Final = "us-east-1"
CACHED_PATHS: Final = ("/api/courses", "/api/openapi.json", "/api/docs", "/docs/errors", "/.well-known/jwks.json")
"""Paths with the same response for every caller. The functions set the lifetime (Cache-Control, ETag)."""

_CLIENT_IP_FUNCTION: Final = f"""function handler(event) {{
  var request = event.request;
  request.headers['{client_ip.CLIENT_IP_HEADER}'] = {{ value: event.viewer.ip }};
  return request;
}}"""


class CloudFrontStack(Stack):
    """Output `Name`: the target of the public name's DNS record. Requires `settings.domain`."""

    def __init__(self, scope: Construct, settings: StageSettings, edge: EdgeSettings) -> None:
        super().__init__(
            scope,
            f"Lectern-{settings.stage}-edge",
            stack_name=f"lectern-{settings.stage}-edge",
            description=f"Lectern, stage {settings.stage}: CloudFront in front of the API",
            termination_protection=settings.keep_data,
            env={"region": REGION},
        )
        assert settings.domain is not None  # noqa: S101 (read_stage rejects settings without it)
        behavior = self._behavior_factory(_origin(settings, settings.domain))
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"Lectern {settings.stage}",
            domain_names=[edge.name],
            certificate=certificates.Certificate.from_certificate_arn(self, "Certificate", edge.certificate_arn),
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            web_acl_id=self._firewall(edge).attr_arn,
            default_behavior=behavior(cloudfront.CachePolicy.CACHING_DISABLED),
            additional_behaviors=dict.fromkeys(CACHED_PATHS, behavior(self._origin_cache_policy())),
        )
        CfnOutput(self, "Name", value=self.distribution.distribution_domain_name)

    def _behavior_factory(
        self, origin: origins.HttpOrigin
    ) -> Callable[[cloudfront.ICachePolicy], cloudfront.BehaviorOptions]:
        """Returns a function that makes a behavior from a cache policy; all behaviors are the same otherwise."""
        client_ip_function = cloudfront.Function(
            self,
            "Viewer",
            code=cloudfront.FunctionCode.from_inline(_CLIENT_IP_FUNCTION),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        )
        association = cloudfront.FunctionAssociation(
            function=client_ip_function, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST
        )

        def behavior(cache_policy: cloudfront.ICachePolicy) -> cloudfront.BehaviorOptions:
            return cloudfront.BehaviorOptions(
                origin=origin,
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
                function_associations=[association],
                cache_policy=cache_policy,
            )

        return behavior

    def _origin_cache_policy(self) -> cloudfront.CachePolicy:
        """Caches by query string and by Origin (which CORS headers repeat), and by nothing else of the request."""
        return cloudfront.CachePolicy(
            self,
            "AsFunctionsSay",
            min_ttl=Duration.seconds(0),
            default_ttl=Duration.seconds(0),
            max_ttl=Duration.minutes(10),
            query_string_behavior=cloudfront.CacheQueryStringBehavior.all(),
            header_behavior=cloudfront.CacheHeaderBehavior.allow_list("Origin"),
            cookie_behavior=cloudfront.CacheCookieBehavior.none(),
            enable_accept_encoding_gzip=True,
            enable_accept_encoding_brotli=True,
        )

    def _firewall(self, edge: EdgeSettings) -> waf.CfnWebACL:
        rate = waf.CfnWebACL.StatementProperty(
            rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                aggregate_key_type="IP", limit=edge.requests_per_five_minutes
            )
        )
        reputation = waf.CfnWebACL.StatementProperty(
            managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
                vendor_name="AWS", name="AWSManagedRulesAmazonIpReputationList"
            )
        )
        rule = waf.CfnWebACL.RuleProperty
        return waf.CfnWebACL(
            self,
            "Firewall",
            scope="CLOUDFRONT",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_visibility("all"),
            rules=[
                rule(
                    name="too-many-from-one-address",
                    priority=0,
                    statement=rate,
                    action=waf.CfnWebACL.RuleActionProperty(
                        block=waf.CfnWebACL.BlockActionProperty(
                            custom_response=waf.CfnWebACL.CustomResponseProperty(response_code=429)
                        )
                    ),
                    visibility_config=_visibility("rate"),
                ),
                rule(
                    name="known-bad-addresses",
                    priority=1,
                    statement=reputation,
                    override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
                    visibility_config=_visibility("reputation"),
                ),
            ],
        )


def _origin(settings: StageSettings, domain: DomainSettings) -> origins.HttpOrigin:
    return origins.HttpOrigin(
        domain.name,
        protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
        origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
        read_timeout=Duration.seconds(30),
        custom_headers={client_ip.EDGE_PROOF_HEADER: _origin_proof(settings)},
    )


def _origin_proof(settings: StageSettings) -> str:
    """A reference to the proof. CloudFormation resolves it; the template contains only the secret's name."""
    return SecretValue.secrets_manager(f"{settings.prefix}/edge", json_field="LMS_EDGE_KEY").unsafe_unwrap()


def _visibility(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=f"lectern-{name}", sampled_requests_enabled=False
    )
