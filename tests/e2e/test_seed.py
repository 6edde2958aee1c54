"""The demo data: its content, repeated and interrupted runs, and its image and video files."""

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli._demo.courses import VIDEO_SECONDS
from functions.courses.markdown import sanitize_source
from local import processes
from local.cloudinary.formats import detect_format
from local.paths import ROOT
from local.seed import SeedError, assets, course_files, offers, seed_demo_data, seeder, users
from local.seed.admin import EMAIL, PASSWORD
from local.seed.users import DemoEnrollment, DemoReversal
from local.stack import Stack
from local.waiting import wait_until
from shared import config
from tests.e2e.users import wait_until_stable


@pytest.fixture
def stack() -> Iterator[Stack]:
    running = Stack(user_settings={"LMS_LOG_LEVEL": "ERROR", "LMS_LOCAL_SWEEP_SECONDS": "86400"})
    running.start()
    yield running
    running.stop()


@pytest.fixture
def small_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three courses (a free one with a video, a paid one, a draft) and three students."""
    slugs = ("python-first-steps", "questions-in-sql")
    courses = [course for course in course_files.read_courses() if course.slug in slugs]
    draft = [course for course in course_files.read_courses() if course.draft]
    instructors, _ = users.read_users()
    students = [
        users.DemoUser(
            "asha",
            "Asha Nair",
            "student",
            enrollments=(DemoEnrollment("questions-in-sql", 9, 50), DemoEnrollment(courses[0].slug, 9, 100)),
        ),
        users.DemoUser(
            "imran",
            "Imran Sheikh",
            "student",
            enrollments=(DemoEnrollment("questions-in-sql", 9, reversal=DemoReversal("refund_at_gateway", 2)),),
        ),
        users.DemoUser(
            "zoya", "Zoya Khan", "student", enrollments=(DemoEnrollment("questions-in-sql", 0, payment="open"),)
        ),
    ]
    selected = [instructor for instructor in instructors if instructor.key == "arjun"]
    monkeypatch.setattr(seeder, "read_courses", lambda: [*courses, *draft])
    monkeypatch.setattr(seeder, "read_users", lambda: (selected, students))
    monkeypatch.setattr(seeder, "read_offers", lambda: ([], []))


SMALL_SUMMARY = (
    "created demo data: 1 admin, 1 instructors, 3 students; 2 courses and 1 draft with 12 lessons; Rs 799 earned"
)


class ApiClient:
    """Reads the API, anonymously or signed in with the password of the demo data."""

    def __init__(self, http: httpx.Client, email: str = "") -> None:
        self._http = http
        self._headers: dict[str, str] = {}
        if email:
            tokens = http.post("/api/auth/login", json={"email": email, "password": PASSWORD}).raise_for_status().json()
            self._headers["Authorization"] = f"Bearer {tokens['access_token']}"

    def get(self, path: str) -> Any:
        return self._http.get(path, headers=self._headers).raise_for_status().json()


def test_seed_twice_creates_nothing_the_second_time(stack: Stack, small_seed: None) -> None:
    lines: list[str] = []
    seed_demo_data(stack.url, lines.append)
    assert lines[0] == SMALL_SUMMARY
    with httpx.Client(base_url=stack.url, timeout=30) as http:
        admin = ApiClient(http, EMAIL)
        await_counters(admin, SMALL_COUNTERS)

        def read_dashboard() -> dict[str, Any]:
            return {**admin.get("/api/dashboard/admin"), "attention": None}

        before = wait_until_stable(read_dashboard)
        lines.clear()
        seed_demo_data(stack.url, lines.append)
        assert lines[0] == "the demo data exists already: nothing was created"
        assert len(lines) == 5
        assert wait_until_stable(read_dashboard) == before


def test_seed_interrupted_twice_is_completed_by_the_next_run(
    stack: Stack, small_seed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first run ends while a course is created, the second while a student completes lessons."""
    with monkeypatch.context() as patched:
        fail_from_call(patched, "local.seed.course_creation._lesson_body", 8)
        with pytest.raises(SeedError, match="interrupted on purpose"):
            seed_demo_data(stack.url, lambda _line: None)
    with monkeypatch.context() as patched:
        fail_from_call(patched, "local.seed.student_activity._learn", 2)
        with pytest.raises(SeedError, match="interrupted on purpose"):
            seed_demo_data(stack.url, lambda _line: None)
    lines: list[str] = []
    seed_demo_data(stack.url, lines.append)
    assert lines[0] == SMALL_SUMMARY
    with httpx.Client(base_url=stack.url, timeout=30) as http:
        await_counters(ApiClient(http, EMAIL), SMALL_COUNTERS)


