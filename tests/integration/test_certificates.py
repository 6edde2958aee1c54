"""A certificate comes with the completion, is one for ever, and is valid for as long as the course is kept."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from pypdf import PdfReader

from functions.payments import examine
from shared.db import keys, store
from shared.db.base import Item
from shared.db.entities import Certificate, Course, Enrollment, Outline, User
from shared.db.transaction import Transaction
from shared.errors import StoreUnavailable
from tests.api import Api
from tests.contents import contents
from tests.integration.test_concurrency import at_once
from tests.shop import Shop, stored_course

NewUser = Callable[..., Api]


def lesson_paths(course: Course) -> list[str]:
    outline = store.get(Outline, keys.outline(course.course_id))
    assert outline
    return [f"/api/enrollments/{course.course_id}/lessons/{each}" for each in outline.lesson_ids()]


def complete(learner: Api, course: Course) -> None:
    for path in lesson_paths(course):
        assert learner.put(path, {"completed": True}).status == 200


def free_course(learner: Api, **facts: Any) -> Course:
    course = stored_course("usr_01M844DZG0RJ9RDKNYDJNHNVW1", amount=0, **facts)
    assert learner.post("/api/enrollments", {"course_id": course.course_id}).status == 201
    return course


def certificate_of(learner: Api, course: Course) -> str:
    certificate_id = learner.get(f"/api/enrollments/{course.course_id}").json["certificate_id"]
    assert certificate_id
    return str(certificate_id)


def stored_certificates() -> list[Item]:
    from shared.db import recount

    return [item for item in recount.scan_all() if isinstance(item, Certificate)]


def status_of(certificate_id: str) -> tuple[str, str | None]:
    told = Api().get(f"/api/certificates/{certificate_id}").json
    return told["status"], told["revoked_at"]


def sound() -> bool:
    return examine.check_invariants().breaches_of("I16") == []


def test_the_last_lesson_brings_a_certificate_that_anyone_may_verify(shop: Shop, new_user: NewUser) -> None:
    learner = new_user("student", name="Ravi Kumar")
    course = free_course(learner, title="Ragas <for> beginners")
    first, second = lesson_paths(course)
    learner.put(first, {"completed": True})
    assert learner.get(f"/api/enrollments/{course.course_id}").json["certificate_id"] is None
    assert learner.get("/api/certificates/my").json == {"items": [], "next_cursor": None}
    learner.put(second, {"completed": True})
    certificate_id = certificate_of(learner, course)
    told = Api().get(f"/api/certificates/{certificate_id}")
    assert told.json == {
        "id": certificate_id,
        "status": "valid",
        "learner_name": "Ravi Kumar",
        "course": {"id": course.course_id, "title": "Ragas <for> beginners", "instructor_name": "Asha Rao"},
        "issuer_name": "Lectern",
        "completed_at": "2026-11-23T12:00:00.000Z",
        "revoked_at": None,
        "page_url": f"http://127.0.0.1:8000/api/certificates/{certificate_id}/html",
        "pdf_url": f"http://127.0.0.1:8000/api/certificates/{certificate_id}/pdf",
    }
    assert (told.headers["Cache-Control"], told.headers["X-Robots-Tag"]) == ("no-store", "noindex")
    assert learner.get("/api/certificates/my").json["items"] == [told.json]
    assert learner.user_id not in told.text
    assert sound()


def test_it_keeps_the_name_of_that_day(student: Api) -> None:
    u = User
    store.update(u, keys.user(student.user_id), [u.name.set("As she is called now")], u.pk.exists())
    course = free_course(student)
    complete(student, course)
    store.update(u, keys.user(student.user_id), [u.name.set("Later")], u.pk.exists())
    c = Course
    store.update(c, keys.course(course.course_id), [c.title.set("Another title")], c.pk.exists())
    told = Api().get(f"/api/certificates/{certificate_of(student, course)}").json
    assert (told["learner_name"], told["course"]["title"]) == ("As she is called now", "Ragas for beginners")


def test_a_course_finished_on_many_devices_at_once_has_one_certificate(student: Api) -> None:
    course = free_course(student)
    paths = lesson_paths(course)
    replies = at_once(lambda n: student.put(paths[n % 2], {"completed": True}), 20)
    assert {reply.status for reply in replies} <= {200, 409}
    complete(student, course)
    [only] = stored_certificates()
    assert only.certificate_id == certificate_of(student, course)
    assert sound()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_process_that_dies_leaves_both_or_neither(student: Api, monkeypatch: pytest.MonkeyPatch, after: bool) -> None:
    course = free_course(student)
    first, last = lesson_paths(course)
    student.put(first, {"completed": True})
    commit = Transaction.commit

    def dying(self: Transaction) -> Any:
        if after:
            assert not commit(self)
        raise StoreUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "commit", dying)
        assert student.put(last, {"completed": True}).status == 503
    enrollment = store.get(Enrollment, keys.enrollment(student.user_id, course.course_id))
    assert enrollment
    assert (enrollment.status, len(stored_certificates())) == (("completed", 1) if after else ("active", 0))
    assert sound()
    assert student.put(last, {"completed": True}).json["status"] == "completed"
    assert len(stored_certificates()) == 1
    assert sound()


def test_who_gets_the_money_back_has_no_valid_certificate(shop: Shop, student: Api, admin: Api) -> None:
    order = shop.order(student)["order_id"]
    shop.pay(order)
    shop.deliver()
    complete(student, shop.course)
    certificate_id = certificate_of(student, shop.course)
    assert status_of(certificate_id) == ("valid", None)
    shop.time.pass_time(days=1)
    assert admin.post(f"/api/payments/{order}/refund", {"reason": "asked for"}).status == 200
    shop.sweep()
    shop.time.pass_time(minutes=20)
    shop.sweep()
    assert shop.states(student, order) == ("refunded", "cancelled")
    told, since = status_of(certificate_id)
    assert (told, (since or "")[:10]) == ("revoked", "2026-11-24")
    refused = Api().get(f"/api/certificates/{certificate_id}/pdf")
    assert (refused.status, refused.code) == (409, "certificate_revoked")
    assert student.get("/api/certificates/my").json["items"][0]["status"] == "revoked"
    assert sound()


def test_completing_again_makes_the_same_certificate_valid_again(shop: Shop, student: Api, admin: Api) -> None:
    body = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "a prize"}
    assert admin.post("/api/enrollments/grant", body).status == 201
    complete(student, shop.course)
    certificate_id = certificate_of(student, shop.course)
    assert admin.post("/api/enrollments/revoke", body).status == 200
    assert status_of(certificate_id)[0] == "revoked"
    assert admin.post("/api/enrollments/grant", body).status == 201
    assert status_of(certificate_id)[0] == "revoked"
    complete(student, shop.course)
    assert status_of(certificate_id) == ("valid", None)
    assert len(stored_certificates()) == 1
    assert certificate_of(student, shop.course) == certificate_id
    assert sound()


def test_an_admin_revokes_and_gives_back_with_a_reason(
    shop: Shop, student: Api, instructor: Api, admin: Api, anyone: Api
) -> None:
    course = free_course(student)
    complete(student, course)
    certificate_id = certificate_of(student, course)
    path = f"/api/certificates/{certificate_id}/revocation"
    body = {"revoked": True, "reason": "Somebody else did it"}
    assert [each.patch(path, body).status for each in (student, instructor, anyone)] == [403, 403, 401]
    for wrong in ({}, {"revoked": True}, {"revoked": "yes", "reason": "x"}, {**body, "reason": " "}):
        assert admin.patch(path, wrong).code == "invalid"
    assert status_of(certificate_id) == ("valid", None)
    for _ in range(2):
        assert admin.patch(path, body).json["status"] == "revoked"
    assert status_of(certificate_id) == ("revoked", "2026-11-23T12:00:00.000Z")
    assert "Somebody else" not in anyone.get(f"/api/certificates/{certificate_id}").text
    assert admin.patch(path, {"revoked": False, "reason": "She did"}).json["status"] == "valid"
    assert status_of(certificate_id) == ("valid", None)
    entries = [each for each in store.query_all("AUDIT#2026-11") if each.action.startswith("certificate")]
    assert sorted((each.action, each.reason, each.before["revoked"]) for each in entries) == [
        ("certificate_restored", "She did", True),
        ("certificate_revoked", "Somebody else did it", False),
        ("certificate_revoked", "Somebody else did it", True),
    ]


def test_an_unknown_certificate_is_not_found_and_changes_nothing(admin: Api, anyone: Api) -> None:
    before = contents()
    for path in (
        f"/api/certificates/cert_{'0' * 26}",
        "/api/certificates/cert_x",
        f"/api/certificates/cert_{'U' * 26}",
    ):
        for end in ("", "/html", "/pdf"):
            assert anyone.get(path + end).code == "certificate_not_found"
        reply = admin.patch(f"{path}/revocation", {"revoked": True, "reason": "x"})
        assert (reply.status, reply.code) == (404, "certificate_not_found")
    assert contents() == before


def test_each_revocation_of_many_at_once_is_one_step_and_one_entry(shop: Shop, student: Api, admin: Api) -> None:
    course = free_course(student)
    complete(student, course)
    path = f"/api/certificates/{certificate_of(student, course)}/revocation"
    replies = at_once(lambda n: admin.patch(path, {"revoked": bool(n % 2), "reason": f"number {n}"}), 8)
    assert {reply.status for reply in replies} <= {200, 409}
    certificate = store.get(Certificate, keys.certificate(certificate_of(student, course)))
    assert certificate
    assert certificate.version == 1 + sum(reply.status == 200 for reply in replies)
    audited = [each for each in store.query_all("AUDIT#2026-11") if each.action.startswith("certificate")]
    assert len(audited) == certificate.version - 1


def test_the_page_says_what_it_is_and_whether_it_is_valid(shop: Shop, new_user: NewUser, admin: Api) -> None:
    learner = new_user("student", name='<script>"கிருஷ்ணமூர்த்தி"</script>')
    course = free_course(learner)
    complete(learner, course)
    path = f"/api/certificates/{certificate_of(learner, course)}"
    page = Api().get(f"{path}/html")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    for shown in (
        "கிருஷ்ணமூர்த்தி",
        "Ragas for beginners",
        "23 November 2026",
        "This certificate is valid.",
        "<svg",
        f"{path}/pdf",
    ):
        assert shown in page.text
    assert "<script" not in page.text
    admin.patch(f"{path}/revocation", {"revoked": True, "reason": "x"})
    revoked = Api().get(f"{path}/html")
    assert "This certificate is no longer valid." in revoked.text
    assert f"{path}/pdf" not in revoked.text


def test_the_pdf_is_a_file_of_one_page(shop: Shop, student: Api) -> None:
    course = free_course(student)
    complete(student, course)
    certificate_id = certificate_of(student, course)
    reply = Api().get(f"/api/certificates/{certificate_id}/pdf")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/pdf")
    assert reply.headers["Content-Disposition"] == f'inline; filename="{certificate_id}.pdf"'
    [page] = PdfReader(io.BytesIO(reply.text.encode("latin-1"))).pages
    text = page.extract_text()
    for told in (
        "Certificate of completion",
        "Ragas for beginners",
        "taught by Asha Rao",
        "23 November 2026",
        certificate_id,
    ):
        assert told in text


def test_what_is_wrong_with_certificates_is_found(student: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examine, "PAUSE_SECONDS", 0)
    course = free_course(student)
    complete(student, course)
    certificate_id = certificate_of(student, course)
    subject = f"{student.user_id} {course.course_id}"
    e = Enrollment
    where = keys.enrollment(student.user_id, course.course_id)
    store.update(e, where, [e.certificate_id.remove()], e.pk.exists())
    assert [(each.subject, each.detail) for each in examine.check_invariants().breaches_of("I16")] == [
        (subject, "completed, and without a certificate"),
        (subject, f"{certificate_id} is one too many"),
    ]
    store.update(e, where, [e.certificate_id.set("cert_other")], e.pk.exists())
    assert len(examine.check_invariants().breaches_of("I16")) == 2
    store.update(e, where, [e.certificate_id.set(certificate_id)], e.pk.exists())
    store.delete(keys.certificate(certificate_id))
    assert [each.detail for each in examine.check_invariants().breaches_of("I16")] == [
        f"has {certificate_id}, which is no certificate of this completion"
    ]
