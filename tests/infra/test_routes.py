"""The API of the template is the one the functions serve and the document describes."""

import json
from typing import Any

from functions import manifest
from infra import privileges
from infra.api import Api
from infra.packages.imports import ROOT
from infra.routes import PAYMENT_ROUTES, THROTTLED_ROUTES, all_routes
from shared.http import cors
from tests.infra.conftest import Template, context


def bound(template: Template) -> dict[str, str]:
    """Route key to the function behind it."""
    names = {name: each["Properties"]["FunctionName"] for name, each in template.of_type("Lambda::Function").items()}
    behind = {
        integration: names[each["Properties"]["IntegrationUri"]["Fn::GetAtt"][0]].split("-", 2)[2]
        for integration, each in template.of_type("ApiGatewayV2::Integration").items()
    }
    return {
        route["RouteKey"]: behind[route["Target"]["Fn::Join"][1][1]["Ref"]]
        for route in template.properties("ApiGatewayV2::Route")
    }


def test_each_route_is_bound_to_the_function_that_serves_it(template: Template) -> None:
    routes = bound(template)
    assert routes == {route.key: route.function for route in all_routes()}
    assert routes["$default"] == privileges.function_name(manifest.DEFAULT)
    assert routes["POST /api/payments/webhook"] == "payments-webhook"


def test_the_routes_are_those_of_the_document(template: Template) -> None:
    document = json.loads((ROOT / "functions" / "dashboards" / "openapi.json").read_text())
    described = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert set(bound(template)) - {"$default"} == described


def test_the_routes_are_those_of_the_local_gateway(template: Template) -> None:
    from local.code import HandlerLoader

    code = HandlerLoader()
    try:
        assert sorted(set(bound(template)) - {"$default"}) == sorted(code.current.routes.keys())
    finally:
        code.close()


def test_functions_are_called_by_this_api_alone(template: Template) -> None:
    permissions = template.properties("Lambda::Permission")
    assert len(permissions) == len(manifest.HTTP)
    (api,) = template.of_type("ApiGatewayV2::Api")
    for permission in permissions:
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert {"Ref": api} in permission["SourceArn"]["Fn::Join"][1]
    for integration in template.properties("ApiGatewayV2::Integration"):
        assert integration["PayloadFormatVersion"] == "2.0"


def stage_of(template: Template) -> dict[str, Any]:
    (stage,) = template.properties("ApiGatewayV2::Stage")
    return stage


def test_the_stage_is_throttled_and_some_routes_more_tightly(template: Template) -> None:
    stage = stage_of(template)
    default = stage["DefaultRouteSettings"]
    assert 0 < default["ThrottlingRateLimit"] < default["ThrottlingBurstLimit"]
    assert set(stage["RouteSettings"]) == {*THROTTLED_ROUTES, *PAYMENT_ROUTES} <= set(bound(template))
    for key, chosen in stage["RouteSettings"].items():
        assert (chosen["ThrottlingRateLimit"] < default["ThrottlingRateLimit"]) is (key in THROTTLED_ROUTES)
        assert (chosen["ThrottlingBurstLimit"] < default["ThrottlingBurstLimit"]) is (key in THROTTLED_ROUTES)


def test_metrics_per_route_which_cost_are_of_the_routes_of_money_alone(template: Template) -> None:
    stage = stage_of(template)
    assert "DetailedMetricsEnabled" not in stage["DefaultRouteSettings"]
    detailed = {key for key, chosen in stage["RouteSettings"].items() if chosen["DetailedMetricsEnabled"]}
    assert detailed == set(PAYMENT_ROUTES)


def test_the_stage_waits_for_the_routes_it_names(template: Template) -> None:
    (stage,) = template.of_type("ApiGatewayV2::Stage").values()
    assert set(template.of_type("ApiGatewayV2::Route")) <= set(stage["DependsOn"])


def test_access_logs_hold_no_token_no_query_and_no_body(template: Template) -> None:
    logged = json.loads(stage_of(template)["AccessLogSettings"]["Format"])
    assert {"request_id", "route", "status", "milliseconds"} <= set(logged)
    told = " ".join(logged.values()).lower()
    for secret in ("authorizer", "header", "querystring", "cookie", "body", "$context.path"):
        assert secret not in told


def test_pages_of_the_stage_s_origins_may_call_and_no_other(template: Template) -> None:
    (api,) = template.properties("ApiGatewayV2::Api")
    allowed = api["CorsConfiguration"]
    stages = context("dev")["stages"]
    assert allowed["AllowOrigins"] in [stages[name]["cors_origins"] for name in stages]
    assert "*" not in json.dumps(allowed)
    assert allowed["AllowCredentials"] is True
    assert allowed["AllowMethods"] == cors.METHODS.split(", ")
    assert allowed["AllowHeaders"] == [name.lower() for name in cors.HEADERS.split(", ")]
    assert allowed["ExposeHeaders"] == [name.lower() for name in cors.EXPOSED.split(", ")]
    assert allowed["MaxAge"] == cors.MAX_AGE


def test_without_origins_no_page_may_call() -> None:
    assert Api._cors(()) is None
