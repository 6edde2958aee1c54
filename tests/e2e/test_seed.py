"""The demo data: what it makes, that it makes nothing twice, and that what it draws and films can be seen."""

import os
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from functions.courses.markdown import sanitize_source
from local import processes
from local.cloudinary.formats import detect_format
from local.paths import ROOT
from local.seed import SeedError, course_files, film, pictures, seed_demo_data, seeder, users
from local.seed.admin import EMAIL, PASSWORD
from local.seed.users import DemoEnrollment
from local.stack import Stack
from local.waiting import wait_until
from shared import config
from tests.e2e.users import standing_still


@pytest.fixture
def stack() -> Iterator[Stack]:
    made = Stack(given={"LMS_LOG_LEVEL": "ERROR", "LMS_LOCAL_SWEEP_SECONDS": "86400"})
    made.start()
    yield made
    made.stop()


@pytest.fixture
def small_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three courses (free with a film, paid, draft) and three of the people who are in them."""
    courses = [each for each in course_files.read_courses() if each.slug in ("python-first-steps", "questions-in-sql")]
    draft = [each for each in course_files.read_courses() if each.draft]
    instructors, _ = users.read_users()
    students = [
        users.DemoUser(
            "asha",
            "Asha Nair",
            "student",
            enrollments=(DemoEnrollment("questions-in-sql", 50), DemoEnrollment(courses[0].slug, 100)),
        ),
        users.DemoUser(
            "imran", "Imran Sheikh", "student", enrollments=(DemoEnrollment("questions-in-sql", payment="refunded"),)
        ),
        users.DemoUser(
            "zoya", "Zoya Khan", "student", enrollments=(DemoEnrollment("questions-in-sql", payment="open"),)
        ),
    ]
    teachers = [each for each in instructors if each.key == "arjun"]
    monkeypatch.setattr(seeder, "read_courses", lambda: [*courses, *draft])
    monkeypatch.setattr(seeder, "read_users", lambda: (teachers, students))


SMALL_SUMMARY = (
    "made demo data: 1 admin, 1 instructors, 3 students; 2 courses and 1 draft with 12 lessons; "
    "enrollments: 1 active, 1 completed, 1 pending, 1 cancelled; Rs 799 paid"
)


class ApiClient:
    """Anyone, or who signs in with the shared password."""

    def __init__(self, http: httpx.Client, email: str = "") -> None:
        self._http = http
        self._headers: dict[str, str] = {}
        if email:
            tokens = http.post("/api/auth/login", json={"email": email, "password": PASSWORD}).raise_for_status().json()
            self._headers["Authorization"] = f"Bearer {tokens['access_token']}"

    def get(self, path: str) -> Any:
        return self._http.get(path, headers=self._headers).raise_for_status().json()


def test_seed_twice_creates_nothing_the_second_time(stack: Stack, small_seed: None) -> None:
    said: list[str] = []
    seed_demo_data(stack.url, said.append)
    assert said[0] == SMALL_SUMMARY
    with httpx.Client(base_url=stack.url, timeout=30) as http:
        admin = ApiClient(http, EMAIL)
        settled_figures(admin, SMALL_FIGURES)

        def figures() -> dict[str, Any]:
            return {**admin.get("/api/dashboard/admin"), "attention": None}

        before = standing_still(figures)
        said.clear()
        seed_demo_data(stack.url, said.append)
        assert said[0] == "the demo data is here already: nothing was made"
        assert len(said) == 5
        assert standing_still(figures) == before


def test_seed_interrupted_twice_is_completed_by_the_next_run(
    stack: Stack, small_seed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first plant ends in the middle of a course, the second in the middle of what a student does."""
    with monkeypatch.context() as patched:
        fail_from_call(patched, "local.seed.course_creation._lesson_body", 8)
        with pytest.raises(SeedError, match="enough"):
            seed_demo_data(stack.url, lambda _line: None)
    with monkeypatch.context() as patched:
        fail_from_call(patched, "local.seed.student_activity._complete_lessons", 2)
        with pytest.raises(SeedError, match="enough"):
            seed_demo_data(stack.url, lambda _line: None)
    said: list[str] = []
    seed_demo_data(stack.url, said.append)
    assert said[0] == SMALL_SUMMARY
    with httpx.Client(base_url=stack.url, timeout=30) as http:
        settled_figures(ApiClient(http, EMAIL), SMALL_FIGURES)


