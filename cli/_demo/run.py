"""Run all scenarios, from the first registration to the last refund."""

from collections.abc import Callable

import httpx

from cli._demo import accounts, courses, dashboards, expiry, payment_faults, purchase
from cli._demo.client import ApiUser
from cli._demo.output import StepOutput
from cli._demo.target import DemoTarget, running_target, temporary_target
from cli._demo.users import DemoUsers, new_run_id


def run_demo(print_line: Callable[[str], None]) -> bool:
    """Run on the running instance, or on a temporary one. The expiry scenario always runs on a temporary instance with
    a short order window. True when every step passed. Raises TargetUnusable, SettingUnusable."""
    output = StepOutput(print_line)
    running = running_target(print_line)
    if running:
        print_line(f"using the running instance at {running.url}")
        _run_scenarios(running, output)
    else:
        with temporary_target() as temporary:
            print_line(f"using a temporary instance at {temporary.url}")
            _run_scenarios(temporary, output)
    with temporary_target(LMS_ORDER_WINDOW_SECONDS=str(expiry.ORDER_WINDOW_SECONDS)) as short_window:
        _run_expiry_scenario(short_window, output)
    print_line(f"\n{output.summary()}")
    return output.failed == 0


def _run_scenarios(target: DemoTarget, output: StepOutput) -> None:
    with httpx.Client(base_url=target.url, timeout=30) as http:
        users = DemoUsers(target, http, output, new_run_id())
        with output.scenario("Users"):
            with output.step("an admin signs in and reads the counters before the other scenarios"):
                admin = users.admin()
                before = dashboards.read_stable_counters(admin)
            with output.step("an instructor and five students register"):
                demo_courses = courses.DemoCourses(users.register("Meera", "instructor"))
                students = [users.register(name, "student") for name in ("Asha", "Ravi", "Divya", "Kiran", "Tara")]
            _run_course_scenarios(users, demo_courses, students)
            _run_account_scenarios(users, demo_courses, admin, students)
            with output.scenario("Dashboards"):
                with output.step("the admin dashboard has increased by the effects of these scenarios"):
                    dashboards.check_admin(admin, before, demo_courses)
                with output.step("the instructor dashboard"):
                    dashboards.check_instructor(demo_courses)
                with output.step("the student dashboard"):
                    dashboards.check_student(demo_courses, students[0])


def _run_course_scenarios(users: DemoUsers, demo_courses: courses.DemoCourses, students: list[ApiUser]) -> None:
    output, razorpay = users.output, users.razorpay()
    asha, ravi, divya, kiran, _ = students
    with output.scenario("An instructor creates a course"):
        courses.create_course(demo_courses)
        courses.add_thumbnail_and_publish(demo_courses, users)
        courses.create_free_course(demo_courses)
    with output.scenario("A learner buys the course"):
        purchase.check_purchase(demo_courses, asha, razorpay)
    with output.scenario("A learner completes the course"):
        purchase.check_learning(demo_courses, asha, users)
    with output.scenario("Forged signatures"):
        payment_faults.check_forged_signatures(demo_courses, ravi, razorpay)
    with output.scenario("The browser closes after paying"):
        payment_faults.check_closed_browser(demo_courses, divya, razorpay)
    with output.scenario("The price changes"):
        payment_faults.check_price_change(demo_courses, kiran, razorpay, users.target)


def _run_account_scenarios(
    users: DemoUsers, demo_courses: courses.DemoCourses, admin: ApiUser, students: list[ApiUser]
) -> None:
    output, (_, ravi, *_, tara) = users.output, students
    sale = accounts.CouponSale(demo_courses, admin, f"DEMO-{users.run_id}".upper())
    with output.scenario("A coupon"):
        accounts.check_coupon(sale, tara, ravi, users.razorpay())
    with output.scenario("A partial refund and its credit note"):
        accounts.check_credit_note(sale, tara, users.target)
    with output.scenario("The reports for the accountant"):
        accounts.check_reports(sale)


def _run_expiry_scenario(target: DemoTarget, output: StepOutput) -> None:
    with httpx.Client(base_url=target.url, timeout=30) as http, output.scenario("Orders expire"):
        users = DemoUsers(target, http, output, new_run_id())
        expiry.check_expiry(*expiry.create_course_and_learners(users), users.razorpay(), target)
