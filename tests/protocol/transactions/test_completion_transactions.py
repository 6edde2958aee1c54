"""The completion of an enrollment, and the revocation of its certificate: what each transaction writes, to the last
attribute, and how it is refused when one of the items that it depends on is another by now."""

from datetime import timedelta

import pytest

from cli._payment_matrix import NOW, make_enrollment
from shared.db.enrollments import certificates, enrollments
from shared.db.enrollments.certificates import CertificateOutcome
from shared.db.entities import Certificate, Enrollment, Outline
from shared.db.table import keys, store
from shared.domain.lifecycle import EnrollmentStatus
from tests.fixtures import rows
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.transactions.written_items import course_item, written_by

LATER = NOW + timedelta(minutes=1)
LATER_TEXT, NOW_TEXT = "2026-11-23T12:01:00.000Z", "2026-11-23T12:00:00.000Z"
ENROLLMENT, HISTORY, AUDIT = "USER#usr_1 / ENROLLMENT#crs_1", "USER#usr_1 / HISTORY#crs_1#000002", "AUDIT#2026-11 / …"

pytestmark = pytest.mark.usefixtures("table", "fake_clock")


class TestComplete:
    def outline(self, version: int = 3) -> Outline:
        lessons = {"sec_1": ["les_1"]}
        return Outline.build(
            keys.outline("crs_1"),
            course_id="crs_1",
            sections=["sec_1"],
            lessons=lessons,
            lesson_count=1,
            version=version,
        )

    def certificate(self, enrollment: Enrollment) -> Certificate:
        return certificates.new_certificate(enrollment, course_item(), "Ravi", "Lectern", LATER)

    def test_completion_writes_the_certificate_and_names_it(self) -> None:
        active = make_enrollment(EnrollmentStatus.ACTIVE, granted_by="free")
        rows.put(active, self.outline())
        certificate = self.certificate(active)
        results: list[bool] = []
        written = written_by(lambda: results.append(enrollments.complete(active, 3, certificate, LATER)))
        assert results == [True]
        changes = {
            "status": "completed",
            "completed_at": LATER_TEXT,
            "certificate_id": certificate.certificate_id,
            "version": 2,
            "updated_at": LATER_TEXT,
        }
        assert written == {
            ENROLLMENT: changes,
            HISTORY: {
                "kind": "enrollment_event",
                "course_id": "crs_1",
                "number": 2,
                "at": LATER_TEXT,
                "why": "completed",
                "source": "learner",
                "changes": changes,
            },
            f"CERTIFICATE#{certificate.certificate_id} / CERTIFICATE": {
                "kind": "certificate",
                "certificate_id": certificate.certificate_id,
                "user_id": "usr_1",
                "course_id": "crs_1",
                "learner_name": "Ravi",
                "course_title": "Ragas",
                "instructor_name": "Asha Rao",
                "issuer_name": "Lectern",
                "completed_at": LATER_TEXT,
                "version": 1,
                "gsi1pk": "USER#usr_1",
                "gsi1sk": f"CERTIFICATE#{LATER_TEXT}#{certificate.certificate_id}",
            },
        }

    def test_completion_of_a_learner_with_a_certificate_keeps_it(self) -> None:
        active = make_enrollment(EnrollmentStatus.ACTIVE, certificate_id="cert_1")
        rows.put(active, self.outline())
        assert set(written_by(lambda: enrollments.complete(active, 3, None, LATER))) == {ENROLLMENT, HISTORY}
        stored = store.get(Enrollment, keys.enrollment("usr_1", "crs_1"))
        assert stored
        assert (stored.status, stored.certificate_id) == ("completed", "cert_1")

    @pytest.mark.parametrize(
        ("outline_version", "is_bumped", "refused"),
        [(4, False, {"outline"}), (3, True, {"enrollment"}), (None, False, {"outline"})],
        ids=["lessons changed", "enrollment changed", "outline deleted"],
    )
    def test_completion_refused_by_a_newer_item_writes_nothing_and_names_it(
        self, refusals: list[set[str]], outline_version: int | None, is_bumped: bool, refused: set[str]
    ) -> None:
        active = make_enrollment(EnrollmentStatus.ACTIVE)
        rows.put(active, *([self.outline(outline_version)] if outline_version else []))
        if is_bumped:
            rows.update(active)
        before = snapshot()
        assert enrollments.complete(active, 3, self.certificate(active), LATER) is False
        assert (refusals, snapshot()) == ([refused], before)

    def test_completion_refused_by_a_certificate_of_the_same_id_names_it(self, refusals: list[set[str]]) -> None:
        active = make_enrollment(EnrollmentStatus.ACTIVE)
        certificate = self.certificate(active)
        rows.put(active, self.outline(), certificate)
        assert enrollments.complete(active, 3, certificate, LATER) is False
        assert refusals == [{"certificate"}]


class TestCertificateRevocation:
    @pytest.fixture
    def certificate(self) -> Certificate:
        made = certificates.new_certificate(
            make_enrollment(EnrollmentStatus.COMPLETED), course_item(), "Ravi", "Lectern", NOW
        )
        rows.put(made)
        return made

    def test_revocation_and_restoration_are_written_and_audited(self, certificate: Certificate) -> None:
        name = f"CERTIFICATE#{certificate.certificate_id} / CERTIFICATE"

        def revoke() -> None:
            result = certificates.set_revoked(
                certificate, revoked=True, reason="a mistake", admin_id="usr_9", now=LATER
            )
            assert result.outcome is CertificateOutcome.WRITTEN
            assert result.changes == {"revoked_at": LATER, "revoked_reason": "a mistake", "version": 2}

        written = written_by(revoke)
        assert written[name] == {"revoked_at": LATER_TEXT, "revoked_reason": "a mistake", "version": 2}
        audited = {"kind": "audit_entry", "at": NOW_TEXT, "admin_id": "usr_9", "subject": certificate.certificate_id}
        assert written[AUDIT] == {
            **audited,
            "action": "certificate_revoked",
            "reason": "a mistake",
            "before": {"revoked": False},
            "after": {"revoked": True},
        }
        read = store.get(Certificate, keys.certificate(certificate.certificate_id))
        assert read

        def restore() -> None:
            result = certificates.set_revoked(read, revoked=False, reason="it was right", admin_id="usr_9", now=LATER)
            assert result.changes == {"revoked_at": None, "revoked_reason": None, "version": 3}

        written = written_by(restore)
        assert written[name] == {"revoked_at": None, "revoked_reason": None, "version": 3}
        assert written[AUDIT] == {
            **audited,
            "action": "certificate_restored",
            "reason": "it was right",
            "before": {"revoked": True},
            "after": {"revoked": False},
        }

    def test_revocation_of_a_certificate_that_changed_writes_nothing(
        self, certificate: Certificate, refusals: list[set[str]]
    ) -> None:
        rows.update_by_key(Certificate, keys.certificate(certificate.certificate_id), version=2)
        before = snapshot()
        result = certificates.set_revoked(certificate, revoked=True, reason="x", admin_id="usr_9", now=LATER)
        assert result.outcome is CertificateOutcome.CHANGED
        assert (refusals, snapshot()) == ([{"certificate"}], before)