def test_seed_without_fake_razorpay_creates_no_purchases(
    stack: Stack, small_seed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMS_RAZORPAY_BASE_URL", "https://gateway.example.com")
    sys.modules["shared.config"].clear_cache()  # the one that the stack has loaded
    said: list[str] = []
    seed_demo_data(stack.url, said.append)
    assert said[0] == "https://gateway.example.com is not the stand-in for Razorpay: nobody buys in the demo data"
    assert said[1].endswith("enrollments: 0 active, 1 completed, 0 pending, 0 cancelled; Rs 0 paid")


def test_seed_outside_local_stage_raises_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMS_STAGE", "dev")
    config.clear_cache()
    with pytest.raises(SeedError, match="on a local instance only"):
        seed_demo_data("http://127.0.0.1:9", lambda _line: None)
    monkeypatch.undo()
    config.clear_cache()


@pytest.mark.timeout(400)
def test_dev_seeds_empty_table_and_demo_seed_and_recount_succeed_on_it(tmp_path: Path) -> None:
    """As a person has it: `make dev`, a look around, and in another terminal `make demo` and the seed command."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LMS_", "AWS_"))}
    env = {**clean, "LMS_LOCAL_DIR": str(tmp_path / "local"), "PYTHONWARNINGS": "error"}
    lines: list[str] = []
    with processes.running(
        [sys.executable, "-m", "cli", "dev", "--port", "0"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    ) as dev:
        for line in dev.stdout or ():
            lines.append(line.rstrip("\n"))
            if line.startswith("ready "):
                break
        reader = threading.Thread(target=lambda: list(dev.stdout or ()))  # its log must not fill the pipe
        reader.start()
        try:
            url = lines[-1].split()[1]
            assert (
                "made demo data: 1 admin, 4 instructors, 12 students; 12 courses and 1 draft with 58 lessons; "
                "enrollments: 18 active, 13 completed, 1 pending, 1 cancelled; Rs 14,979 paid"
            ) in lines
            assert set(sign_in_hints(url)) <= set(lines)
            with httpx.Client(base_url=url, timeout=30) as http:
                check_seeded_data(http)

            demo = run_cli("demo", env)
            assert (demo.returncode, demo.stdout.splitlines()[-1]) == (0, "all 48 steps held"), (
                demo.stdout + demo.stderr
            )
            assert demo.stdout.startswith(f"on the instance that runs at {url}\n")
            seed = run_cli("seed", env)
            assert (seed.returncode, seed.stdout.splitlines()[0]) == (
                0,
                "the demo data is here already: nothing was made",
            )
            assert wait_until(lambda: equal_recount(env)), run_cli("recount", env).stdout
        finally:
            dev.terminate()
            reader.join(timeout=60)


def equal_recount(env: dict[str, str]) -> bool:
    """The last changes of the journey may still be on their way to the figures."""
    recount = run_cli("recount", env)
    return (recount.returncode, recount.stdout[:5]) == (0, "equal")


def test_seed_courses_have_expected_sections_previews_and_sanitized_texts() -> None:
    courses = course_files.read_courses()
    assert len({each.slug for each in courses}) == len(courses) == 13
    assert [each.slug for each in courses if each.draft] == ["statistics-without-fear"]
    assert {each.level for each in courses} == {"beginner", "intermediate", "advanced"}
    assert len({each.category for each in courses}) >= 8
    for course in courses:
        assert course.draft or 2 <= len(course.sections) <= 4
        assert all(2 <= len(section.lessons) <= 4 for section in course.sections)
        assert [lesson for lesson in course.lessons if lesson.preview] != []
        for lesson in course.lessons:
            assert (lesson.text == "") is (lesson.video_seconds is not None), lesson.title
            assert lesson.video_seconds or len(lesson.text.split()) >= 150, lesson.title
            assert sanitize_source(lesson.text) == lesson.text, lesson.title


def test_seed_markdown_heading_inside_code_block_is_not_a_lesson() -> None:
    sections = course_files._sections(
        "# One\n## First {video 30, preview}\n## Second\n```sh\n# not a section\n```\nend\n"
    )
    assert [section.title for section in sections] == ["One"]
    film_lesson, text = sections[0].lessons
    assert (film_lesson.title, film_lesson.video_seconds, film_lesson.preview) == ("First", 30, True)
    assert (text.title, text.text) == ("Second", "```sh\n# not a section\n```\nend")


def test_seed_users_reference_only_existing_published_courses() -> None:
    instructors, students = users.read_users()
    slugs = {each.slug: each for each in course_files.read_courses()}
    assert {each.teacher for each in slugs.values()} == {each.key for each in instructors}
    studies = [study for student in students for study in student.enrollments]
    assert {study.course for study in studies} <= slugs.keys()
    assert not any(slugs[study.course].draft for study in studies)
    assert sorted(study.payment for study in studies if study.payment != "paid") == ["open", "refunded"]


@pytest.mark.parametrize("motif", sorted(pictures.MOTIFS))
def test_seed_cover_is_a_deterministic_640x360_png(motif: str) -> None:
    made = pictures.cover(motif, "#112233", "#ddeeff")
    found = detect_format(made)
    assert (found.name, found.width, found.height) == ("png", 640, 360)
    assert made == pictures.cover(motif, "#112233", "#ddeeff")
    assert len(made) < 200_000
    start = made.index(b"IDAT") + 4
    length = int.from_bytes(made[start - 8 : start - 4], "big")
    pixels = zlib.decompress(made[start : start + length])
    assert len(pixels) == 360 * (1 + 3 * 640)
    assert tuple(pixels[1:4]) == (0x11, 0x22, 0x33) or motif == "tiles"


def test_seed_video_is_a_deterministic_mp4_without_start_codes() -> None:
    made = film.film(90, "#1d3557")
    found = detect_format(made)
    assert (found.name, found.duration) == ("mp4", 90.0)
    assert made == film.film(90, "#1d3557")
    pictures_of_it = made[made.index(b"mdat") + 4 :]
    assert len(pictures_of_it) == int.from_bytes(made[made.index(b"mdat") - 4 : made.index(b"mdat")], "big") - 8
    at, count = 0, 0
    while at < len(pictures_of_it):  # each behind its length, as the index says
        length = int.from_bytes(pictures_of_it[at : at + 4], "big")
        unit = pictures_of_it[at + 4 : at + 4 + length]
        assert unit[0] == 0x65
        assert b"\0\0\0" not in unit
        assert b"\0\0\1" not in unit
        at, count = at + 4 + length, count + 1
    assert (at, count) == (len(pictures_of_it), 6)


Figures = dict[str, tuple[int, ...]]
SMALL_FIGURES: Figures = {
    "users": (5, 3, 1, 1),
    "courses": (3, 2, 1),
    "enrollments": (4, 1, 1, 1, 1),
    "revenue": (2 * 79_900, 79_900, 79_900),
    "attention": (0, 0),
}
ALL_FIGURES: Figures = {
    "users": (17, 12, 4, 1),
    "courses": (13, 12, 1),
    "enrollments": (33, 1, 18, 13, 1),
    "revenue": (1_497_900 + 149_900, 149_900, 1_497_900),
    "attention": (0, 0),
}


def check_seeded_data(http: httpx.Client) -> None:
    settled_figures(ApiClient(http, EMAIL), ALL_FIGURES)
    anyone, asha = ApiClient(http), ApiClient(http, "asha@lectern.example")
    cards = anyone.get("/api/courses?limit=100")["items"]
    newest_first = [each.title for each in reversed(course_files.read_courses()) if not each.draft]
    assert [card["title"] for card in cards] == newest_first
    assert {card["language"] for card in cards} == {"en", "hi"}
    for card in cards:
        cover = httpx.get(card["thumbnail_url"])
        assert (cover.status_code, cover.headers["content-type"]) == (200, "image/png")

    mine = {each["course"]["title"]: each for each in asha.get("/api/enrollments/my")["items"]}
    assert mine["How to hear a raga"]["status"] == "completed"
    half = {"completed_lessons": 2, "total_lessons": 4, "percent": 50}
    assert mine["Good questions in SQL"]["progress"] == half
    raga = anyone.get(f"/api/courses/{mine['How to hear a raga']['course_id']}")
    clapping = raga["sections"][-1]["lessons"][-1]
    lesson = asha.get(f"/api/courses/{raga['id']}/lessons/{clapping['id']}")
    seen = detect_format(httpx.get(lesson["video"]["url"]).content)
    assert (lesson["kind"], lesson["duration_seconds"], seen.name, seen.duration) == ("video", 120, "mp4", 120.0)


def sign_in_hints(url: str) -> list[str]:
    return [
        f"  sign in at {url}/ with the password: lectern demo",
        "    admin       admin@lectern.example",
        "    instructor  meera@lectern.example, arjun@lectern.example, farah@lectern.example, ...",
        "    student     asha@lectern.example, rohan@lectern.example, zoya@lectern.example, ...",
    ]


def settled_figures(admin: ApiClient, wanted: Figures) -> Any:
    """The admin's dashboard once the projector has caught up; fails when it never shows what is wanted."""
    names = {
        "users": ("total", "students", "instructors", "admins"),
        "courses": ("total", "published", "draft"),
        "enrollments": ("total", "pending", "active", "completed", "cancelled"),
        "attention": ("refunds_pending", "amount_mismatches"),
    }
    shown: dict[str, Any] = {}
    found: Figures = {}

    def caught_up() -> bool:
        nonlocal shown, found
        shown = admin.get("/api/dashboard/admin")
        found = {panel: tuple(shown[panel][name] for name in names[panel]) for panel in names}
        found["revenue"] = tuple(_rupees(shown["revenue"][name]) for name in ("gross", "refunded", "net"))
        # What an instructor is shown with is written after what is counted.
        return (
            found == wanted and sum(_rupees(each["revenue"]) for each in shown["instructors"]) == wanted["revenue"][2]
        )

    assert wait_until(caught_up), found
    return shown


def _rupees(amounts: list[dict[str, Any]]) -> int:
    """In paise."""
    return sum(each["amount"] for each in amounts if each["currency"] == "INR")


def fail_from_call(monkeypatch: pytest.MonkeyPatch, name: str, call: int) -> None:
    """The function raises Unplantable at that call and every later one."""
    module, _, function = name.rpartition(".")
    real = getattr(sys.modules[module], function)
    calls = iter(range(1, 10_000))

    def stopping(*given: Any) -> Any:
        if next(calls) >= call:
            raise SeedError("enough")
        return real(*given)

    monkeypatch.setattr(name, stopping)


def run_cli(command: str, env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cli", command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=200
    )
