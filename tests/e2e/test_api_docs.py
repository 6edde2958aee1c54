"""The API documentation page renders the OpenAPI document and sends requests."""

from playwright.sync_api import expect

from tests.e2e.conftest import Window


def test_api_docs_page_lists_filters_and_sends_every_route(window: Window) -> None:
    page = window.open("/")
    page.goto("/api/docs")
    document = page.request.get("/api/openapi.json").json()
    expect(page.locator("details.route")).to_have_count(sum(len(methods) for methods in document["paths"].values()))
    page.get_by_label("Find a route").fill("health/ready")
    expect(page.locator("details.route")).to_have_count(1)
    page.locator("details.route summary").click()
    page.get_by_role("button", name="Send").click()
    expect(page.locator("details.route")).to_contain_text('"status": "ready"')


def test_api_docs_page_with_route_in_url_opens_that_route(window: Window) -> None:
    page = window.open("/")
    page.goto("/api/docs#create_order")
    expect(page.locator("#create_order")).to_contain_text("order_busy")
    expect(page.locator("#error-course_not_found")).to_contain_text("404")


def test_error_docs_page_shows_the_code_of_a_problem_type_and_links_to_its_routes(window: Window) -> None:
    page = window.open("/")
    problem = page.request.get("/api/courses/crs_unknown").json()
    page.goto(problem["type"])
    expect(page.locator("section:target")).to_contain_text("course_not_found")
    page.locator("#order_busy").get_by_role("link", name="POST /api/payments/create-order").click()
    expect(page.locator("#create_order")).to_contain_text("order_busy")
