"""I16: each completed enrollment has its certificate, and each certificate its completed enrollment."""

from collections.abc import Iterator

from functions.payments.invariants.ledger import Breach, Ledger, learner_of
from shared.domain.lifecycle import EnrollmentStatus


def check_completions(ledger: Ledger) -> Iterator[Breach]:
    """I16. Each completed enrollment names a certificate of that learner and course."""
    for learner, enrollment in ledger.enrollments.items():
        certificate_id = enrollment.certificate_id
        if not certificate_id:
            if enrollment.status is EnrollmentStatus.COMPLETED:
                yield Breach("I16", str(learner), "completed, but it has no certificate")
            continue
        certificate = ledger.certificates.get(certificate_id)
        if certificate is None or learner_of(certificate) != learner:
            yield Breach("I16", str(learner), f"names {certificate_id}, which is no certificate of this completion")


def check_certificates(ledger: Ledger) -> Iterator[Breach]:
    """I16. Each certificate is the one that the enrollment of its learner and course names."""
    for certificate_id, certificate in ledger.certificates.items():
        learner = learner_of(certificate)
        completion = ledger.enrollments.get(learner)
        if completion is None or completion.certificate_id != certificate_id:
            yield Breach("I16", str(learner), f"{certificate_id} is not the certificate that the enrollment names")
