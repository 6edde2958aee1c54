"""Certificates: issued once on completion, and valid while the learner keeps the course."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from pypdf import PdfReader

from functions.payments.invariants import check, confirmation
from shared.db.entities import Certificate, Course, Enrollment, Outline, User
from shared.db.table import keys, store
from shared.db.table.transaction import Transaction
from shared.errors import StoreUnavailable
from tests.fixtures.api import Api
from tests.fixtures.audit_log import audit_entries
from tests.fixtures.storefront import Storefront, put_published_course
from tests.fixtures.table_snapshot import snapshot
from tests.integration.payments.test_concurrency import run_concurrently

NewUser = Callable[..., Api]


def lesson_paths(course: Course) -> list[str]:
    outline = store.get(Outline, keys.outline(course.course_id))
    assert outline
    return [f"/api/enrollments/{course.course_id}/lessons/{each}" for each in outline.lesson_ids()]


def complete_course(learner: Api, course: Course) -> None:
    for path in lesson_paths(course):
        assert learner.put(path, {"completed": True}).status == 200


def enroll_in_free_course(learner: Api, **attributes: Any) -> Course:
    course = put_published_course("usr_01M844DZG0RJ9RDKNYDJNHNVW1", amount=0, **attributes)
    assert learner.post("/api/enrollments", {"course_id": course.course_id}).status == 201
    return course


def certificate_of(learner: Api, course: Course) -> str:
    certificate_id = learner.get(f"/api/enrollments/{course.course_id}").json["certificate_id"]
    assert certificate_id
    return str(certificate_id)


def stored_certificates() -> list[Certificate]:
    from shared.db import table_scan

    return [item for item in table_scan.scan_all() if isinstance(item, Certificate)]


def status_of(certificate_id: str) -> tuple[str, str | None]:
    certificate = Api().get(f"/api/certificates/{certificate_id}").json
    return certificate["status"], certificate["revoked_at"]


def certificates_consistent() -> bool:
    return check.check_invariants().breaches_of("I16") == []


def test_certificate_is_issued_on_last_lesson_and_publicly_verifiable(shop: Storefront, new_user: NewUser) -> None:
    learner = new_user("student", name="Ravi Kumar")
    course = enroll_in_free_course(learner, title="Ragas <for> beginners")
    first, second = lesson_paths(course)
    learner.put(first, {"completed": True})
    assert learner.get(f"/api/enrollments/{course.course_id}").json["certificate_id"] is None
    assert learner.get("/api/certificates/my").json == {"items": [], "next_cursor": None}
    learner.put(second, {"completed": True})
    certificate_id = certificate_of(learner, course)
    reply = Api().get(f"/api/certificates/{certificate_id}")
    assert reply.json == {
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
    assert (reply.headers["Cache-Control"], reply.headers["X-Robots-Tag"]) == ("no-store", "noindex")
    assert learner.get("/api/certificates/my").json["items"] == [reply.json]
    assert learner.user_id not in reply.text
    assert certificates_consistent()


def test_certificate_keeps_learner_name_and_course_title_of_completion_day(student: Api) -> None:
    store.update(User, keys.user(student.user_id), [User.name.set("Name on completion day")], User.pk.exists())
    course = enroll_in_free_course(student)
    complete_course(student, course)
    store.update(User, keys.user(student.user_id), [User.name.set("Later name")], User.pk.exists())
    title = Course.title.set("Another title")
    store.update(Course, keys.course(course.course_id), [title], Course.pk.exists())
    shown = Api().get(f"/api/certificates/{certificate_of(student, course)}").json
    assert (shown["learner_name"], shown["course"]["title"]) == ("Name on completion day", "Ragas for beginners")


def test_certificate_concurrent_completions_issue_exactly_one(student: Api) -> None:
    course = enroll_in_free_course(student)
    paths = lesson_paths(course)
    replies = run_concurrently(lambda n: student.put(paths[n % 2], {"completed": True}), 20)
    assert {reply.status for reply in replies} <= {200, 409}
    complete_course(student, course)
    [only] = stored_certificates()
    assert only.certificate_id == certificate_of(student, course)
    assert certificates_consistent()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_certificate_crash_at_commit_leaves_completion_and_certificate_or_neither(
    student: Api, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    course = enroll_in_free_course(student)
    first, last = lesson_paths(course)
    student.put(first, {"completed": True})
    commit = Transaction.commit

    def crashing(self: Transaction) -> Any:
        if after:
            assert not commit(self)
        raise StoreUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "commit", crashing)
        assert student.put(last, {"completed": True}).status == 503
    enrollment = store.get(Enrollment, keys.enrollment(student.user_id, course.course_id))
    assert enrollment
    assert (enrollment.status, len(stored_certificates())) == (("completed", 1) if after else ("active", 0))
    assert certificates_consistent()
    assert student.put(last, {"completed": True}).json["status"] == "completed"
    assert len(stored_certificates()) == 1
    assert certificates_consistent()


def test_certificate_is_revoked_when_the_payment_is_refunded(shop: Storefront, student: Api, admin: Api) -> None:
    order = shop.create_order(student)["order_id"]
    shop.pay(order)
    shop.deliver()
    complete_course(student, shop.course)
    certificate_id = certificate_of(student, shop.course)
    assert status_of(certificate_id) == ("valid", None)
    shop.clock.advance(days=1)
    assert admin.post(f"/api/payments/{order}/refund", {"reason": "requested"}).status == 200
    shop.sweep()
    shop.clock.advance(minutes=20)
    shop.sweep()
    assert shop.states(student, order) == ("refunded", "cancelled")
    status, since = status_of(certificate_id)
    assert (status, (since or "")[:10]) == ("revoked", "2026-11-24")
    rejected = Api().get(f"/api/certificates/{certificate_id}/pdf")
    assert (rejected.status, rejected.code) == (409, "certificate_revoked")
    assert student.get("/api/certificates/my").json["items"][0]["status"] == "revoked"
    assert certificates_consistent()


def test_certificate_recompletion_after_regrant_revalidates_same_certificate(
    shop: Storefront, student: Api, admin: Api
) -> None:
    body = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "a prize"}
    assert admin.post("/api/enrollments/grant", body).status == 201
    complete_course(student, shop.course)
    certificate_id = certificate_of(student, shop.course)
    assert admin.post("/api/enrollments/revoke", body).status == 200
    assert status_of(certificate_id)[0] == "revoked"
    assert admin.post("/api/enrollments/grant", body).status == 201
    assert status_of(certificate_id)[0] == "revoked"
    complete_course(student, shop.course)
    assert status_of(certificate_id) == ("valid", None)
    assert len(stored_certificates()) == 1
    assert certificate_of(student, shop.course) == certificate_id
    assert certificates_consistent()


def test_certificate_revocation_by_admin_is_reversible_and_audited_with_reason(
    shop: Storefront, student: Api, instructor: Api, admin: Api, anonymous: Api
) -> None:
    course = enroll_in_free_course(student)
    complete_course(student, course)
    certificate_id = certificate_of(student, course)
    path = f"/api/certificates/{certificate_id}/revocation"
    body = {"revoked": True, "reason": "Completed by another person"}
    assert [each.patch(path, body).status for each in (student, instructor, anonymous)] == [403, 403, 401]
    for wrong in ({}, {"revoked": True}, {"revoked": "yes", "reason": "x"}, {**body, "reason": " "}):
        assert admin.patch(path, wrong).code == "invalid"
    assert status_of(certificate_id) == ("valid", None)
    for _ in range(2):
        assert admin.patch(path, body).json["status"] == "revoked"
    assert status_of(certificate_id) == ("revoked", "2026-11-23T12:00:00.000Z")
    assert "another person" not in anonymous.get(f"/api/certificates/{certificate_id}").text
    assert admin.patch(path, {"revoked": False, "reason": "Identity confirmed"}).json["status"] == "valid"
    assert status_of(certificate_id) == ("valid", None)
    entries = [each for each in audit_entries() if each.action.startswith("certificate")]
    assert sorted((each.action, each.reason, each.before["revoked"]) for each in entries) == [
        ("certificate_restored", "Identity confirmed", True),
        ("certificate_revoked", "Completed by another person", False),
        ("certificate_revoked", "Completed by another person", True),
    ]


def test_certificate_unknown_id_returns_404_and_changes_nothing(admin: Api, anonymous: Api) -> None:
    before = snapshot()
    for path in (
        f"/api/certificates/cert_{'0' * 26}",
        "/api/certificates/cert_x",
        f"/api/certificates/cert_{'U' * 26}",
    ):
        for end in ("", "/html", "/pdf"):
            assert anonymous.get(path + end).code == "certificate_not_found"
        reply = admin.patch(f"{path}/revocation", {"revoked": True, "reason": "x"})
        assert (reply.status, reply.code) == (404, "certificate_not_found")
    assert snapshot() == before


def test_certificate_concurrent_revocations_write_one_version_and_audit_entry_each(
    shop: Storefront, student: Api, admin: Api
) -> None:
    course = enroll_in_free_course(student)
    complete_course(student, course)
    path = f"/api/certificates/{certificate_of(student, course)}/revocation"
    replies = run_concurrently(lambda n: admin.patch(path, {"revoked": bool(n % 2), "reason": f"number {n}"}), 8)
    assert {reply.status for reply in replies} <= {200, 409}
    certificate = store.get(Certificate, keys.certificate(certificate_of(student, course)))
    assert certificate
    assert certificate.version == 1 + sum(reply.status == 200 for reply in replies)
    audited = [each for each in audit_entries() if each.action.startswith("certificate")]
    assert len(audited) == certificate.version - 1


def test_certificate_page_escapes_names_and_shows_validity(shop: Storefront, new_user: NewUser, admin: Api) -> None:
    learner = new_user("student", name='<script>"கிருஷ்ணமூர்த்தி"</script>')
    course = enroll_in_free_course(learner)
    complete_course(learner, course)
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


def test_certificate_pdf_is_one_page_with_course_date_and_id(shop: Storefront, student: Api) -> None:
    course = enroll_in_free_course(student)
    complete_course(student, course)
    certificate_id = certificate_of(student, course)
    reply = Api().get(f"/api/certificates/{certificate_id}/pdf")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/pdf")
    assert reply.headers["Content-Disposition"] == f'inline; filename="{certificate_id}.pdf"'
    [page] = PdfReader(io.BytesIO(reply.text.encode("latin-1"))).pages
    text = page.extract_text()
    for expected in (
        "Certificate of completion",
        "Ragas for beginners",
        "taught by Asha Rao",
        "23 November 2026",
        certificate_id,
    ):
        assert expected in text


def test_i16_missing_surplus_and_mismatched_certificates_are_reported(
    student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirmation, "PAUSE_SECONDS", 0)
    course = enroll_in_free_course(student)
    complete_course(student, course)
    certificate_id = certificate_of(student, course)
    subject = f"{student.user_id} {course.course_id}"
    enrollment_key = keys.enrollment(student.user_id, course.course_id)
    store.update(Enrollment, enrollment_key, [Enrollment.certificate_id.remove()], Enrollment.pk.exists())
    assert {(each.subject, each.detail) for each in check.check_invariants().breaches_of("I16")} == {
        (subject, "completed, but it has no certificate"),
        (subject, f"{certificate_id} is not the certificate that the enrollment names"),
    }
    store.update(Enrollment, enrollment_key, [Enrollment.certificate_id.set("cert_other")], Enrollment.pk.exists())
    assert len(check.check_invariants().breaches_of("I16")) == 2
    store.update(Enrollment, enrollment_key, [Enrollment.certificate_id.set(certificate_id)], Enrollment.pk.exists())
    store.delete(keys.certificate(certificate_id))
    assert [each.detail for each in check.check_invariants().breaches_of("I16")] == [
        f"names {certificate_id}, which is no certificate of this completion"
    ]
