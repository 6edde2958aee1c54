"""The journey from its first registration to its last rupee."""

from collections.abc import Callable

import httpx

from cli._journey import buying, figures, shop, trouble, window
from cli._journey.cast import DemoUsers, new_run_id
from cli._journey.client import ApiUser
from cli._journey.stage import DemoTarget, running_target, temporary_target
from cli._journey.telling import StepOutput


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
    with temporary_target(LMS_ORDER_WINDOW_SECONDS=str(window.ORDER_WINDOW_SECONDS)) as short:
        _run_expiry_scenario(short, teller)
    say(f"\n{teller.summary()}")
    return teller.failed == 0


def _run_scenarios(stage: DemoTarget, teller: StepOutput) -> None:
    with httpx.Client(base_url=stage.url, timeout=30) as http:
        cast = DemoUsers(stage, http, teller, new_run_id())
        with teller.scenario("People"):
            with teller.step("an admin signs in and looks at the figures before"):
                admin = cast.admin()
                before = figures.read_stable_counters(admin)
            with teller.step("an instructor and four students register"):
                sold = shop.DemoCourses(cast.register("Meera", "instructor"))
                students = [cast.register(name, "student") for name in ("Asha", "Ravi", "Divya", "Kiran")]
            _run_course_scenarios(cast, sold, students)
            with teller.scenario("Dashboards"):
                with teller.step("the admin's: grown by what was done here, to the last rupee"):
                    figures.check_admin(admin, before, sold)
                with teller.step("the instructor's"):
                    figures.check_instructor(sold)
                with teller.step("the student's"):
                    figures.check_student(sold, students[0])


def _run_course_scenarios(cast: DemoUsers, sold: shop.DemoCourses, students: list[ApiUser]) -> None:
    teller, bank = cast.output, cast.razorpay()
    asha, ravi, divya, kiran = students
    with teller.scenario("A course is made"):
        shop.create_course(sold)
        shop.add_thumbnail_and_publish(sold, cast)
        shop.create_free_course(sold)
    with teller.scenario("A course is bought"):
        buying.check_purchase(sold, asha, bank)
    with teller.scenario("A course is learned"):
        buying.check_learning(sold, asha, cast)
    with teller.scenario("Forged signatures"):
        trouble.check_forged_signatures(sold, ravi, bank)
    with teller.scenario("The browser closes after paying"):
        trouble.check_closed_browser(sold, divya, bank)
    with teller.scenario("The price changes"):
        trouble.check_price_change(sold, kiran, bank, cast.target)


def _run_expiry_scenario(stage: DemoTarget, teller: StepOutput) -> None:
    with httpx.Client(base_url=stage.url, timeout=30) as http, teller.scenario("Time passes"):
        cast = DemoUsers(stage, http, teller, new_run_id())
        window.check_expiry(*window.create_course_and_learners(cast), cast.razorpay(), stage)
