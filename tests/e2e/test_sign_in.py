"""Sign-in, session refresh, sign-out and profile."""

from playwright.sync_api import Request, Route, expect

from tests.e2e.conftest import Window
from tests.e2e.users import PASSWORD, User


def test_sign_in_redirects_to_requested_page_and_survives_reload(window: Window, student: User) -> None:
    page = window.open("/purchases")
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    page.get_by_label("E-mail").fill(student.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No purchases")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="No purchases")).to_be_visible()
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert stored == '[{"lectern.session":"1"},{},""]'

    page.get_by_label(f"Account of {student.name}").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_concurrent_requests_with_expired_token_share_one_refresh(window: Window, student: User) -> None:
    page = window.open_signed_in(student, "/profile")
    expect(page.get_by_label("Headline")).to_be_visible()
    refreshes: list[str] = []
    is_expired = iter([True, True])

    def record_refresh(request: Request) -> None:
        if "refresh_token" in request.url:
            refreshes.append(request.url)

    page.on("request", record_refresh)

    def expire_first_tokens(route: Route) -> None:
        if next(is_expired, False):
            route.fulfill(status=401, json={"detail": "expired"})
        else:
            route.continue_()

    page.route("**/api/courses/crs_*", expire_first_tokens)
    results = page.evaluate(
        """async () => {
          const client = await import('/js/api/client.js');
          const fetchStatus = (id) => client.get('/api/courses/' + id).catch((problem) => problem.status);
          return Promise.all(['crs_1', 'crs_2'].map(fetchStatus));
        }"""
    )
    assert results == [404, 404]
    assert len(refreshes) == 1
    window.console_errors.clear()


def test_sign_out_in_one_tab_signs_out_the_others(window: Window, student: User) -> None:
    first = window.open_signed_in(student, "/learning")
    expect(first.get_by_role("heading", name="Hello, Asha")).to_be_visible()
    second = first.context.new_page()
    second.goto("/#/profile")
    expect(second.get_by_label("Headline")).to_be_visible()
    first.get_by_label(f"Account of {student.name}").click()
    first.get_by_role("button", name="Sign out").click()
    expect(second.get_by_role("link", name="Sign in")).to_be_visible()


def test_ended_session_redirects_to_sign_in_with_return_path(window: Window, student: User) -> None:
    page = window.open_signed_in(student, "/learning")
    expect(page.get_by_role("heading", name="Hello, Asha")).to_be_visible()
    page.context.clear_cookies()
    page.route("**/api/payments/my*", lambda route: route.fulfill(status=401, json={"detail": "expired"}))
    page.get_by_role("link", name="Purchases").click()
    expect(page.get_by_text("Your session has ended.")).to_be_visible()
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    assert page.url.endswith("next=%2Fpurchases")
    window.console_errors.clear()


def test_sign_in_with_wrong_password_shows_error_and_keeps_email(window: Window, student: User) -> None:
    page = window.open("/sign-in")
    page.get_by_label("E-mail").fill(student.email)
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".form-error")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value(student.email)
    window.console_errors.clear()


def test_profile_edit_updates_name_and_headline(window: Window, student: User) -> None:
    page = window.open_signed_in(student, "/profile")
    page.get_by_label("Name", exact=True).fill("Asha R. Raman")
    page.get_by_label("Headline").fill("Learns on trains")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("Account of Asha R. Raman")).to_be_visible()
    stored = student.get("/api/auth/me")
    assert (stored["name"], stored["headline"]) == ("Asha R. Raman", "Learns on trains")