def test_seed_without_fake_razorpay_creates_no_purchases(
    stack: Stack, small_seed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMS_RAZORPAY_BASE_URL", "https://razorpay.example.com")
    sys.modules["shared.config"].clear_cache()  # the module that the stack has loaded
    lines: list[str] = []
    seed_demo_data(stack.url, lines.append)
    assert lines[0] == "https://razorpay.example.com is not the fake Razorpay: the demo data has no purchases"
    assert lines[1].endswith("2 courses and 1 draft with 12 lessons; Rs 0 earned")


def test_seed_outside_local_stage_raises_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMS_STAGE", "dev")
    config.clear_cache()
    with pytest.raises(SeedError, match="on a local instance only"):
        seed_demo_data("http://127.0.0.1:9", lambda _line: None)
    monkeypatch.undo()
    config.clear_cache()


@pytest.mark.timeout(600)
def test_dev_seeds_empty_table_and_demo_seed_and_recount_succeed_on_it(tmp_path: Path) -> None:
    """`make dev`, and in other processes `make demo`, the seed command and recount."""
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
        reader = threading.Thread(target=lambda: list(dev.stdout or ()))  # the log must not fill the pipe
        reader.start()
        try:
            url = lines[-1].split()[1]
            assert (
                "created demo data: 1 admin, 4 instructors, 35 students; 12 courses and 1 draft with 58 lessons; "
                "Rs 35,735 earned"
            ) in lines
            assert set(sign_in_hints(url)) <= set(lines)
            with httpx.Client(base_url=url, timeout=30) as http:
                check_seeded_data(http)
                check_past_months(ApiClient(http, EMAIL))
            reconciled = run_cli("reconcile", env, "--since", day_ago(170))
            assert reconciled.stdout.splitlines()[-1] == "ledgers match (amounts in minor units)", reconciled.stdout
            invariants = run_cli("invariants", env)
            assert invariants.returncode == 0, invariants.stdout

            demo = run_cli("demo", env)
            assert (demo.returncode, demo.stdout.splitlines()[-1]) == (0, "all 56 steps passed"), (
                demo.stdout + demo.stderr
            )
            assert demo.stdout.startswith(f"using the running instance at {url}\n")
            seed = run_cli("seed", env)
            first_line = "the demo data exists already: nothing was created"
            assert (seed.returncode, seed.stdout.splitlines()[0]) == (0, first_line)
            assert wait_until(lambda: equal_recount(env)), run_cli("recount", env).stdout
        finally:
            dev.terminate()
            reader.join(timeout=60)


def equal_recount(env: dict[str, str]) -> bool:
    """Whether the read models equal a recount; the last changes of the demo may still be in the stream."""
    recount = run_cli("recount", env)
    return (recount.returncode, recount.stdout[:5]) == (0, "equal")


def test_seed_courses_have_expected_sections_previews_and_sanitized_texts() -> None:
    courses = course_files.read_courses()
    assert len({course.slug for course in courses}) == len(courses) == 13
    assert [course.slug for course in courses if course.draft] == ["statistics-without-fear"]
    assert {course.level for course in courses} == {"beginner", "intermediate", "advanced"}
    assert len({course.category for course in courses}) >= 8
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
    video, text = sections[0].lessons
    assert (video.title, video.video_seconds, video.preview) == ("First", 30, True)
    assert (text.title, text.text) == ("Second", "```sh\n# not a section\n```\nend")


def test_seed_users_reference_only_existing_published_courses() -> None:
    instructors, students = users.read_users()
    courses = {course.slug: course for course in course_files.read_courses()}
    assert {course.instructor for course in courses.values()} == {instructor.key for instructor in instructors}
    enrollments = [enrollment for student in students for enrollment in student.enrollments]
    assert {enrollment.course for enrollment in enrollments} <= courses.keys()
    assert not any(courses[enrollment.course].draft for enrollment in enrollments)
    assert sum(enrollment.payment == "open" for enrollment in enrollments) == 3
    reversals = [enrollment.reversal.kind for enrollment in enrollments if enrollment.reversal]
    requests = {"approved_request", "declined_request", "open_request"}
    others = {"lost_dispute", "open_dispute", "refund", "refund_at_gateway"}
    assert sorted(reversals) == sorted(requests | others)
    codes = {coupon.code for coupon in offers.read_offers()[0]}
    assert {enrollment.coupon for enrollment in enrollments if enrollment.coupon} == codes


def test_seed_covers_are_640x360_webp_files_of_at_most_20_kb() -> None:
    for course in course_files.read_courses():
        cover = assets.read_cover(course.cover)
        found = detect_format(cover)
        assert (found.name, found.width, found.height) == ("webp", 640, 360), course.cover
        assert len(cover) <= 20_000, course.cover


def test_seed_clip_is_an_mp4_with_the_duration_of_every_video_lesson() -> None:
    clip = assets.read_clip()
    found = detect_format(clip)
    assert (found.name, found.duration) == ("mp4", float(assets.CLIP_SECONDS))
    assert len(clip) <= 60_000
    lessons = [lesson for course in course_files.read_courses() for lesson in course.lessons]
    durations = {lesson.video_seconds for lesson in lessons if lesson.video_seconds is not None}
    assert durations == {assets.CLIP_SECONDS, VIDEO_SECONDS}


Counters = dict[str, tuple[int, ...]]
SMALL_COUNTERS: Counters = {
    "users": (5, 3, 1, 1),
    "courses": (3, 2, 1),
    "enrollments": (4, 1, 1, 1, 1),
    "revenue": (2 * 79_900, 79_900, 79_900),
    "attention": (0, 0),
}
ALL_COUNTERS: Counters = {
    "users": (40, 35, 4, 1),
    "courses": (13, 12, 1),
    "enrollments": (76, 1, 50, 20, 5),
    "revenue": (3_933_270, 359_700, 3_573_570),
    "attention": (0, 0),
}


def check_seeded_data(http: httpx.Client) -> None:
    await_counters(ApiClient(http, EMAIL), ALL_COUNTERS)
    anyone, asha = ApiClient(http), ApiClient(http, "asha@lectern.example")
    cards = anyone.get("/api/courses?limit=100")["items"]
    newest_first = [course.title for course in reversed(course_files.read_courses()) if not course.draft]
    assert [card["title"] for card in cards] == newest_first
    assert {card["language"] for card in cards} == {"en", "hi"}
    for card in cards:
        cover = httpx.get(card["thumbnail_url"])
        assert (cover.status_code, cover.headers["content-type"]) == (200, "image/webp")

    enrollments = asha.get("/api/enrollments/my")["items"]
    mine = {enrollment["course"]["title"]: enrollment for enrollment in enrollments}
    assert mine["How to hear a raga"]["status"] == "completed"
    half = {"completed_lessons": 2, "total_lessons": 4, "percent": 50}
    assert mine["Good questions in SQL"]["progress"] == half
    raga = anyone.get(f"/api/courses/{mine['How to hear a raga']['course_id']}")
    clapping = raga["sections"][-1]["lessons"][-1]
    lesson = asha.get(f"/api/courses/{raga['id']}/lessons/{clapping['id']}")
    video = detect_format(httpx.get(lesson["video"]["url"]).content)
    assert (lesson["kind"], lesson["duration_seconds"], video.name, video.duration) == ("video", 90, "mp4", 90.0)


def check_past_months(admin: ApiClient) -> None:
    """Every chart and every report has something to show."""
    by_month = admin.get("/api/dashboard/admin")["revenue"]["by_month"]
    assert len(by_month) in (6, 7)
    assert all(month["net"]["amount"] >= 100_000 for month in by_month[1:-1])
    months = [month["month"] for month in by_month]
    documents = [each for month in months for each in admin.get(f"/api/reports/gstr1?month={month}&limit=100")["items"]]
    assert Counter(each["section"] for each in documents) == {"b2b": 2, "b2cs": 61}
    assert sum(each["amount"] for each in documents) == ALL_COUNTERS["revenue"][2]
    assert len({each["place_of_supply"] for each in documents}) == 15
    payouts = [each for month in months for each in admin.get(f"/api/reports/payouts?month={month}&limit=100")["items"]]
    assert len(payouts) >= 20
    assert {each["unexplained"] for each in payouts} == {0}
    assert sum(each["dispute"] for each in payouts) == -69_900
    coupons = {each["code"]: each["used"] for each in admin.get("/api/coupons")["items"]}
    assert coupons == {"FESTIVE300": 4, "SCHOLAR": 2, "MONSOON30": 3, "WELCOME20": 4}
    assert [each["status"] for each in admin.get("/api/disputes")["items"]] == ["open", "lost"]
    [request] = admin.get("/api/payments/refund-requests")["items"]
    assert (request["amount"], request["learner_request"]["state"]) == (69_900, "open")
    [sale] = [card["sale"] for card in admin.get("/api/courses?limit=100")["items"] if card["sale"]]
    assert sale["amount"] == 44_900


def day_ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).date().isoformat()


