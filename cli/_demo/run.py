"""The journey from its first registration to its last rupee."""

from collections.abc import Callable

import httpx

from cli._demo import courses, dashboards, expiry, payment_faults, purchase
from cli._demo.client import ApiUser
from cli._demo.output import StepOutput
from cli._demo.target import DemoTarget, running_target, temporary_target
from cli._demo.users import DemoUsers, new_run_id


def run_demo(say: Callable[[str], None]) -> bool:
    """Plays on the instance that runs, or on one of its own; what needs a short payment window always on one of its
    own. True when every step held. Raises Unplayable, SettingUnusable."""
    teller = StepOutput(say)
    running = running_target(say)
    if running:
        say(f"on the instance that runs at {running.url}")
        _run_scenarios(running, teller)
    else:
        with temporary_target() as own:
            say(f"on an instance of its own at {own.url}")
            _run_scenarios(own, teller)
    with temporary_target(LMS_ORDER_WINDOW_SECONDS=str(expiry.ORDER_WINDOW_SECONDS)) as short:
        _run_expiry_scenario(short, teller)
    say(f"\n{teller.summary()}")
    return teller.failed == 0


def _run_scenarios(stage: DemoTarget, teller: StepOutput) -> None:
    with httpx.Client(base_url=stage.url, timeout=30) as http:
        cast = DemoUsers(stage, http, teller, new_run_id())
        with teller.scenario("People"):
            with teller.step("an admin signs in and looks at the figures before"):
                admin = cast.admin()
                before = dashboards.read_stable_counters(admin)
            with teller.step("an instructor and four students register"):
                sold = courses.DemoCourses(cast.register("Meera", "instructor"))
                students = [cast.register(name, "student") for name in ("Asha", "Ravi", "Divya", "Kiran")]
            _run_course_scenarios(cast, sold, students)
            with teller.scenario("Dashboards"):
                with teller.step("the admin's: grown by what was done here, to the last rupee"):
                    dashboards.check_admin(admin, before, sold)
                with teller.step("the instructor's"):
                    dashboards.check_instructor(sold)
                with teller.step("the student's"):
                    dashboards.check_student(sold, students[0])


def _run_course_scenarios(cast: DemoUsers, sold: courses.DemoCourses, students: list[ApiUser]) -> None:
    teller, bank = cast.output, cast.razorpay()
    asha, ravi, divya, kiran = students
    with teller.scenario("A course is made"):
        courses.create_course(sold)
        courses.add_thumbnail_and_publish(sold, cast)
        courses.create_free_course(sold)
    with teller.scenario("A course is bought"):
        purchase.check_purchase(sold, asha, bank)
    with teller.scenario("A course is learned"):
        purchase.check_learning(sold, asha, cast)
    with teller.scenario("Forged signatures"):
        payment_faults.check_forged_signatures(sold, ravi, bank)
    with teller.scenario("The browser closes after paying"):
        payment_faults.check_closed_browser(sold, divya, bank)
    with teller.scenario("The price changes"):
        payment_faults.check_price_change(sold, kiran, bank, cast.target)


def _run_expiry_scenario(stage: DemoTarget, teller: StepOutput) -> None:
    with httpx.Client(base_url=stage.url, timeout=30) as http, teller.scenario("Time passes"):
        cast = DemoUsers(stage, http, teller, new_run_id())
        expiry.check_expiry(*expiry.create_course_and_learners(cast), cast.razorpay(), stage)
