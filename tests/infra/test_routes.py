"""The API of the template has the routes that the functions serve and the OpenAPI document describes."""

import json
from typing import Any

from functions import manifest
from infra.packages.import_closure import ROOT
from infra.resources.api import Api
from infra.routes import PAYMENT_ROUTES, THROTTLED_ROUTES, all_routes
from shared.http import cors
from tests.infra.conftest import Template, context


def route_functions(template: Template) -> dict[str, str]:
    """Route key to the name of the function that serves it."""
    names = {name: each["Properties"]["FunctionName"] for name, each in template.of_type("Lambda::Function").items()}
    functions_by_integration = {
        integration: names[each["Properties"]["IntegrationUri"]["Fn::GetAtt"][0]].split("-", 2)[2]
        for integration, each in template.of_type("ApiGatewayV2::Integration").items()
    }
    return {
        route["RouteKey"]: functions_by_integration[route["Target"]["Fn::Join"][1][1]["Ref"]]
        for route in template.properties("ApiGatewayV2::Route")
    }


def test_template_binds_each_route_to_its_function(template: Template) -> None:
    routes = route_functions(template)
    assert routes == {route.key: route.function for route in all_routes()}
    assert routes["$default"] == manifest.function_name(manifest.DEFAULT)
    assert routes["POST /api/payments/webhook"] == "payments-webhook"


def test_template_routes_equal_the_openapi_document(template: Template) -> None:
    document = json.loads((ROOT / "functions" / "dashboards" / "openapi.json").read_text())
    described = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert set(route_functions(template)) - {"$default"} == described


def test_template_routes_equal_the_local_api_gateway(template: Template) -> None:
    from local.handler_loader import HandlerLoader

    loader = HandlerLoader()
    try:
        assert sorted(set(route_functions(template)) - {"$default"}) == sorted(loader.current.routes.keys())
    finally:
        loader.close()


def test_functions_are_invokable_only_by_this_api(template: Template) -> None:
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


def test_stage_throttles_sensitive_routes_more_tightly(template: Template) -> None:
    stage = stage_of(template)
    default = stage["DefaultRouteSettings"]
    assert 0 < default["ThrottlingRateLimit"] < default["ThrottlingBurstLimit"]
    assert set(stage["RouteSettings"]) == {*THROTTLED_ROUTES, *PAYMENT_ROUTES} <= set(route_functions(template))
    for key, route_settings in stage["RouteSettings"].items():
        assert (route_settings["ThrottlingRateLimit"] < default["ThrottlingRateLimit"]) is (key in THROTTLED_ROUTES)
        assert (route_settings["ThrottlingBurstLimit"] < default["ThrottlingBurstLimit"]) is (key in THROTTLED_ROUTES)


def test_detailed_metrics_are_enabled_only_for_payment_routes(template: Template) -> None:
    stage = stage_of(template)
    assert "DetailedMetricsEnabled" not in stage["DefaultRouteSettings"]
    detailed = {
        key for key, route_settings in stage["RouteSettings"].items() if route_settings["DetailedMetricsEnabled"]
    }
    assert detailed == set(PAYMENT_ROUTES)


def test_stage_depends_on_every_route(template: Template) -> None:
    (stage,) = template.of_type("ApiGatewayV2::Stage").values()
    assert set(template.of_type("ApiGatewayV2::Route")) <= set(stage["DependsOn"])


def test_access_log_contains_no_token_query_or_body(template: Template) -> None:
    logged = json.loads(stage_of(template)["AccessLogSettings"]["Format"])
    assert {"request_id", "route", "status", "milliseconds"} <= set(logged)
    variables = " ".join(logged.values()).lower()
    for secret in ("authorizer", "header", "querystring", "cookie", "body", "$context.path"):
        assert secret not in variables


def test_cors_allows_only_the_stages_origins(template: Template) -> None:
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


def test_cors_is_absent_without_origins() -> None:
    assert Api._cors(()) is None
