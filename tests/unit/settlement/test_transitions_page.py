"""docs/transitions.md covers every verdict, payment, enrollment and evidence."""

from cli import _payment_matrix, transitions
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus
from shared.settlement.decision import Verdict


def test_transitions_page_explains_and_shows_every_verdict() -> None:
    assert set(transitions.VERDICTS) == set(Verdict) - {Verdict.NO_CHANGE}
    text = transitions.render_page()
    assert [verdict for verdict in transitions.VERDICTS if f"**{verdict}**" not in text] == []


def test_payment_matrix_covers_every_payment_and_enrollment_status() -> None:
    assert {payment.status for payment in _payment_matrix.PAYMENTS.values()} == set(PaymentStatus)
    assert {each.status for each in _payment_matrix.ENROLLMENTS.values() if each} == set(EnrollmentStatus)


def test_transitions_page_matches_generated_text() -> None:
    assert transitions.DOCUMENT.read_text() == transitions.render_page()


def test_transitions_page_has_one_cell_per_evidence_payment_and_enrollment() -> None:
    sections = transitions.render_page().split("### Evidence: ")[1:]
    assert [section.splitlines()[0] for section in sections] == list(_payment_matrix.EVIDENCE)
    for section in sections:
        rows = [line for line in section.splitlines()[3:] if line]
        assert {row.count(" | ") for row in rows} == {len(_payment_matrix.PAYMENTS)}
        named = [name for row in rows for name in row.split(" | ")[0].strip("| ").split("; ")]
        others = set(_payment_matrix.ENROLLMENTS) - set(named)
        assert (named[-1] in ("any", "any other")) == bool(others)
