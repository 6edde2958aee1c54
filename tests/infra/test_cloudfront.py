"""CloudFront in front of the API: cached paths, client IP addresses, and the firewall."""

import json
from typing import Any

import pytest

from shared.http import client_ip
from tests.infra.conftest import Synthesize, Template

DOMAIN = {
    "name": "origin.example.com",
    "certificate_arn": "arn:aws:acm:ap-south-1:111122223333:certificate/11111111-2222-3333-4444-555555555555",
    "zone_id": "Z0123456789ABCDEFGHIJ",
    "zone_name": "example.com",
}
EDGE = {
    "name": "api.example.com",
    "certificate_arn": "arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555",
}


@pytest.fixture(scope="session")
def stacks(synthesize: Synthesize) -> dict[str, Template]:
    return synthesize("prod", domain=DOMAIN, edge=EDGE)


@pytest.fixture
def distribution(stacks: dict[str, Template]) -> dict[str, Any]:
    (found,) = stacks["Lectern-prod-edge"].properties("CloudFront::Distribution")
    config: dict[str, Any] = found["DistributionConfig"]
    return config


def test_api_with_cloudfront_answers_only_at_its_custom_domain(stacks: dict[str, Template]) -> None:
    backend = stacks["Lectern-prod"]
    (api,) = backend.properties("ApiGatewayV2::Api")
    assert api["DisableExecuteApiEndpoint"] is True
    (name,) = backend.properties("ApiGatewayV2::DomainName")
    assert name["DomainName"] == DOMAIN["name"]
    assert name["DomainNameConfigurations"][0]["SecurityPolicy"] == "TLS_1_2"
    assert len(backend.properties("ApiGatewayV2::ApiMapping")) == 1
    assert len(backend.properties("Route53::RecordSet")) == 1
    assert backend.functions()["auth"]["Environment"]["Variables"]["LMS_PUBLIC_URL"] == "https://api.example.com"


def test_cloudfront_caches_only_public_routes_for_the_functions_ttl(
    stacks: dict[str, Template], distribution: dict[str, Any]
) -> None:
    (policy,) = stacks["Lectern-prod-edge"].of_type("CloudFront::CachePolicy")
    behaviors = {each["PathPattern"]: each for each in distribution["CacheBehaviors"]}
    assert set(behaviors) == {
        "/api/courses",
        "/api/openapi.json",
        "/api/docs",
        "/docs/errors",
        "/.well-known/jwks.json",
    }
    assert {json.dumps(each["CachePolicyId"]) for each in behaviors.values()} == {json.dumps({"Ref": policy})}
    assert distribution["DefaultCacheBehavior"]["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    config = stacks["Lectern-prod-edge"].resources[policy]["Properties"]["CachePolicyConfig"]
    assert (config["MinTTL"], config["DefaultTTL"]) == (0, 0)
    key = config["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["QueryStringsConfig"]["QueryStringBehavior"] == "all"
    assert key["HeadersConfig"]["Headers"] == ["Origin"]
    assert key["CookiesConfig"]["CookieBehavior"] == "none"


def test_cloudfront_sends_client_ip_with_proof_kept_out_of_the_template(
    stacks: dict[str, Template], distribution: dict[str, Any]
) -> None:
    (origin,) = distribution["Origins"]
    (header,) = origin["OriginCustomHeaders"]
    assert header["HeaderName"] == client_ip.EDGE_PROOF_HEADER
    assert header["HeaderValue"] == "{{resolve:secretsmanager:lectern/prod/edge:SecretString:LMS_EDGE_KEY::}}"
    (function,) = stacks["Lectern-prod-edge"].properties("CloudFront::Function")
    assert f"request.headers['{client_ip.CLIENT_IP_HEADER}']" in function["FunctionCode"]
    for behavior in (distribution["DefaultCacheBehavior"], *distribution["CacheBehaviors"]):
        assert behavior["FunctionAssociations"][0]["EventType"] == "viewer-request"
        assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"


def test_cloudfront_waf_limits_requests_by_ip(stacks: dict[str, Template], distribution: dict[str, Any]) -> None:
    (firewall,) = stacks["Lectern-prod-edge"].of_type("WAFv2::WebACL")
    assert distribution["WebACLId"] == {"Fn::GetAtt": [firewall, "Arn"]}
    rules = stacks["Lectern-prod-edge"].resources[firewall]["Properties"]["Rules"]
    rate = rules[0]["Statement"]["RateBasedStatement"]
    assert (rate["AggregateKeyType"], rate["Limit"]) == ("IP", 2000)
    assert "Block" in rules[0]["Action"]


def test_stage_without_edge_has_no_cloudfront_stack(synthesize: Synthesize) -> None:
    assert set(synthesize("dev")) == {"Lectern-dev"}
