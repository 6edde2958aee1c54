"""CloudFront before the API: the public catalogue is kept near its readers, and a firewall counts requests.

In us-east-1, where CloudFront's firewalls and certificates live. It needs nothing of the other stack but names that are
known before either exists: the API's own domain, and the secret by which functions believe what it says of callers.
"""

from typing import Final

from aws_cdk import CfnOutput, Duration, SecretValue, Stack
from aws_cdk import aws_certificatemanager as certificates
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.settings import EdgeSettings, StageSettings
from shared.http import client_ip

REGION: Final = "us-east-1"
CACHED_PATHS: Final = ("/api/courses", "/api/openapi.json", "/api/docs", "/.well-known/jwks.json")
"""Paths whose answers are the same for everybody; how long they are kept, the functions say (Cache-Control, ETag)."""

_CLIENT_IP_FUNCTION: Final = f"""function handler(event) {{
  var request = event.request;
  request.headers['{client_ip.CLIENT_IP_HEADER}'] = {{ value: event.viewer.ip }};
  return request;
}}"""


class CloudFrontStack(Stack):
    """Output `Name`: where the DNS record of the public name points to."""

    def __init__(self, scope: Construct, settings: StageSettings, edge: EdgeSettings) -> None:
        super().__init__(
            scope,
            f"Lectern-{settings.stage}-edge",
            stack_name=f"lectern-{settings.stage}-edge",
            description=f"Lectern, stage {settings.stage}: before the API",
            termination_protection=settings.keep_data,
            env={"region": REGION},
        )
        assert settings.domain is not None  # noqa: S101 (settings without one are refused)
        origin = origins.HttpOrigin(
            settings.domain.name,
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            read_timeout=Duration.seconds(30),
            custom_headers={client_ip.EDGE_PROOF_HEADER: _origin_proof(settings)},
        )
        says_who_calls = cloudfront.Function(
            self,
            "Viewer",
            code=cloudfront.FunctionCode.from_inline(_CLIENT_IP_FUNCTION),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        )

        def behavior(kept: cloudfront.ICachePolicy) -> cloudfront.BehaviorOptions:
            return cloudfront.BehaviorOptions(
                origin=origin,
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
                function_associations=[
                    cloudfront.FunctionAssociation(
                        function=says_who_calls, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST
                    )
                ],
                cache_policy=kept,
            )

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
            additional_behaviors=dict.fromkeys(CACHED_PATHS, behavior(self._as_functions_say())),
        )
        CfnOutput(self, "Name", value=self.distribution.distribution_domain_name)

    def _as_functions_say(self) -> cloudfront.CachePolicy:
        """Told apart by query and by the page that asks (answers carry its origin), and by nothing of the caller."""
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


def _origin_proof(settings: StageSettings) -> str:
    """Resolved by CloudFormation in its own region: the template holds the name only."""
    return SecretValue.secrets_manager(f"{settings.prefix}/edge", json_field="LMS_EDGE_KEY").unsafe_unwrap()


def _visibility(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=f"lectern-{name}", sampled_requests_enabled=False
    )
