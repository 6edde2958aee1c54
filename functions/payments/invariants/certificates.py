"""What must be true of certificates: each completion has one, and each is of a completion."""

from collections.abc import Iterable, Iterator

from functions.payments.invariants.ledger import Breach, Ledger
from shared.db.entities import Certificate
from shared.domain.lifecycle import EnrollmentStatus


def check_certificates(ledger: Ledger, certificates: Iterable[Certificate]) -> Iterator[Breach]:
    """I16, learner by learner."""
    issued = {each.certificate_id: each for each in certificates}
    for learner, enrollment in ledger.enrollments.items():
        certificate_id = enrollment.certificate_id
        if not certificate_id:
            if enrollment.status is EnrollmentStatus.COMPLETED:
                yield Breach("I16", " ".join(learner), "completed, and without a certificate")
            continue
        certificate = issued.get(certificate_id)
        if certificate is None or (certificate.user_id, certificate.course_id) != learner:
            yield Breach("I16", " ".join(learner), f"has {certificate_id}, which is no certificate of this completion")
    for certificate_id, certificate in issued.items():
        completion = ledger.enrollments.get((certificate.user_id, certificate.course_id))
        if completion is None or completion.certificate_id != certificate_id:
            yield Breach("I16", f"{certificate.user_id} {certificate.course_id}", f"{certificate_id} is one too many")