def sign_in_hints(url: str) -> list[str]:
    return [
        f"  sign in at {url}/ with the password: lectern demo",
        "    admin       admin@lectern.example",
        "    instructor  meera@lectern.example, arjun@lectern.example, farah@lectern.example, ...",
        "    student     asha@lectern.example, rohan@lectern.example, zoya@lectern.example, ...",
    ]


def await_counters(admin: ApiClient, expected: Counters) -> Any:
    """The admin dashboard after the projector has caught up; fails when it never shows the expected counters."""
    names = {
        "users": ("total", "students", "instructors", "admins"),
        "courses": ("total", "published", "draft"),
        "enrollments": ("total", "pending", "active", "completed", "cancelled"),
        "attention": ("refunds_pending", "amount_mismatches"),
    }
    shown: dict[str, Any] = {}
    found: Counters = {}

    def caught_up() -> bool:
        nonlocal shown, found
        shown = admin.get("/api/dashboard/admin")
        found = {panel: tuple(shown[panel][name] for name in names[panel]) for panel in names}
        found["revenue"] = tuple(_paise(shown["revenue"][name]) for name in ("gross", "refunded", "net"))
        # The entries of the instructors are written after the counters.
        by_instructor = sum(_paise(entry["revenue"]) for entry in shown["instructors"])
        return found == expected and by_instructor == expected["revenue"][2]

    assert wait_until(caught_up), found
    return shown


def _paise(amounts: list[dict[str, Any]]) -> int:
    return sum(money["amount"] for money in amounts if money["currency"] == "INR")


def fail_from_call(monkeypatch: pytest.MonkeyPatch, name: str, call: int) -> None:
    """The function raises SeedError at that call and every later one."""
    module, _, function = name.rpartition(".")
    real = getattr(sys.modules[module], function)
    calls = iter(range(1, 10_000))

    def fail_later(*args: Any) -> Any:
        if next(calls) >= call:
            raise SeedError("interrupted on purpose")
        return real(*args)

    monkeypatch.setattr(name, fail_later)


def run_cli(command: str, env: dict[str, str], *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cli", command, *options], cwd=ROOT, env=env, capture_output=True, text=True, timeout=200
    )
