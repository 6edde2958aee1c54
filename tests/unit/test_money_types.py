"""The types of the money core: `mypy --strict` rejects a misspelt attribute and a str in place of an amount."""

import re
from pathlib import Path
from textwrap import dedent

import pytest
from mypy import api

ROOT = Path(__file__).parents[2]
VALID = dedent("""
    from dataclasses import replace
    from datetime import UTC, datetime

    from shared.domain.captures import CapturedPayment, Refund, RefundRequest, RefundStatus
    from shared.domain.changes import EnrollmentChanges, PaymentChanges

    NOW = datetime(2026, 11, 23, tzinfo=UTC)
    CHANGES = PaymentChanges(captured_amount=49_900, captured_at=NOW, refund_requests={"k": RefundRequest(100)})
    CAPTURE = CapturedPayment(49_900, "INR", refunds={"rfnd_1": Refund(100, RefundStatus.PENDING)})
    LATER = replace(CHANGES, extra_captures={"pay_1": CAPTURE}, next_poll_at=None)
    ACCESS = EnrollmentChanges(activated_at=NOW)
""").lstrip()
INVALID = {
    "PaymentChanges(capturd_at=NOW)": "call-arg",
    "replace(CHANGES, capturd_at=NOW)": "call-arg",
    "CHANGES.capturd_at": "attr-defined",
    'PaymentChanges(captured_amount="49900")': "arg-type",
    'replace(CHANGES, refunded_amount="100")': "arg-type",
    'PaymentChanges(next_poll_at="2026-11-23")': "arg-type",
    'PaymentChanges(status="captured")': "arg-type",
    'PaymentChanges(refunds={"rfnd_1": {"amount": 100, "status": "pending"}})': "dict-item",
    'Refund("100", RefundStatus.PENDING)': "arg-type",
    'RefundRequest("100")': "arg-type",
    'CapturedPayment("49900", "INR")': "arg-type",
    "CAPTURE.refunded": "attr-defined",
    'CAPTURE.refunds["rfnd_1"] = Refund(100, RefundStatus.FAILED)': "index",
    "EnrollmentChanges(activatd_at=NOW)": "call-arg",
    'EnrollmentChanges(awaited_order="order_1")': "arg-type",
}


@pytest.mark.timeout(120)
def test_money_types_misspelt_attribute_or_str_amount_fails_mypy_strict(tmp_path: Path) -> None:
    """Takes about five seconds, because mypy reads the stubs of the standard library."""
    planted = tmp_path / "planted.py"
    planted.write_text(VALID + "\n".join(INVALID) + "\n")
    first_line = VALID.count("\n") + 1
    config = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(tmp_path / "cache")]
    report, fault, _ = api.run([*config, "--hide-error-context", "--no-pretty", str(planted)])
    assert fault == ""
    errors = re.findall(r"planted\.py:(\d+): error: .* \[([a-z-]+)\]$", report, re.MULTILINE)
    expected = [(first_line + number, code) for number, code in enumerate(INVALID.values())]
    assert [(int(line), code) for line, code in errors] == expected, report
