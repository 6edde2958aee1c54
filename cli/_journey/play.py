"""The journey from its first registration to its last rupee."""

from collections.abc import Callable

import httpx

from cli._journey import buying, figures, shop, trouble, window
from cli._journey.cast import Cast, new_run
from cli._journey.client import Person
from cli._journey.stage import Stage, own_stage, running_stage
from cli._journey.telling import Teller


def play(say: Callable[[str], None]) -> bool:
    """Plays on the instance that runs, or on one of its own; what needs a short payment window always on one of its
    own. True when every step held. Raises Unplayable, SettingUnusable."""
    teller = Teller(say)
    running = running_stage(say)
    if running:
        say(f"on the instance that runs at {running.url}")
        _main(running, teller)
    else:
        with own_stage() as own:
            say(f"on an instance of its own at {own.url}")
            _main(own, teller)
    with own_stage(LMS_ORDER_WINDOW_SECONDS=str(window.SECONDS)) as short:
        _waiting(short, teller)
    say(f"\n{teller.summary()}")
    return teller.broken == 0


def _main(stage: Stage, teller: Teller) -> None:
    with httpx.Client(base_url=stage.url, timeout=30) as http:
        cast = Cast(stage, http, teller, new_run())
        with teller.chapter("People"):
            with teller.step("an admin signs in and looks at the figures before"):
                admin = cast.admin()
                before = figures.read_settled(admin)
            with teller.step("an instructor and four students register"):
                sold = shop.Shop(cast.register("Meera", "instructor"))
                students = [cast.register(name, "student") for name in ("Asha", "Ravi", "Divya", "Kiran")]
            _sell(cast, sold, students)
            with teller.chapter("Dashboards"):
                with teller.step("the admin's: grown by what was done here, to the last rupee"):
                    figures.check_admin(admin, before, sold)
                with teller.step("the instructor's"):
                    figures.check_instructor(sold)
                with teller.step("the student's"):
                    figures.check_student(sold, students[0])


def _sell(cast: Cast, sold: shop.Shop, students: list[Person]) -> None:
    teller, bank = cast.teller, cast.bank()
    asha, ravi, divya, kiran = students
    with teller.chapter("A course is made"):
        shop.make_course(sold)
        shop.dress_and_publish(sold, cast)
        shop.make_free_course(sold)
    with teller.chapter("A course is bought"):
        buying.buy(sold, asha, bank)
    with teller.chapter("A course is learned"):
        buying.learn(sold, asha, cast)
    with teller.chapter("Forged signatures"):
        trouble.forge(sold, ravi, bank)
    with teller.chapter("The browser closes after paying"):
        trouble.close_browser(sold, divya, bank)
    with teller.chapter("The price changes"):
        trouble.change_price(sold, kiran, bank, cast.stage)


def _waiting(stage: Stage, teller: Teller) -> None:
    with httpx.Client(base_url=stage.url, timeout=30) as http, teller.chapter("Time passes"):
        cast = Cast(stage, http, teller, new_run())
        window.wait_out(*window.prepare(cast), cast.bank(), stage)
